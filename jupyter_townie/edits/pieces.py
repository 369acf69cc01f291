"""What a reply is made of, as it streams: prose, blocks and the hunks in them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, TypeAlias

from .fences import language_of
from .hunk import Hunk

TargetKind = Literal["new_cell", "cell", "file"]
BlockForm = Literal["whole", "diff", "search_replace", "v4a"]

_FORMS: dict[str, BlockForm] = {
    "whole": "whole",
    "text": "whole",
    "diff": "diff",
    "udiff": "diff",
    "patch": "diff",
    "search_replace": "search_replace",
    "search-replace": "search_replace",
    "v4a": "v4a",
    "apply_patch": "v4a",
}
_FORM_LANGUAGES = frozenset({"diff", "udiff", "patch", "search_replace", "search-replace", "v4a", "apply_patch"})
_WORD = re.compile(r"""([A-Za-z_][\w-]{0,40})=("[^"]{0,1000}"|'[^']{0,1000}'|\S{0,1000})""")
_SPACED = re.compile(r"(?:file|path)=([^\s\"'=][^\"'=]{0,1000}?\.\w{1,10})(?=\s*$|\s+[\w-]{1,40}=)", re.IGNORECASE)
"""A file whose name has spaces and no quotes around it: it goes on to its extension."""


@dataclass(frozen=True, slots=True)
class Target:
    """Where a block goes. ``ref`` is the cell's id or the file's path, None for a new cell.

    ``after`` is the id of the cell that a new cell follows.
    """

    kind: TargetKind
    ref: str | None = None
    after: str | None = None


@dataclass(frozen=True, slots=True)
class Prose:
    """More of the text outside blocks; may begin and end within a line."""

    text: str


@dataclass(frozen=True, slots=True)
class BlockStarted:
    """A fence opened. ``form`` is None while only the content can tell (see `form_of_content`)."""

    block: int
    language: str
    target: Target | None
    form: BlockForm | None
    info: str
    fence: str = "```"


@dataclass(frozen=True, slots=True)
class BlockText:
    """Whole lines of a block, each with its line end; only an unfinished last line may lack one."""

    block: int
    text: str


@dataclass(frozen=True, slots=True)
class HunkComplete:
    """A hunk of an edit block whose last line has arrived."""

    block: int
    hunk: Hunk


@dataclass(frozen=True, slots=True)
class BlockEnded:
    """A block's whole content, without the line end before its closing fence.

    ``complete`` is False when the reply ended inside the block.
    """

    block: int
    text: str
    complete: bool


Piece: TypeAlias = Prose | BlockStarted | BlockText | HunkComplete | BlockEnded


@dataclass(frozen=True, slots=True)
class Info:
    """An info string, read."""

    language: str
    target: Target | None
    form: BlockForm | None


def read_info(info: str) -> Info:
    """The language, target and form of an info string, such as ``python cell=new after=3f2a``."""
    words = {match[1].lower(): _unquoted(match[2]) for match in _WORD.finditer(info)}
    language = language_of(info)
    form = _FORMS.get(words.get("form", "").lower()) or (_FORMS[language] if language in _FORM_LANGUAGES else None)
    target: Target | None = None
    after = words.get("after") or None
    if file := words.get("file") or words.get("path"):
        spaced = _SPACED.search(info) if "." not in file.rpartition("/")[2] else None
        target = Target("file", spaced[1] if spaced else file)
    elif words.get("cell", "").lower() == "new":
        target = Target("new_cell", None, after)
    elif words.get("cell"):
        target = Target("cell", words["cell"])
    if form is None and target is not None and target.kind == "new_cell":
        form = "whole"
    return Info(language, target, form)


def form_of_content(line: str) -> BlockForm:
    """The form that the first line of a block, blank ones apart, shows it to be in."""
    text = line.strip()
    if text.startswith("*** Begin Patch") or text.startswith("*** Update File:"):
        return "v4a"
    if re.match(r"(?:<{5,9}|-{5,9}) ?(?:SEARCH|ORIGINAL)\b", text, re.IGNORECASE):
        return "search_replace"
    if text.startswith(("@@ ", "--- a/", "--- /dev/null", "diff --git ")) or text == "@@":
        return "diff"
    return "whole"


def _unquoted(word: str) -> str:
    if len(word) > 1 and word[0] == word[-1] and word[0] in "\"'":
        return word[1:-1]
    # Written as attributes of Pandoc, or as a list.
    return word.rstrip("},;")


__all__ = [
    "BlockEnded",
    "BlockForm",
    "BlockStarted",
    "BlockText",
    "HunkComplete",
    "Info",
    "Piece",
    "Prose",
    "Target",
    "form_of_content",
    "read_info",
]
