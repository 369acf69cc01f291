"""What the built-in tour answers really runs in the tour notebook."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from jupyter_townie.edits.fences import fenced_blocks
from jupyter_townie.models import ChatMessage, ModelRequest
from jupyter_townie.models.offline import reply_to, scripts

EXAMPLES = Path(__file__).parents[2] / "examples"
STARTERS = ("Plot body mass by species", "Summarise the penguins by species", "What can you do?")


def answer(text: str) -> str:
    return reply_to(ModelRequest(messages=(ChatMessage.user(text),), metadata={"last_user_text": text}))


def cells(text: str) -> list[str]:
    """The sources of the cells that an answer asks for."""
    blocks = fenced_blocks(answer(text))
    return [block.text for block in blocks if "cell=new" in block.info and block.language == "python"]


@pytest.mark.parametrize("starter", STARTERS)
def test_every_starter_has_its_own_script(starter: str) -> None:
    opening = {script.title: script.body.split("{{")[0].split("\n")[0] for script in scripts()}
    assert opening[starter] in answer(starter)


@pytest.mark.parametrize(
    ("asked", "drawn"),
    [
        ("Plot bill length by species", '("species")["bill_length_mm"]'),
        ("plot the flipper length of the penguins for each island", '("island")["flipper_length_mm"]'),
        ("Draw a chart of how much males and females weigh", '("sex")["body_mass_g"]'),
    ],
)
def test_plot_shows_what_was_asked_for(asked: str, drawn: str) -> None:
    (cell,) = cells(asked)
    assert drawn in cell
    assert "{{" not in answer(asked)


@pytest.mark.parametrize(
    "asked",
    [
        "Plot the penguins",
        "Plot bill length against body mass",
        "Plot bill length by species and island",
        "A histogram of body mass, as a plot",
        "Plot body mass by species, Adelie only",
        "Summarise the penguins by island",
    ],
)
def test_what_no_script_does_is_answered_with_what_can_be_done(asked: str) -> None:
    assert not cells(asked)
    assert "- Plot body mass by species\n" in answer(asked)


@pytest.mark.parametrize("starter", STARTERS)
def test_every_answer_says_that_no_model_wrote_it(starter: str) -> None:
    assert "No model is configured" in answer(starter).splitlines()[0]


@pytest.mark.parametrize("starter", (*STARTERS[:2], "Plot bill depth by sex"))
def test_the_code_of_an_answer_runs_below_the_cell_that_loads_the_data(
    starter: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MPLBACKEND", "module://matplotlib_inline.backend_inline")
    tour = nbformat.read(EXAMPLES / "Tour.ipynb", as_version=4)
    load = next(cell for cell in tour.cells if cell.id == "load")
    sources = cells(starter)
    notebook = nbformat.v4.new_notebook(cells=[load, *(nbformat.v4.new_code_cell(source) for source in sources)])
    NotebookClient(
        notebook, timeout=60, kernel_name="python3", resources={"metadata": {"path": str(EXAMPLES)}}
    ).execute()
    shown = [output for cell in notebook.cells[1:] for output in cell.outputs]
    assert sources
    assert any({"image/png", "text/html"} & set(output.get("data", {})) for output in shown)


def test_the_summary_has_one_row_for_each_species(monkeypatch: pytest.MonkeyPatch) -> None:
    pandas = pytest.importorskip("pandas")
    (source,) = cells(STARTERS[1])
    penguins = pandas.read_csv(EXAMPLES / "data" / "penguins.csv")
    table = eval(compile(ast.parse(source, mode="eval"), "cell", "eval"), {"penguins": penguins})
    assert list(table.index) == ["Adelie", "Chinstrap", "Gentoo"]
    assert table["birds"].sum() == len(penguins) == 344


def test_guest_book_among_the_examples_is_the_one_that_the_tour_writes() -> None:
    folder = EXAMPLES / "guest-book"
    home = "apps/guest-book/"
    written = {
        re.search(rf"file={home}(\S+)", block.info)[1]: block.text
        for block in fenced_blocks(answer("Make me a guest book that several people can use at once"))
        if home in block.info
    }
    there = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert there - {".gitignore"} == set(written)
    for path, text in written.items():
        assert (folder / path).read_text().rstrip("\n") == text.rstrip("\n")
