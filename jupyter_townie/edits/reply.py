"""A model's reply as an edit of one text, in whichever format it came."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from .apply import apply
from .edit import Edit
from .fences import fenced_blocks
from .hunk import BYTE_ORDER_MARK, Hunk
from .refusal import refuse
from .search_replace import looks_like_search_replace, opens_block, parse_search_replace, replacement
from .udiff import looks_like_udiff, parse_udiff
from .v4a import looks_like_v4a, parse_v4a
from .whole import parse_whole
from .wrappers import unwrapped

_LONG = 30_000
FORMATS = ("udiff", "search_replace", "v4a", "whole")


def apply_reply(before: str, reply: str, format: str | None = None) -> str:
    """``before`` with the edit in ``reply`` applied.

    ``reply`` is a whole model reply (prose around fenced blocks) or the bare edit; all its blocks make one edit, except
    for a whole text, which has to be in one block. ``format`` is the one that was asked for (``udiff``,
    ``search_replace``, ``v4a``, ``whole``) or None; a reply in another of them is understood too. At most 2,000 hunks.
    Whether the result still parses is for `syntax_problem` to say.

    Raises `EditRefused`, with ``before`` unchanged (``hunks`` has the reason for each hunk that does not fit), and
    `ValueError` for an unknown format.
    """
    return edit_from_reply(before, reply, format).after


def edit_from_reply(before: str, reply: str, format: str | None = None) -> Edit:
    """As `apply_reply`, with the whole `Edit`."""
    if format is not None and format not in FORMATS:
        raise ValueError(f"unknown edit format {format!r}; it is one of {', '.join(FORMATS)}")
    if len(reply) > _LONG:
        with _collection_paused():
            edit = apply(before, hunks_of(reply, format, before.removeprefix(BYTE_ORDER_MARK)))
    else:
        edit = apply(before, hunks_of(reply, format, before.removeprefix(BYTE_ORDER_MARK)))
    if not before and "\r\n" in reply and reply.count("\r\n") == reply.count("\n"):
        return replace(edit, after=edit.after.replace("\r\n", "\n").replace("\n", "\r\n"))
    return edit


@contextmanager
def _collection_paused() -> Iterator[None]:
    """Pauses garbage collection for a long reply.

    Its thousands of hunks are tuples without cycles, which the collector would look through again and again: that
    takes longer than the edit.
    """
    pause = gc.isenabled()
    if pause:
        gc.disable()
    try:
        yield
    finally:
        if pause:
            gc.enable()


def apply_replacement(before: str, old: str, new: str, *, everywhere: bool = False) -> Edit:
    """The edit of a tool call that replaces ``old`` by ``new``; raises `EditRefused`.

    ``everywhere`` asks for every occurrence to be replaced; none of them may be a part of a longer name.
    """
    if old == new:
        raise refuse("no_change", "the new text is the same as the old one.")
    return apply(before, [replacement(old, new, everywhere=everywhere)])


def hunks_of(reply: str, format: str | None, before: str | None = None) -> list[Hunk]:
    """The hunks of a reply; what it looks like counts more than ``format``, which decides where it could be either."""
    if "\r" in reply and reply.count("\r\n") == reply.count("\n"):
        reply = reply.replace("\r\n", "\n")
    if not reply.strip():
        raise refuse("bad_format", "the reply is empty.")
    reply = unwrapped(reply, before or "")
    kind = recognise(reply, format, before)
    if kind == "v4a":
        return parse_v4a(reply)
    if kind == "search_replace":
        return parse_search_replace(reply)
    if kind == "udiff":
        return parse_udiff(reply)
    return parse_whole(reply, before)


def recognise(reply: str, format: str | None, before: str | None = None) -> str:
    """Which format a reply is in."""
    if format == "whole" and not _begins_as_edit(reply) and _one_block_that_is_not_an_edit(reply):
        return "whole"
    order = {
        "udiff": ("udiff", "v4a", "search_replace"),
        "v4a": ("v4a", "search_replace", "udiff"),
        "search_replace": ("search_replace", "v4a", "udiff"),
    }.get(format or "", ("v4a", "search_replace", "udiff"))
    for kind in order:
        if _LOOKS_LIKE[kind](reply):
            return kind
    if format in ("v4a", "udiff", "search_replace"):
        return format
    if any(block.is_diff for block in fenced_blocks(reply)):
        return "udiff"
    if format is None and (_only_marked_lines(reply)):
        return "udiff"
    if format is None and reply.lstrip().startswith(("{", "[", "<tool", "<function")) and '"new' in reply:
        return "search_replace"
    return "whole"


def _begins_as_edit(reply: str) -> bool:
    first = reply.lstrip("\n").split("\n", 1)[0].rstrip()
    return first == "*** Begin Patch" or opens_block(first)


def _one_block_that_is_not_an_edit(reply: str) -> bool:
    """A single fenced block in a programming language whose first line is not that of an edit."""
    blocks = fenced_blocks(reply)
    if len(blocks) != 1 or blocks[0].is_diff:
        return False
    first = blocks[0].text.lstrip().partition("\n")[0].rstrip()
    return not first.startswith(("*** ", "<<<<<", "-------", "@@", "--- ", "diff --git"))


def _only_marked_lines(reply: str) -> bool:
    lines = [line for line in reply.strip("\n").split("\n") if line]
    return bool(lines) and all(line[:1] in "+- " for line in lines) and any(line[:1] in "+-" for line in lines)


def _udiff_like(reply: str) -> bool:
    return looks_like_udiff(reply) or any(
        block.is_diff or looks_like_udiff(block.text) for block in fenced_blocks(reply)
    )


_LOOKS_LIKE = {
    "v4a": looks_like_v4a,
    "search_replace": looks_like_search_replace,
    "udiff": _udiff_like,
}
