"""Notebooks that nobody has open: real files behind a real contents manager, real kernels."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import nbformat
import pytest
from jupyter_server.services.contents.largefilemanager import AsyncLargeFileManager

from jupyter_townie.kernels.client import KernelClient
from jupyter_townie.notebooks.contents import ManagedContents
from jupyter_townie.notebooks.file import FileSurface, NotebookChanged
from jupyter_townie.notebooks.surface import SurfaceError
from jupyter_townie.protocol import InsertCell, ReplaceSource

PATH = "work.ipynb"


class TheKernel:
    """Gives the one kernel of a test, or none."""

    def __init__(self, kernel: KernelClient | None = None) -> None:
        self.kernel = kernel

    async def client_for(self, path: str) -> KernelClient | None:
        return self.kernel


@pytest.fixture
def manager(tmp_path: Path) -> AsyncLargeFileManager:
    (tmp_path / "root").mkdir()
    made = AsyncLargeFileManager(root_dir=str(tmp_path / "root"))
    made.notary.data_dir = str(tmp_path)
    return made


@pytest.fixture
def contents(manager: AsyncLargeFileManager) -> ManagedContents:
    return ManagedContents(manager)


@pytest.fixture
def file(tmp_path: Path, contents: ManagedContents) -> Path:
    return tmp_path / "root" / PATH


@pytest.fixture
def surface(contents: ManagedContents) -> FileSurface:
    return FileSurface(PATH, contents, TheKernel())


@pytest.fixture
def running(contents: ManagedContents, kernel: KernelClient) -> FileSurface:
    return FileSurface(PATH, contents, TheKernel(kernel))


def write(file: Path, *sources: str, minor: int = 5, text: str | None = None) -> None:
    cells = [nbformat.v4.new_code_cell(source, id=f"cell{at}") for at, source in enumerate(sources)]
    book = nbformat.v4.new_notebook(cells=cells)
    if minor < 5:
        book["nbformat_minor"] = minor
        for cell in book["cells"]:
            del cell["id"]
    file.write_text(text if text is not None else nbformat.v4.writes(book) + "\n")


def outputs(file: Path, at: int) -> list[Any]:
    found: list[Any] = json.loads(file.read_text())["cells"][at]["outputs"]
    return found


async def test_reading_gives_cells_and_the_absence_of_a_kernel(file: Path, surface: FileSurface) -> None:
    write(file, "x = 1", "y = 2")
    snapshot = await surface.read()
    assert [(cell.id, cell.source) for cell in snapshot.cells] == [("cell0", "x = 1"), ("cell1", "y = 2")]
    assert (snapshot.kernel_status, snapshot.read_only) == ("none", False)


async def test_a_change_is_read_back_from_the_file(file: Path, surface: FileSurface) -> None:
    write(file, "x = 1")
    results = await surface.apply(
        [ReplaceSource(cell_id="cell0", before="x = 1", after="x = 2"), InsertCell(cell_id="new", source="y")]
    )
    assert [(result.ok, result.source) for result in results] == [(True, "x = 2"), (True, "y")]
    assert [cell["source"] for cell in json.loads(file.read_text())["cells"]] == [["x = 2"], ["y"]]


async def test_a_refused_change_leaves_the_file_untouched(file: Path, surface: FileSurface) -> None:
    write(file, "x = 1")
    before = file.read_bytes()
    (result,) = await surface.apply([ReplaceSource(cell_id="cell0", before="other", after="x = 2")])
    assert (result.ok, result.problem, result.source) == (False, "changed", "x = 1")
    assert file.read_bytes() == before


async def test_an_unusual_layout_survives_an_edit(file: Path, surface: FileSurface) -> None:
    cell = {"id": "cell0", "metadata": {}, "source": "x", "cell_type": "code", "outputs": [], "execution_count": None}
    book = {"nbformat": 4, "nbformat_minor": 5, "metadata": {"mine": "é"}, "cells": [cell]}
    text = json.dumps(book, indent=4, ensure_ascii=False)
    write(file, text=text)
    await surface.apply([ReplaceSource(cell_id="cell0", before="x", after="y")])
    assert file.read_text() == text.replace('"source": "x"', '"source": [\n                "y"\n            ]')


@pytest.mark.parametrize("indent", [1, 4], ids=["Jupyter's own layout", "another layout"])
async def test_a_trusted_notebook_stays_trusted_after_an_edit(
    file: Path, contents: ManagedContents, manager: Any, indent: int
) -> None:
    output = {"output_type": "display_data", "data": {"text/html": "<b>x</b>"}, "metadata": {}}
    book = nbformat.v4.new_notebook(
        cells=[
            nbformat.v4.new_code_cell("x", id="cell0", outputs=[nbformat.from_dict(output)]),
            nbformat.v4.new_code_cell("y", id="cell1"),
        ]
    )
    file.write_text(json.dumps(book, indent=indent, sort_keys=True) + "\n")
    manager.notary.sign(nbformat.read(file, as_version=4))
    surface = FileSurface(PATH, contents, TheKernel())
    await surface.apply([ReplaceSource(cell_id="cell1", before="y", after="z")])
    assert manager.notary.check_signature(nbformat.read(file, as_version=4))


async def test_a_notebook_without_ids_is_upgraded_and_the_user_is_told(file: Path, surface: FileSurface) -> None:
    write(file, "x = 1", minor=4)
    cell_id = (await surface.read()).cells[0].id
    (result,) = await surface.apply([ReplaceSource(cell_id=cell_id, before="x = 1", after="x = 2")])
    assert result.ok
    saved = json.loads(file.read_text())
    assert (saved["nbformat_minor"], saved["cells"][0]["id"]) == (5, cell_id)
    assert "4.5" in surface.notes[0].message


async def test_reading_a_notebook_without_ids_does_not_write_it(file: Path, surface: FileSurface) -> None:
    write(file, "x = 1", minor=4)
    before = file.read_bytes()
    await surface.read()
    assert file.read_bytes() == before


async def test_a_save_over_somebody_elses_change_is_refused(file: Path, contents: ManagedContents) -> None:
    write(file, "x = 1")
    stored = await contents.get(PATH)
    write(file, "x = 3")
    with pytest.raises(NotebookChanged):
        await contents.save(PATH, stored.notebook, stored.version)
    assert "x = 3" in file.read_text()


async def test_a_change_elsewhere_in_between_is_kept(file: Path, contents: ManagedContents) -> None:
    write(file, "x = 1", "y = 1")
    surface = FileSurface(PATH, contents, TheKernel())
    await surface.read()
    write(file, "x = 1", "y = 2")
    (result,) = await surface.apply([ReplaceSource(cell_id="cell0", before="x = 1", after="x = 9")])
    assert result.ok
    assert [cell.source for cell in (await surface.read()).cells] == ["x = 9", "y = 2"]


async def test_a_read_only_notebook_is_not_changed(file: Path, contents: ManagedContents) -> None:
    write(file, "x = 1")

    class ReadOnly:
        """The contents of a file system that lets nobody write: root, who runs tests in containers, always may."""

        async def get(self, path: str) -> Any:
            stored = await contents.get(path)
            return type(stored)(stored.notebook, False, stored.version)

        save = contents.save

    surface = FileSurface(PATH, ReadOnly(), TheKernel())
    (result,) = await surface.apply([ReplaceSource(cell_id="cell0", before="x = 1", after="x = 2")])
    assert (result.ok, result.problem) == (False, "read_only")
    assert (await surface.read()).read_only


@pytest.mark.parametrize("text", ["", "{broken", "[]", '{"cells": 3}', "\udcff".encode("utf-8", "surrogatepass")])
async def test_a_file_that_is_no_notebook_is_told(file: Path, surface: FileSurface, text: str | bytes) -> None:
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(SurfaceError) as caught:
        await surface.read()
    assert caught.value.problem.code == "notebook_unreadable"


async def test_a_notebook_that_is_gone_is_told(surface: FileSurface) -> None:
    with pytest.raises(SurfaceError) as caught:
        await surface.read()
    assert caught.value.problem.code == "notebook_missing"


async def test_without_a_kernel_nothing_is_run_and_that_is_said(file: Path, surface: FileSurface) -> None:
    write(file, "x = 1")
    (run,) = await surface.run(["cell0"])
    assert run.status == "not_run"
    assert "kernel" in run.message


async def test_outputs_are_stored_as_a_page_would(file: Path, running: FileSurface) -> None:
    write(file, "print('a'); print('b')\n6 * 7")
    (run,) = await running.run(["cell0"])
    assert (run.status, run.output) == ("ok", "a\nb\n42")
    saved = json.loads(file.read_text())["cells"][0]
    assert saved["execution_count"] == run.execution_count
    assert saved["outputs"][0] == {"name": "stdout", "output_type": "stream", "text": ["a\n", "b\n"]}
    assert saved["outputs"][1]["data"] == {"text/plain": ["42"]}
    nbformat.validate(nbformat.read(file, as_version=4))


async def test_a_run_stops_at_the_first_error(file: Path, running: FileSurface) -> None:
    write(file, "x = 1", "1 / 0", "x = 2")
    runs = await running.run(["cell0", "cell1", "cell2"])
    assert [run.status for run in runs] == ["ok", "error", "not_run"]
    assert runs[1].error is not None
    assert runs[1].error.ename == "ZeroDivisionError"
    assert outputs(file, 1)[0]["output_type"] == "error"


async def test_a_cell_that_may_raise_does_not_stop_the_run(file: Path, running: FileSurface) -> None:
    write(file, "1 / 0", "x = 2")
    book = nbformat.read(file, as_version=4)
    book.cells[0].metadata["tags"] = ["raises-exception"]
    nbformat.write(book, file)
    assert [run.status for run in await running.run(["cell0", "cell1"])] == ["error", "ok"]


async def test_a_display_is_updated_also_from_a_later_cell(file: Path, running: FileSurface) -> None:
    write(
        file,
        "from IPython.display import display\nh = display('first', display_id=True)\nh.update('second')",
        "h.update('third')",
    )
    await running.run(["cell0"])
    assert outputs(file, 0)[0]["data"]["text/plain"] == ["'second'"]
    await running.run(["cell1"])
    assert outputs(file, 0)[0]["data"]["text/plain"] == ["'third'"]
    assert outputs(file, 1) == []


async def test_clear_output_clears_now_or_with_the_next_output(file: Path, running: FileSurface) -> None:
    write(
        file,
        "from IPython.display import clear_output\nprint('a')\nclear_output()\nprint('b')",
        "print('a')\nclear_output(wait=True)",
        "print('a')\nclear_output(wait=True)\nprint('b')",
    )
    runs = await running.run(["cell0", "cell1", "cell2"])
    assert [run.output for run in runs] == ["b", "a", "b"]


async def test_a_progress_bar_is_stored_as_it_looks_in_the_end(file: Path, running: FileSurface) -> None:
    write(file, "for i in range(50):\n    print(f'\\r{i}', end='', flush=True)")
    await running.run(["cell0"])
    assert outputs(file, 0)[0]["text"] == ["49"]


async def test_a_question_to_the_user_is_answered_by_an_explanation(file: Path, running: FileSurface) -> None:
    write(file, "input('name?')")
    (run,) = await running.run(["cell0"])
    assert run.status == "error"
    assert "asks for input" in run.message


async def test_a_plot_comes_back_as_an_image(file: Path, running: FileSurface) -> None:
    write(file, "%matplotlib inline\nimport matplotlib.pyplot as plt\nplt.plot([1, 2]); plt.show()")
    (run,) = await running.run(["cell0"])
    assert [image.mime for image in run.images] == ["image/png"]


async def test_markdown_and_empty_cells_count_as_run(file: Path, running: FileSurface) -> None:
    write(file, "", "x = 1")
    book = nbformat.read(file, as_version=4)
    book.cells.append(nbformat.v4.new_markdown_cell("# t", id="text"))
    nbformat.write(book, file)
    assert [run.status for run in await running.run(["cell0", "text", "cell1"])] == ["ok", "ok", "ok"]


async def test_a_busy_kernel_is_left_to_its_work(file: Path, running: FileSurface, kernel: KernelClient) -> None:
    write(file, "x = 1")
    busy = asyncio.create_task(kernel.execute("import time; time.sleep(1)"))
    await asyncio.sleep(0.3)
    (run,) = await running.run(["cell0"])
    assert run.status == "not_run"
    assert "busy" in run.message
    assert (await busy).status == "ok"


async def test_a_kernel_that_dies_is_told_and_what_was_printed_is_kept(
    file: Path, contents: ManagedContents, own_kernel: Any
) -> None:
    write(file, "import os, time\nprint('last words', flush=True)\ntime.sleep(0.5)\nos._exit(1)", "x = 1")
    async with KernelClient(own_kernel.client()) as kernel:
        surface = FileSurface(PATH, contents, TheKernel(kernel))
        first, second = await surface.run(["cell0", "cell1"])
    assert (first.status, first.output, second.status) == ("error", "last words", "not_run")
    assert "died" in first.message
    assert outputs(file, 0)[0]["text"] == ["last words\n"]


async def test_a_source_that_changes_while_it_runs_gets_no_outputs_of_the_old_one(
    file: Path, running: FileSurface
) -> None:
    write(file, "import time; time.sleep(0.6); print('old')")
    task = asyncio.create_task(running.run(["cell0"]))
    await asyncio.sleep(0.3)
    write(file, "print('new')")
    (run,) = await task
    assert (run.status, run.output) == ("ok", "old")
    assert "changed while it ran" in run.message
    assert outputs(file, 0) == []


async def test_stopping_keeps_what_was_printed(file: Path, running: FileSurface, kernel: KernelClient) -> None:
    write(file, "import time\nprint('so far', flush=True)\ntime.sleep(1)\nwent_on = True")
    task = asyncio.create_task(running.run(["cell0"]))
    await asyncio.sleep(0.6)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert outputs(file, 0)[0]["text"] == ["so far\n"]
    reply = await kernel.execute_silently("", {"x": "went_on"}, wait=10)
    assert reply["status"] == "ok"


async def test_an_edit_after_a_run_is_marked(file: Path, running: FileSurface) -> None:
    write(file, "x = 1")
    await running.run(["cell0"])
    assert not (await running.read()).cells[0].edited_since_run
    await running.apply([ReplaceSource(cell_id="cell0", before="x = 1", after="x = 2")])
    assert (await running.read()).cells[0].edited_since_run
    await running.run(["cell0"])
    assert not (await running.read()).cells[0].edited_since_run


async def test_a_thousand_cells_are_read_quickly(file: Path, surface: FileSurface) -> None:
    write(file, *(f"x{n} = {n}" for n in range(1000)))
    began = asyncio.get_running_loop().time()
    assert len((await surface.read()).cells) == 1000
    assert asyncio.get_running_loop().time() - began < 2
