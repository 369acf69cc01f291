"""Files as targets of what a model writes: what is refused, why, and that the document stays as it was."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.wire import Reply

from .conftest import Connect, Page


def block(path: str, text: str = "new = 1") -> Reply:
    return Reply.text(f"```python file={path}\n{text}\n```\n")


async def asked(connect: Connect, wire: Any, *replies: Reply, **options: Any) -> tuple[Page, dict[str, Any]]:
    wire.script = list(replies)
    page = await connect()
    return page, await page.ended(await page.submit("write it", options=options))


REFUSED = {
    "../outside.py": "not a path in the workspace",
    "/etc/hosts": "not a path in the workspace",
    "link.py": "leads out of the workspace",
    "linked/outside.py": "leads out of the workspace",
    ".env": "hidden",
    "folder/.secret/key.py": "hidden",
    "picture.py": "not a text file",
    "latin.py": "not text in UTF-8",
    "big.py": "larger than 2 MB",
    "folder": "is a folder",
    "book.ipynb": "change its cells by their ids",
    "pipe.py": "is not a file",
}


@pytest.fixture
def workspace(jp_root_dir: Path, tmp_path: Path) -> Path:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "outside.py").write_text("theirs = 1")
    (jp_root_dir / "link.py").symlink_to(outside / "outside.py")
    (jp_root_dir / "linked").symlink_to(outside)
    (jp_root_dir / ".env").write_text("KEY=1")
    (jp_root_dir / "folder" / ".secret").mkdir(parents=True)
    (jp_root_dir / "picture.py").write_bytes(b"\x89PNG\0\0\0")
    (jp_root_dir / "latin.py").write_bytes("é = 'ü'".encode("latin-1"))
    with (jp_root_dir / "big.py").open("wb") as big:
        big.truncate(50_000_000)
    (jp_root_dir / "book.ipynb").write_text("{}")
    os.mkfifo(jp_root_dir / "pipe.py")
    return jp_root_dir


@pytest.mark.parametrize("path", REFUSED)
async def test_target_is_refused_with_the_reason(connect: Connect, wire: Any, workspace: Path, path: str) -> None:
    before = {one: one.read_bytes() for one in workspace.parent.rglob("*.py") if one.is_file()}
    page, ended = await asked(connect, wire, block(path), block(path), mode="auto")
    assert ended["problem"]["code"] == "edit_refused"
    assert REFUSED[path] in ended["problem"]["detail"]
    assert page.of("action_started") == []
    assert {one: one.read_bytes() for one in before} == before


async def test_reason_is_told_when_the_model_gives_up(connect: Connect, wire: Any, workspace: Path) -> None:
    page, ended = await asked(connect, wire, block("link.py"), Reply.text("Not there, then."), mode="auto")
    assert ended["problem"]["code"] == "edit_refused"
    assert REFUSED["link.py"] in ended["problem"]["detail"]
    assert page.of("action_started") == []


async def test_nothing_is_told_when_the_model_mends_it(connect: Connect, wire: Any, workspace: Path) -> None:
    _, ended = await asked(connect, wire, block("link.py"), block("fresh.py"), Reply.text("Done."), mode="auto")
    assert ended["reason"] == "done"


async def test_file_that_changed_since_it_was_read_is_left(connect: Connect, wire: Any, jp_root_dir: Path) -> None:
    target = jp_root_dir / "lib.py"
    target.write_text("old = 1\n")
    page, _ = await asked(connect, wire, block("lib.py", "new = 1"))
    target.write_text("mine = 1\n")
    await page.send("decide", action=page.of("action_started")[0]["action"], decision="accept")
    changed = await page.until_event("action_changed", state="conflict")
    assert "has changed since" in changed["message"]
    assert target.read_text() == "mine = 1\n"


async def test_file_that_was_deleted_since_it_was_read_is_not_made_again(
    connect: Connect, wire: Any, jp_root_dir: Path
) -> None:
    target = jp_root_dir / "lib.py"
    target.write_text("old = 1\n")
    page, _ = await asked(connect, wire, block("lib.py", "new = 1"))
    target.unlink()
    await page.send("decide", action=page.of("action_started")[0]["action"], decision="accept")
    changed = await page.until_event("action_changed", state="conflict")
    assert changed["message"] == "lib.py is not there any more; nothing was written"
    assert not target.exists()


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is read-only for root")
async def test_read_only_file_is_left(connect: Connect, wire: Any, jp_root_dir: Path) -> None:
    target = jp_root_dir / "lib.py"
    target.write_text("old = 1\n")
    target.chmod(0o444)
    page, _ = await asked(connect, wire, block("lib.py"), mode="auto")
    assert "read-only" in page.of("action_changed")[-1]["message"]
    assert target.read_text() == "old = 1\n"


@pytest.fixture
def small_disk(jp_root_dir: Path) -> Iterator[Path]:
    """A folder of the workspace with room for 16 KB."""
    folder = jp_root_dir / "small"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=16k", "tmpfs", str(folder)]
    if os.geteuid() != 0 or shutil.which("mount") is None or subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("a small disk cannot be mounted here")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


@pytest.mark.parametrize("before", [{"lib.py": "old = 1\n"}, {}], ids=["changed", "new"])
async def test_full_disk_is_told_and_the_folder_is_as_it_was(
    connect: Connect, wire: Any, small_disk: Path, before: dict[str, str]
) -> None:
    for name, text in before.items():
        (small_disk / name).write_text(text)
    page, _ = await asked(connect, wire, block("small/lib.py", "new = 1\n" * 5000), mode="auto")
    message = page.of("action_changed")[-1]["message"]
    assert "no space left on the disk for small/lib.py; nothing was written" in message
    assert str(small_disk.parent) not in message
    assert {one.name: one.read_text() for one in small_disk.iterdir() if one.is_file()} == before


async def test_new_file_is_made_and_goes_away_with_an_undo(connect: Connect, wire: Any, jp_root_dir: Path) -> None:
    page, _ = await asked(connect, wire, block("./fresh.py"), mode="auto")
    assert (jp_root_dir / "fresh.py").read_text().strip() == "new = 1"
    assert page.of("action_started")[0]["body"]["creates"]
    await page.send("undo", turn=page.of("turn_started")[0]["turn"])
    await page.until_event("undone")
    assert not (jp_root_dir / "fresh.py").exists()


async def test_empty_file_that_exists_is_written_and_stays_with_an_undo(
    connect: Connect, wire: Any, jp_root_dir: Path
) -> None:
    target = jp_root_dir / "empty.py"
    target.touch()
    page, _ = await asked(connect, wire, block("empty.py"), mode="auto")
    written = target.read_text()
    await page.send("undo", turn=page.of("turn_started")[0]["turn"])
    await page.until_event("undone")
    assert (written.strip(), target.read_bytes()) == ("new = 1", b"")


async def test_folder_of_a_new_file_is_made(connect: Connect, wire: Any, jp_root_dir: Path) -> None:
    await asked(connect, wire, block("new/deep/lib.py"), mode="auto")
    assert (jp_root_dir / "new" / "deep" / "lib.py").exists()


async def test_bytes_of_a_file_that_the_edit_did_not_mean_are_kept(
    connect: Connect, wire: Any, jp_root_dir: Path
) -> None:
    target = jp_root_dir / "lib.py"
    target.write_bytes(b"\xef\xbb\xbfa = 1\r\nb = 2\r\n")
    edit = "<<<<<<< SEARCH\nb = 2\n=======\nb = 3\n>>>>>>> REPLACE"
    await asked(connect, wire, Reply.text(f"```search_replace file=lib.py\n{edit}\n```\n"), mode="auto")
    assert target.read_bytes() == b"\xef\xbb\xbfa = 1\r\nb = 3\r\n"


async def test_attached_file_that_can_not_be_read_is_told_and_the_answer_comes_all_the_same(
    connect: Connect, wire: Any, workspace: Path
) -> None:
    page = await connect()
    chips = [{"kind": "file", "ref": path, "label": path} for path in ("link.py", "picture.py")]
    ended = await page.ended(await page.submit("look", attachments=chips))
    said = [event["problem"]["message"] for event in page.of("notice")]
    assert ended["reason"] == "done"
    assert [message.split(" was not sent")[0] for message in said if "not sent" in message] == ["link.py", "picture.py"]


async def test_attached_notebook_is_sent_as_its_sources(connect: Connect, wire: Any, notebook: Any) -> None:
    notebook("secret_sauce = 1", path="other.ipynb")
    page = await connect()
    chip = {"kind": "file", "ref": "other.ipynb", "label": "other.ipynb"}
    await page.ended(await page.submit("look", attachments=[chip]))
    sent = str(wire.requests[0].body)
    assert "secret_sauce = 1" in sent
    assert "nbformat_minor" not in sent
