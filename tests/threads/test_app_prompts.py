"""What a model is shown of apps."""

from __future__ import annotations

from .apps import HOME, WEB, Work, system


async def test_example_of_the_kind_is_shown_when_an_app_is_asked_for(work: Work) -> None:
    work.says("No.", "No.")
    await work.turn("Make me an app with a database")
    assert "file=apps/example/app.py" in system(work)
    await work.turn("What is a list?")
    assert "file=apps/example" not in system(work)
    assert "apps/<name>/townie.toml" in system(work)


async def test_thread_that_worked_on_an_app_shows_its_files_with_the_next_message(work: Work) -> None:
    work.says(WEB, "Fine.")
    await work.turn()
    (work.root / HOME / "index.html").write_text("<p>changed by hand</p>\n")
    await work.turn("Make it blue")
    assert "changed by hand" in work.asked[-1]


async def test_names_of_other_apps_are_told_where_a_new_one_is_asked_for(work: Work) -> None:
    work.says(WEB, "No.")
    await work.turn()
    await work.turn("Make me another app, with streamlit")
    assert "another name: hello." in system(work)
    assert "file=apps/example/app.py" in system(work)


async def test_wish_for_an_app_from_the_list_of_apps_needs_no_word_app(work: Work) -> None:
    work.says("No.")
    await work.turn("A timer for tea", purpose="app")
    assert "file=apps/example/index.html" in system(work)
