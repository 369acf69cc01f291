"""Common exceptions in plain words, for when there is no model to ask.

The meanings follow https://docs.python.org/3/library/exceptions.html.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_MEANINGS: dict[str, tuple[str, str]] = {
    "AssertionError": (
        "An `assert` found that something is not as the code expects.",
        "Look at the values in the asserted condition.",
    ),
    "AttributeError": (
        "The object has no attribute or method of that name.",
        "Check the spelling and the object's type with `type(...)`; `None` here often means that an earlier call "
        "returned nothing.",
    ),
    "ConnectionError": (
        "A network connection could not be made or was lost.",
        "Check the address and the network, then run the cell again.",
    ),
    "FileNotFoundError": (
        "There is no file or folder at that path.",
        "Paths are relative to the notebook's folder: compare with `%pwd` and `%ls`.",
    ),
    "ImportError": (
        "The module exists, but that name is not in it.",
        "Check the spelling, and whether the installed version of the package still has it.",
    ),
    "IndentationError": (
        "The lines of a block are not indented alike.",
        "Line up the marked line with its neighbours, with spaces only.",
    ),
    "IndexError": (
        "A position was asked for that the sequence does not have.",
        "Positions begin at 0 and end at `len(...) - 1`; check the length first.",
    ),
    "KeyError": (
        "The dictionary, or the table, has no such key or column.",
        "List what is there with `.keys()`, or `.columns` for a DataFrame, and compare the spelling.",
    ),
    "MemoryError": (
        "The kernel's machine has not enough memory for this.",
        "Delete what is no longer needed, or work on a part of the data.",
    ),
    "ModuleNotFoundError": (
        "The package is not installed in the environment of this kernel.",
        "Install it with `%pip install ...` in a cell and run the cell again.",
    ),
    "NameError": (
        "The name is used before anything was assigned to it.",
        "Check the spelling, and whether the cell that defines it has been run since the kernel was started.",
    ),
    "NotImplementedError": (
        "The operation is not available here.",
        "Look for another method that does the same, or a newer version of the package.",
    ),
    "OverflowError": (
        "A number became too large for its type.",
        "Use a wider type, or scale the values.",
    ),
    "PermissionError": (
        "The file or folder may not be read or written by this user.",
        "Choose another place, or change its permissions.",
    ),
    "RecursionError": (
        "A function called itself too many times.",
        "Check that it has a case in which it stops.",
    ),
    "RuntimeError": (
        "Something failed that fits no other kind of error.",
        "The message says what; the last line of your own code says where.",
    ),
    "StopIteration": (
        "An iterator had nothing left to give.",
        "Check whether it was used up before, or give `next(...)` a default.",
    ),
    "SyntaxError": (
        "Python can not read the line.",
        "Look at the marked place and just before it: a missing bracket, quote, colon or comma is the usual cause.",
    ),
    "TimeoutError": (
        "Something took longer than it was allowed to.",
        "Try again, or allow more time.",
    ),
    "TypeError": (
        "An operation or function got a value of a type that it does not take.",
        "Check the types of the values with `type(...)`, and the function's parameters with `help(...)`.",
    ),
    "UnboundLocalError": (
        "A variable of the function is read before it is assigned.",
        "Assign it first, or pass it in as a parameter.",
    ),
    "UnicodeDecodeError": (
        "Bytes were read as text in an encoding that they are not in.",
        "Name the right encoding, for example `encoding='latin-1'`.",
    ),
    "ValueError": (
        "The value has the right type, but it is not one that is allowed here.",
        "Print the value just before this line and compare it with what the function takes.",
    ),
    "ZeroDivisionError": (
        "Something was divided by zero.",
        "Check the divisor first, and decide what the result should be when it is zero.",
    ),
}


def explain(failure: Mapping[str, Any], *, repair: bool = False) -> str:
    """What a failure means and what to look at, as Markdown.  ``failure`` has fields of ``protocol.Failure``.

    :param repair: a repair was asked for, and the rules had none.
    """
    ename, evalue = str(failure.get("ename") or "Error"), str(failure.get("evalue") or "")
    meaning, advice = _MEANINGS.get(
        ename,
        ("There is no prepared explanation for this kind of error.", "Its own message is the best hint there is."),
    )
    said = f": {evalue.splitlines()[0]}" if evalue.strip() else ""
    lines = [f"**{ename}**{_inline(said)}", ""]
    frame = _last_user_frame(failure)
    if frame is not None:
        # The only code of a fix would be taken for the cell's new text.
        lines += ["It happened here:", "", "```text", str(frame["source"]).strip(), "```", ""]
    # The card below the cell shows what comes after the code.
    lines += [meaning, "", f"What to do: {advice}", "", (_NO_RULE if repair else "") + _WITH_A_MODEL]
    return "\n".join(lines)


_NO_RULE = "No rule is certain of a repair here. "
_WITH_A_MODEL = (
    "A model would read the failing cell and the cells it depends on, and propose a change that was tried: add one "
    "with *Models and keys*, in the menu under the name of the model below the chat's input."
)


def _last_user_frame(failure: Mapping[str, Any]) -> Mapping[str, Any] | None:
    frames = [frame for frame in failure.get("frames") or () if isinstance(frame, Mapping)]
    own = [frame for frame in frames if frame.get("user", True) and str(frame.get("source") or "").strip()]
    return own[-1] if own else None


def _inline(text: str) -> str:
    """An error's message is not Markdown: what would be taken for it is made plain."""
    return "".join(f"\\{char}" if char in "\\`*_{}[]<>#|$~" else char for char in text)
