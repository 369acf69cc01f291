"""What was taken back in an open notebook, when the page is reloaded before the notebook is saved."""

from __future__ import annotations

from pathlib import Path

import pytest

from jupyter_townie import protocol as p
from jupyter_townie.threads.host import FILE, LOST, SAVED
from jupyter_townie.threads.unsaved import NOT_THERE, THERE_AGAIN

from .test_checkpoints import BOOK, Work


class Sitting:
    """Which opening of the notebook is the present one."""

    def __init__(self, work: Work, monkeypatch: pytest.MonkeyPatch) -> None:
        self.name = "first load"
        monkeypatch.setattr(work.thread.host, "sitting", lambda path, page: self.name)


async def undone(root: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Work, Sitting, bytes]:
    """A turn that had made a cell and was undone; what the notebook's file held before that."""
    work = await Work.begin(root)
    sitting = Sitting(work, monkeypatch)
    await work.insert(work.turn("t"), "x = 1")
    before = (root / BOOK).read_bytes()
    await work.thread.undo(p.Undo(turn="t"))
    return work, sitting, before


def state(work: Work) -> str:
    (record,) = work.thread.state.actions.values()
    return record.state


async def test_cell_that_is_there_again_can_be_undone_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    work, sitting, before = await undone(tmp_path, monkeypatch)
    (tmp_path / BOOK).write_bytes(before)
    sitting.name = "second load"
    assert work.thread.waits_for([BOOK])
    await work.thread.page_back(BOOK)
    assert (state(work), work.last(p.ActionChanged).message) == ("done", THERE_AGAIN)
    await work.thread.undo(p.Undo(turn="t"))
    assert "x = 1" not in work.cells().values()
    await work.close()


async def test_cell_that_is_there_again_under_another_name_can_be_undone_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    work, sitting, before = await undone(tmp_path, monkeypatch)
    (tmp_path / BOOK).unlink()
    (tmp_path / "other.ipynb").write_bytes(before)
    await work.threads.moved(BOOK, "other.ipynb")
    sitting.name = "second load"
    assert work.thread.waits_for(["other.ipynb"])
    assert not work.thread.waits_for([BOOK])
    await work.thread.page_back("other.ipynb")
    assert (state(work), work.last(p.ActionChanged).message) == ("done", THERE_AGAIN)
    await work.close()


async def test_cell_that_stayed_away_stays_undone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    work, sitting, _ = await undone(tmp_path, monkeypatch)
    sitting.name = "second load"
    await work.thread.page_back(BOOK)
    assert state(work) == "undone"
    assert not work.thread.waits_for([BOOK])
    await work.close()


@pytest.mark.parametrize("where", ["first load", "file"])
async def test_connection_that_was_lost_for_a_moment_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    work, sitting, before = await undone(tmp_path, monkeypatch)
    # The file still holds the cell, because the page that has the notebook open has not saved it yet.
    (tmp_path / BOOK).write_bytes(before)
    sitting.name = where
    await work.thread.page_back(BOOK)
    assert state(work) == "undone"
    await work.close()


async def changed(root: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Work, Sitting, bytes]:
    """A turn that has changed a cell twice and made another; what the file held before that."""
    work = await Work.begin(root)
    sitting = Sitting(work, monkeypatch)
    before = (root / BOOK).read_bytes()
    turn, cell = work.turn("t"), next(iter(work.cells()))
    await work.edit(turn, cell, "once = 1")
    await work.edit(turn, cell, "twice = 2")
    await work.insert(turn, "x = 1")
    return work, sitting, before


def states(work: Work) -> list[str]:
    return [record.state for record in work.thread.state.actions.values()]


@pytest.mark.parametrize("where", [LOST, "second load"])
async def test_what_was_not_saved_is_not_called_done_and_can_be_had_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    work, sitting, before = await changed(tmp_path, monkeypatch)
    (tmp_path / BOOK).write_bytes(before)
    sitting.name = where
    await work.thread.page_back(BOOK)
    assert states(work) == ["failed"] * 3
    assert work.last(p.ActionChanged).message == NOT_THERE
    for record in list(work.thread.state.actions.values()):
        await work.thread.decide(p.Decide(action=record.id, decision="accept"))
        await work.thread.work.settled()
    assert list(work.cells().values())[-1] == "x = 1"
    assert "twice = 2" in work.cells().values()
    assert states(work) == ["done"] * 3
    await work.close()


async def test_what_was_saved_in_between_stays_done(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    work, sitting, _ = await changed(tmp_path, monkeypatch)
    book = (tmp_path / BOOK).read_text()
    (tmp_path / BOOK).write_text(book.replace("twice = 2", "once = 1"))
    sitting.name = LOST
    await work.thread.page_back(BOOK)
    assert states(work) == ["done", "failed", "done"]
    await work.close()


@pytest.mark.parametrize("where", [SAVED, FILE, "first load"])
async def test_what_the_user_took_out_of_a_saved_notebook_is_no_loss(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    work, sitting, before = await changed(tmp_path, monkeypatch)
    (tmp_path / BOOK).write_bytes(before)
    sitting.name = where
    await work.thread.page_back(BOOK)
    assert states(work) == ["done"] * 3
    await work.close()
