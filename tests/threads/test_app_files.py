"""Apps that turns write: their files, as they arrive, changed, undone, and kept as versions."""

from __future__ import annotations

import pytest

from jupyter_townie import protocol as p
from jupyter_townie.apps.keeping import go_back
from jupyter_townie.apps.versions import Versions
from tests.wire import Reply

from .apps import HOME, ONE, PAGE, THREE, TWO, WEB, Watcher, Work, block, change, manifest


async def test_app_of_several_files_is_written_at_once_in_ask_mode(work: Work) -> None:
    work.says(WEB)
    turn = await work.turn()
    assert work.text(f"{HOME}/index.html") == PAGE + "\n"
    assert [(record.gate, record.state) for record in turn.actions.values()] == [("insert", "done")] * 2
    assert work.apps.of(f"{HOME}/index.html").manifest.title == "Hello"


async def test_nothing_is_written_in_plan_mode(work: Work) -> None:
    work.says(WEB)
    turn = await work.turn(mode="plan")
    assert not turn.actions
    assert not (work.root / "apps").exists()


async def test_page_is_a_draft_while_it_is_written_and_a_file_afterwards(work: Work) -> None:
    work.wire.script = [Reply.text(WEB, chunk=8, delay=0.01)]
    turn = await work.begin()
    path = f"{HOME}/index.html"
    await work.until(lambda: (draft := work.apps.drafts.get(path)) is not None and "<title>" in draft.text)
    assert not (work.root / path).exists()
    assert work.apps.info(work.apps.of(path).id).writing
    await work.over(turn)
    assert work.apps.drafts.get(path) is None
    assert not work.apps.info(work.apps.of(path).id).writing


async def test_undo_of_the_turn_takes_the_files_back(work: Work) -> None:
    work.says(WEB)
    turn = await work.turn()
    async with work.threads.command(work.thread):
        await work.thread.undo(p.Undo(turn=turn.id))
    assert not list((work.root / "apps").rglob("*.html"))
    assert work.apps.of(f"{HOME}/index.html") is None


async def test_second_turn_changes_a_file_by_search_and_replace(work: Work) -> None:
    change = f"```search_replace file={HOME}/index.html\n<<<<<<< SEARCH\n<p id=hi>Hello</p>\n=======\n"
    work.says(WEB, change + "<p id=hi>Good day</p>\n>>>>>>> REPLACE\n```\n")
    await work.turn()
    turn = await work.turn("More formal, please")
    assert work.text(f"{HOME}/index.html") == PAGE.replace("Hello</p>", "Good day</p>") + "\n"
    (record,) = turn.actions.values()
    assert (record.body.added, record.body.removed) == (1, 1)


async def test_file_outside_of_any_app_still_waits(work: Work) -> None:
    (work.root / "apps" / "mine").mkdir(parents=True)
    (work.root / "apps" / "mine" / "own.txt").write_text("mine")
    work.says(block("apps/mine/notes.txt", "x = 1") + block("lib.py", "x = 1", "python"))
    turn = await work.turn()
    assert [record.state for record in turn.actions.values()] == ["waiting", "waiting"]


@pytest.mark.parametrize(
    "path", [f"{HOME}/../../work.py", f"{HOME}/.env", f"{HOME}/data/db.sqlite", "/etc/x/townie.toml"]
)
async def test_paths_that_lead_out_of_an_app_are_not_written(work: Work, path: str) -> None:
    work.says(manifest() + block(path, "x = 1"), "I see.")
    turn = await work.turn()
    assert [record.body.path for record in turn.actions.values() if record.state == "done"] == [f"{HOME}/townie.toml"]


async def test_link_out_of_an_app_is_not_followed(work: Work) -> None:
    (work.root / HOME).mkdir(parents=True)
    (work.root / HOME / "townie.toml").write_text('kind = "web"\n')
    (work.root / "mine.py").write_text("a = 1\n")
    (work.root / HOME / "app.js").symlink_to(work.root / "mine.py")
    work.says(block(f"{HOME}/app.js", "stolen"), "I see.")
    await work.turn()
    assert work.text("mine.py") == "a = 1\n"


async def test_answer_without_a_manifest_is_asked_for_it(work: Work) -> None:
    work.says(block(f"{HOME}/index.html", PAGE, "html"), manifest())
    await work.turn()
    assert "townie.toml" in work.asked[1]
    assert work.apps.of(HOME) is not None


async def test_manifest_that_cannot_be_used_goes_back_to_the_model(work: Work) -> None:
    work.says(manifest("weeb") + block(f"{HOME}/index.html", PAGE, "html"), manifest())
    await work.turn()
    assert "weeb" in work.asked[1]
    assert work.apps.of(HOME).problem is None


async def test_file_that_was_cut_off_is_not_written(work: Work) -> None:
    work.wire.script = [Reply.text(WEB).cut(len(WEB) // 12 - 4)]
    turn = await work.turn()
    assert turn.ended.problem.code == "cut"
    assert not (work.root / HOME / "index.html").exists()
    assert [record.state for record in turn.actions.values()] == ["done", "failed"]


async def test_person_changed_the_file_meanwhile_and_the_stale_edit_is_refused(work: Work) -> None:
    work.says(WEB, change(ONE, TWO), "I see.")
    await work.turn()
    (work.root / HOME / "index.html").write_text("<p>mine</p>\n")
    await work.turn("change it")
    assert work.text(f"{HOME}/index.html") == "<p>mine</p>\n"
    assert "edit-refused" in work.asked[-1]


async def test_every_turn_that_changes_an_app_is_a_version_of_it(work: Work) -> None:
    work.says(WEB, change(ONE, TWO), change(TWO, THREE))
    await work.turn("Make an app")
    await work.turn("change it")
    (work.root / HOME / "index.html").write_text(PAGE.replace(ONE, TWO) + "\n<p>by hand\n")
    turn = await work.turn("once more")
    known = Versions(work.apps.data).known(work.apps.of(HOME))
    assert [version.title for version in known] == ["once more", "Before: once more", "change it", "Make an app"]
    assert (known[0].turn, known[0].thread, known[0].current) == (turn.id, work.thread.id, True)


async def test_going_back_to_a_version_loads_the_app_anew(work: Work) -> None:
    work.says(WEB, change(ONE, TWO))
    await work.turn()
    await work.turn("change it")
    app = work.apps.of(HOME)
    watcher = Watcher(work.apps, app.id)
    first = Versions(work.apps.data).known(app)[-1]
    assert await go_back(work.apps, app.id, first.id) == [f"{HOME}/index.html"]
    assert work.text(f"{HOME}/index.html") == PAGE + "\n"
    assert [frame.reason for frame in watcher.frames if isinstance(frame, p.AppReloadFrame)] == ["files"]


async def test_undo_loads_the_app_anew(work: Work) -> None:
    work.says(WEB, change(ONE, TWO))
    await work.turn()
    turn = await work.turn("change it")
    watcher = Watcher(work.apps, work.apps.of(HOME).id)
    async with work.threads.command(work.thread):
        await work.thread.undo(p.Undo(turn=turn.id))
    assert work.text(f"{HOME}/index.html") == PAGE + "\n"
    assert any(isinstance(frame, p.AppReloadFrame) for frame in watcher.frames)


async def test_new_file_in_a_new_folder_is_written_once_it_is_accepted(work: Work) -> None:
    work.says(block("notes/today/list.txt", "milk"))
    turn = await work.turn("a list")
    (record,) = turn.actions.values()
    await work.decide(record.id)
    assert work.text("notes/today/list.txt") == "milk\n"


async def test_app_in_a_folder_of_the_persons_own_waits_and_is_looked_at_once_when_all_is_accepted(work: Work) -> None:
    (work.root / HOME).mkdir(parents=True)
    (work.root / HOME / "notes.txt").write_text("mine")
    work.says(WEB)
    turn = await work.turn()
    assert [record.state for record in turn.actions.values()] == ["waiting", "waiting"]
    for record in list(turn.actions.values()):
        async with work.threads.command(work.thread):
            await work.thread.decide(p.Decide(action=record.id, decision="accept"))
    await work.until(lambda: not work.thread.busy)
    assert work.text(f"{HOME}/notes.txt") == "mine"
    assert [check.path for check in work.checks] == [HOME]


@pytest.mark.parametrize("whole", [False, True])
async def test_file_that_was_cut_off_is_written_when_the_rest_has_come(work: Work, whole: bool) -> None:
    at = len(WEB) // 12 - 4
    rest = block(f"{HOME}/index.html", PAGE, "html") if whole else WEB[at * 12 :]
    work.wire.script = [Reply.text(WEB, chunk=12).cut(at), Reply.text(rest)]
    turn = await work.turn()
    async with work.threads.command(work.thread):
        await work.thread.continue_(p.Continue(turn=turn.id))
    await work.over(turn.id)
    assert "cut off inside a block" in work.asked[-1]
    assert work.text(f"{HOME}/index.html") == PAGE + "\n"
    assert turn.ended.reason == "done"


async def test_stop_in_the_middle_of_a_file_writes_nothing_of_it(work: Work) -> None:
    work.wire.script = [Reply.text(WEB, chunk=8, delay=0.02)]
    turn = await work.begin()
    path = f"{HOME}/index.html"
    await work.until(lambda: (draft := work.apps.drafts.get(path)) is not None and bool(draft.text))
    await work.thread.stop(turn)
    record = (await work.over(turn)).actions
    assert [action.state for action in record.values()] == ["done", "failed"]
    assert not (work.root / path).exists()
    assert work.apps.drafts.get(path) is None
    assert not work.apps.info(work.apps.of(path).id).writing


async def test_app_is_asked_for_again_after_its_undo(work: Work) -> None:
    work.says(WEB, WEB)
    first = await work.turn()
    (work.root / HOME / "data").mkdir()
    (work.root / HOME / "data" / "app.sqlite").write_bytes(b"kept")
    async with work.threads.command(work.thread):
        await work.thread.undo(p.Undo(turn=first.id))
    turn = await work.turn()
    assert [record.state for record in turn.actions.values()] == ["done", "done"]


async def test_app_that_is_there_is_not_written_over_by_a_new_one_of_its_name(work: Work) -> None:
    before = {"townie.toml": 'title = "Mine"\nkind = "web"\n', "index.html": "<h1>Mine</h1>\n" * 20}
    (work.root / HOME).mkdir(parents=True)
    for name, text in before.items():
        (work.root / HOME / name).write_text(text)
    new = block(f"{HOME}/new.js", "x = 1") + WEB
    work.says(new, new.replace(HOME, f"{HOME}-2"))
    turn = await work.turn()
    assert {file.name: file.read_text() for file in (work.root / HOME).iterdir()} == before
    assert [record.state for record in turn.actions.values()] == ["failed"] * 3 + ["done"] * 3
    assert work.asked[1].count('is the folder of another app, "Mine"') == 1
    assert [check.path for check in work.checks] == [f"{HOME}-2"]


async def test_files_that_are_written_anew_as_they_are_stay_and_the_others_change(work: Work) -> None:
    work.says(WEB, WEB.replace("<p id=hi>", "<p id=new>"))
    await work.turn()
    turn = await work.turn("A new id")
    assert [(record.state, record.body.before == record.body.after) for record in turn.actions.values()] == [
        ("done", True),
        ("done", False),
    ]
    assert (turn.ended.problem, len(work.wire.requests), len(work.checks)) == (None, 2, 2)


async def test_change_that_is_there_already_is_told_to_the_model_and_is_no_problem(work: Work) -> None:
    work.says(WEB, change(ONE, TWO), change(ONE, TWO), "It is there already.")
    await work.turn()
    await work.turn()
    turn = await work.turn()
    assert "already applied" in work.asked[-1]
    assert [(record.state, record.body.before == record.body.after) for record in turn.actions.values()] == [
        ("done", True)
    ]
    assert (turn.ended.reason, turn.ended.problem) == ("done", None)


async def test_app_that_is_written_as_it_is_by_a_model_that_does_not_know_it_is_opened(work: Work) -> None:
    work.says(WEB, WEB)
    await work.turn()
    work.thread = await work.threads.open((await work.threads.create()).id)
    turn = await work.turn()
    assert [record.state for record in turn.actions.values()] == ["done", "done"]
    assert (turn.ended.problem, len(work.wire.requests)) == (None, 2)


async def test_app_whose_files_were_read_or_written_before_can_be_written_anew(work: Work) -> None:
    work.says(WEB, "A joke.", block(f"{HOME}/index.html", PAGE.replace("<p id=hi>", "<p id=new>"), "html"))
    for _ in range(3):
        turn = await work.turn()
    assert work.text(f"{HOME}/index.html") == PAGE.replace("<p id=hi>", "<p id=new>") + "\n"
    assert turn.ended.reason == "done"
