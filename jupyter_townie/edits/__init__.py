"""What a model wrote becomes an edit: parsing, locating, applying, or a refusal that says what is wrong."""

from __future__ import annotations

from .apply import apply
from .edit import Edit, text_hash
from .growing import GrowingEdit
from .hunk import Hunk
from .pieces import BlockEnded, BlockStarted, BlockText, HunkComplete, Piece, Prose, Target
from .rebase import Conflict, rebase
from .refusal import EditRefused, Refusal
from .reply import FORMATS, apply_replacement, apply_reply, edit_from_reply, hunks_of
from .search_replace import parse_search_replace
from .stream import ReplyParser
from .syntax import syntax_problem
from .udiff import parse_udiff
from .v4a import parse_v4a
from .whole import parse_whole

__all__ = [
    "FORMATS",
    "BlockEnded",
    "BlockStarted",
    "BlockText",
    "Conflict",
    "Edit",
    "EditRefused",
    "GrowingEdit",
    "Hunk",
    "HunkComplete",
    "Piece",
    "Prose",
    "Refusal",
    "ReplyParser",
    "Target",
    "apply",
    "apply_replacement",
    "apply_reply",
    "edit_from_reply",
    "hunks_of",
    "parse_search_replace",
    "parse_udiff",
    "parse_v4a",
    "parse_whole",
    "rebase",
    "syntax_problem",
    "text_hash",
]
