"""Taking back what turns have changed, over real notebooks and files."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import nbformat
import pytest
from hypothesis import given, settings, strategies as st

from jupyter_townie import protocol as p
from jupyter_townie.threads import Refused, Thread, Threads
from jupyter_townie.threads.actions import edit_action

from .working import start_turn, working

BOOK, FILE = "work.ipynb", "lib.py"
SOURCES = ("a = 1\nb = 2\nc = 3", "total = a + b")


class Work:
    """A thread over one notebook and one file, and what a turn may do to them."""

    def __init__(self, root: Path, threads: Threads, thread: Thread) -> None:
        self.root, self.threads, self.thread = root, threads, thread
        self._made = 0

    @classmethod
    async def begin(cls, root: Path) -> Work:
        book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in SOURCES])
        book.metadata["language_info"] = {"name": "python"}
        nbformat.write(book, root / BOOK)
        (root / FILE).write_text("x = 1\ny = 2\nz = 3\n")
        threads = working(root)
        thread = await threads.open((await threads.create()).id)
        await thread.lease.claim()
        return cls(root, threads, thread)

    async def close(self) -> None:
        self.thread.lease.release()
        await self.threads.close()

    def bytes(self) -> dict[str, bytes]:
        """Everything that the user has, by name."""
        return {path.name: path.read_bytes() for path in self.root.glob("*.*") if path.suffix in (".py", ".ipynb")}

    def cells(self) -> dict[str, str]:
        return {cell["id"]: cell.source for cell in nbformat.read(self.root / BOOK, as_version=4).cells}

    def type(self, cell_id: str, source: str) -> None:
        """The user changes a cell and saves."""
        book = nbformat.read(self.root / BOOK, as_version=4)
        next(cell for cell in book.cells if cell["id"] == cell_id).source = source
        nbformat.write(book, self.root / BOOK)

    def turn(self, name: str) -> str:
        start_turn(self.thread, name, BOOK)
        return name

    async def insert(self, turn: str, source: str, after: str | None = None, cell_type: p.CellType = "code") -> str:
        self._made += 1
        cell = f"{self._made:08x}"
        body = p.InsertAction(path=BOOK, cell_id=cell, cell_type=cell_type, source=source, after=after)
        assert await self.thread.actions.insert(self.thread.actions.start(turn, body, "insert", "streaming"))
        return cell

    async def edit(self, turn: str, cell: str, after: str) -> None:
        await self._apply(turn, edit_action(BOOK, cell, self.cells()[cell], after))

    async def delete(self, turn: str, cell: str) -> None:
        cells = nbformat.read(self.root / BOOK, as_version=4).cells
        at = next(index for index, one in enumerate(cells) if one["id"] == cell)
        above = cells[at - 1]["id"] if at else ""
        body = p.DeleteAction(
            path=BOOK, cell_id=cell, cell_type=cells[at].cell_type, before=cells[at].source, after=above
        )
        record = self.thread.actions.start(turn, body, "edit", "running")
        assert await self.thread.actions.apply(record, BOOK, p.DeleteCell(cell_id=cell, before=body.before))

    async def write(self, turn: str, name: str, after: str | None) -> None:
        path = self.root / name
        before = path.read_bytes().decode() if path.exists() else None
        body = edit_action(name, None, before or "", after or "")
        await self._apply(turn, body.model_copy(update={"creates": before is None, "deletes": after is None}))

    async def _apply(self, turn: str, body: p.EditAction) -> None:
        assert await self.thread.actions.apply_edit(self.thread.actions.start(turn, body, "edit", "running"))

    def last(self, kind: type[Any]) -> Any:
        return [event for event in self.thread.log.events if isinstance(event, kind)][-1]


texts = st.sampled_from(
    ["a = 1", "a = 1\nb = 2", "", "print('é 🐧')\n", "x = 1\r\ny = 2\r\n", "no end of line", "\n\n"]
)
KINDS = ["insert", "note", "edit", "delete", "write", "create", "remove", "rename"]
steps = st.tuples(st.sampled_from(KINDS), texts, st.integers(0, 9))


async def act(work: Work, turn: str, step: tuple[str, str, int]) -> None:
    kind, text, number = step
    ids = list(work.cells())
    if kind in ("insert", "note"):
        cell_type: p.CellType = "markdown" if kind == "note" else "code"
        await work.insert(turn, text, ids[number % len(ids)] if ids else None, cell_type)
    elif kind == "edit" and ids:
        await work.edit(turn, ids[number % len(ids)], text)
    elif kind == "delete" and ids:
        await work.delete(turn, ids[number % len(ids)])
    elif kind == "write" and text:
        await work.write(turn, FILE, text)
    elif kind == "create" and text:
        await work.write(turn, f"new{number}.py", text)
    elif kind == "remove" and (work.root / FILE).exists():
        await work.write(turn, FILE, None)
    elif kind == "rename" and (work.root / FILE).exists():
        # What a model can do of it: the text under its new name, and no longer under the old one.
        await work.write(turn, f"renamed{number}.py", (work.root / FILE).read_bytes().decode())
        await work.write(turn, FILE, None)


async def test_cells_that_were_deleted_come_back_below_each_other(tmp_path: Path) -> None:
    work = await Work.begin(tmp_path)
    first, second = work.cells()
    await work.insert(work.turn("t0"), "c = 4")
    before = work.bytes()
    turn = work.turn("t1")
    # The lower one first: that above it comes back in the same step.
    await work.delete(turn, second)
    await work.delete(turn, first)
    await work.thread.undo(p.Undo(turn=turn))
    assert work.bytes() == before
    await work.close()


@settings(max_examples=60, deadline=None)
@given(turns=st.lists(st.lists(steps, min_size=1, max_size=4), min_size=1, max_size=4), data=st.data())
def test_going_back_restores_the_bytes_of_every_document(
    tmp_path_factory: pytest.TempPathFactory, turns: list[list[tuple[str, str, int]]], data: Any
) -> None:
    to = data.draw(st.integers(0, len(turns) - 1))
    at_once = data.draw(st.booleans())

    async def check() -> None:
        work = await Work.begin(tmp_path_factory.mktemp("work"))
        states = [work.bytes()]
        for number, doings in enumerate(turns):
            work.turn(f"t{number}")
            for step in doings:
                await act(work, f"t{number}", step)
            states.append(work.bytes())
        if at_once:
            await work.thread.restore(p.Restore(turn=f"t{to}", before=True))
        else:
            for number in reversed(range(to, len(turns))):
                await work.thread.undo(p.Undo(turn=f"t{number}"))
        assert work.bytes() == states[to]
        await work.close()

    asyncio.run(check())


def test_cell_that_was_deleted_below_one_that_goes_comes_back(tmp_path: Path) -> None:
    async def check() -> None:
        work = await Work.begin(tmp_path)
        before = work.bytes()
        first, second = work.cells()
        work.turn("t0")
        await work.edit("t0", second, "total = 2")
        await work.insert("t0", "new = 1", first, "code")
        work.turn("t1")
        await work.delete("t1", second)
        await work.delete("t1", first)
        await work.thread.restore(p.Restore(turn="t0", before=True))
        assert work.bytes() == before
        await work.close()

    asyncio.run(check())


@settings(max_examples=60, deadline=None)
@given(
    doings=st.lists(steps, min_size=1, max_size=5),
    mine=st.lists(st.integers(0, 5), min_size=1, max_size=3),
    when=st.integers(0, 4),
)
def test_no_line_that_the_user_typed_is_lost_by_an_undo(
    tmp_path_factory: pytest.TempPathFactory, doings: list[tuple[str, str, int]], mine: list[int], when: int
) -> None:
    async def check() -> None:
        work = await Work.begin(tmp_path_factory.mktemp("work"))
        work.turn("t")
        typed: dict[str, str] = {}

        def user() -> None:
            for number, cell in zip(mine, list(work.cells()), strict=False):
                typed[cell] = f"mine_{cell}_{number} = 0"
                work.type(cell, work.cells()[cell] + f"\n{typed[cell]}")

        for number, step in enumerate(doings):
            if number == when:
                user()
            ids = list(work.cells())
            touches = step[0] in ("edit", "delete") and ids and ids[step[2] % len(ids)] in typed
            if not touches:
                await act(work, "t", step)
        if when >= len(doings):
            user()
        await work.thread.undo(p.Undo(turn="t"))
        for record in work.thread.state.actions.values():
            if record.state == "waiting":
                assert await work.thread.actions.apply_edit(record)
        cells = work.cells()
        assert {cell: line in cells[cell] for cell, line in typed.items()} == dict.fromkeys(typed, True)
        await work.close()

    asyncio.run(check())


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path


async def test_undo_offers_to_take_back_its_own_lines_of_a_cell_that_the_user_has_changed(root: Path) -> None:
    work = await Work.begin(root)
    cell = next(iter(work.cells()))
    turn = work.turn("t")
    await work.edit(turn, cell, "a = 10\nb = 2\nc = 3")
    work.type(cell, "a = 10\nb = 2\nc = 3\nmine = 4")
    await work.thread.undo(p.Undo(turn=turn))
    undone = work.last(p.Undone)
    (proposal,) = undone.proposals
    record = work.thread.state.actions[proposal]
    assert work.cells()[cell] == "a = 10\nb = 2\nc = 3\nmine = 4"
    assert (record.state, record.body.after) == ("waiting", "a = 1\nb = 2\nc = 3\nmine = 4")
    await work.thread.decide(p.Decide(action=proposal, decision="accept"))
    await work.thread.work.settled()
    assert work.cells()[cell] == "a = 1\nb = 2\nc = 3\nmine = 4"
    assert [work.thread.state.actions[one].state for one in undone.left] == ["undone"]
    await work.close()


async def test_undo_leaves_lines_that_both_have_changed_and_says_so(root: Path) -> None:
    work = await Work.begin(root)
    cell = next(iter(work.cells()))
    turn = work.turn("t")
    await work.edit(turn, cell, "a = 10\nb = 2\nc = 3")
    work.type(cell, "a = 11\nb = 2\nc = 3")
    await work.thread.undo(p.Undo(turn=turn))
    undone = work.last(p.Undone)
    assert (len(undone.left), undone.proposals) == (1, [])
    assert "same lines" in work.last(p.ActionChanged).message
    assert work.cells()[cell] == "a = 11\nb = 2\nc = 3"
    await work.close()


async def test_undo_of_an_earlier_turn_keeps_what_a_later_one_did_to_the_same_cell(root: Path) -> None:
    work = await Work.begin(root)
    cell = next(iter(work.cells()))
    await work.edit(work.turn("t1"), cell, "a = 10\nb = 2\nc = 3")
    await work.edit(work.turn("t2"), cell, "a = 10\nb = 2\nc = 30")
    await work.thread.undo(p.Undo(turn="t1"))
    (proposal,) = work.last(p.Undone).proposals
    assert work.thread.state.actions[proposal].body.after == "a = 1\nb = 2\nc = 30"
    await work.close()


async def test_file_that_was_deleted_comes_back_and_one_that_was_made_goes(root: Path) -> None:
    work = await Work.begin(root)
    before = work.bytes()
    turn = work.turn("t")
    await work.write(turn, FILE, None)
    await work.write(turn, "made.py", "made = 1\n")
    during = work.bytes()
    await work.thread.undo(p.Undo(turn=turn))
    assert FILE not in during
    assert work.bytes() == before
    await work.close()


async def test_what_was_typed_below_townies_last_line_is_offered_to_be_kept(root: Path) -> None:
    work = await Work.begin(root)
    cell = next(iter(work.cells()))
    turn = work.turn("t")
    await work.edit(turn, cell, "a = 1\nb = 2\nc = 30")
    work.type(cell, "a = 1\nb = 2\nc = 30\nmine = 4")
    await work.thread.undo(p.Undo(turn=turn))
    (proposal,) = work.last(p.Undone).proposals
    assert work.thread.state.actions[proposal].body.after == "a = 1\nb = 2\nc = 3\nmine = 4"
    await work.close()


async def test_file_that_was_made_and_then_changed_by_the_user_is_left(root: Path) -> None:
    work = await Work.begin(root)
    turn = work.turn("t")
    await work.write(turn, "made.py", "made = 1\n")
    (root / "made.py").write_text("made = 1\nmine = 2\n")
    await work.thread.undo(p.Undo(turn=turn))
    (proposal,) = work.last(p.Undone).proposals
    assert (root / "made.py").read_text() == "made = 1\nmine = 2\n"
    assert work.thread.state.actions[proposal].body.after == "mine = 2\n"
    await work.close()


async def test_preview_lists_each_document_and_changes_nothing(root: Path) -> None:
    work = await Work.begin(root)
    first, second = work.cells()
    turn = work.turn("t")
    made = await work.insert(turn, "new = 1", first)
    await work.edit(turn, second, "total = 0")
    await work.edit(turn, first, "a = 10\nb = 2\nc = 3")
    await work.write(turn, "made.py", "made = 1\n")
    work.type(first, "a = 10\nb = 2\nc = 3\nmine = 1")
    before = work.bytes()
    preview = await work.thread.preview(turn, restore=False)
    assert [(one.cell_id or one.path, one.effect, one.certain) for one in preview.documents] == [
        (made, "remove", True),
        (second, "change", True),
        (first, "change", False),
        ("made.py", "remove", True),
    ]
    assert preview.documents[1].after == SOURCES[1]
    assert "newer lines are kept" in preview.documents[2].message
    assert work.bytes() == before
    await work.close()


async def test_restore_tells_of_each_turn_and_of_the_whole(root: Path) -> None:
    work = await Work.begin(root)
    cell = next(iter(work.cells()))
    for name, source in (("t1", "a = 10"), ("t2", "a = 20"), ("t3", "a = 30")):
        await work.edit(work.turn(name), cell, source)
    await work.thread.restore(p.Restore(turn="t1"))
    assert work.cells()[cell] == "a = 10"
    assert [turn for turn, record in work.thread.state.turns.items() if record.undone] == ["t2", "t3"]
    restored = work.last(p.Restored)
    assert (restored.turn, restored.turns, restored.left) == ("t1", ["t2", "t3"], [])
    await work.close()


async def test_restore_with_nothing_after_it_is_refused(root: Path) -> None:
    work = await Work.begin(root)
    work.turn("t1")
    with pytest.raises(Refused, match="Nothing was changed"):
        await work.thread.restore(p.Restore(turn="t1"))
    await work.close()


async def test_undo_tells_variables_of_cells_that_had_run_and_who_defines_them(root: Path) -> None:
    work = await Work.begin(root)
    first, second = work.cells()
    turn = work.turn("t")
    ran = await work.insert(turn, "a = 5\nfresh = a", first)
    await work.insert(turn, "never_ran = 1", ran)
    run = p.CellRun(cell_id=ran, status="ok")
    work.thread.log.append(p.CellsRan, turn=turn, path=BOOK, runs=[run])
    await work.thread.undo(p.Undo(turn=turn))
    told = [(one.name, one.cell_id, one.defined_by) for one in work.last(p.Undone).variables]
    assert told == [("a", ran, first), ("fresh", ran, None)]
    assert second in work.cells()
    await work.close()


async def test_edited_cell_that_had_run_is_itself_the_one_to_run_again(root: Path) -> None:
    work = await Work.begin(root)
    first, _ = work.cells()
    turn = work.turn("t")
    await work.edit(turn, first, "a = 100\nextra = 1")
    work.thread.log.append(p.CellsRan, turn=turn, path=BOOK, runs=[p.CellRun(cell_id=first, status="ok")])
    await work.thread.undo(p.Undo(turn=turn))
    told = {one.name: one.defined_by for one in work.last(p.Undone).variables}
    assert told == {"a": first, "extra": None}
    await work.close()


async def test_accepted_proposal_of_an_undo_tells_its_variables(root: Path) -> None:
    work = await Work.begin(root)
    first, _ = work.cells()
    turn = work.turn("t")
    await work.edit(turn, first, "a = 100\nb = 2\nc = 3")
    work.thread.log.append(p.CellsRan, turn=turn, path=BOOK, runs=[p.CellRun(cell_id=first, status="ok")])
    work.type(first, "a = 100\nb = 2\nc = 3\nmine = 4")
    await work.thread.undo(p.Undo(turn=turn))
    assert work.last(p.Undone).variables == []
    (proposal,) = work.last(p.Undone).proposals
    await work.thread.decide(p.Decide(action=proposal, decision="accept"))
    await work.thread.work.settled()
    undone = work.last(p.Undone)
    assert (undone.left, undone.proposals, len(undone.actions)) == ([], [proposal], 1)
    assert ("a", first) in [(one.name, one.defined_by) for one in undone.variables]
    await work.close()
