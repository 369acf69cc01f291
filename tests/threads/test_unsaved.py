"""What was taken back in an open notebook, when the page is reloaded before the notebook is saved."""

from __future__ import annotations

from pathlib import Path

import pytest

from jupyter_townie import protocol as p
from jupyter_townie.threads.unsaved import THERE_AGAIN

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
