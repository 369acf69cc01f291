"""The ways in which models get a whole text wrong."""

from __future__ import annotations

import random
from collections.abc import Iterator

from .case import Case, fenced
from .changes import Change
from .written import (
    lines_of,
)


def whole_cases(change: Change, rng: random.Random) -> Iterator[Case]:
    before, after = change.before, change.after
    if "```" in after or "~~~" in after or not after.endswith("\n") or not before.endswith("\n") or not after.strip():
        return
    lines = lines_of(after)

    def case(kind: str, reply: str, expected: str | None = after, text: str = before) -> Case:
        return Case("whole", kind, text, reply, expected)

    yield case("fenced", fenced(after, "python"))
    if not before.endswith("\n\n") and not after.endswith("\n\n"):
        yield case("no final line end", fenced(after, "python"), after[:-1], before[:-1])
    if "\r" not in before:
        yield case("CRLF text", fenced(after, ""), after.replace("\n", "\r\n"), before.replace("\n", "\r\n"))
    yield case("tildes", f"The new file:\n~~~python\n{after}~~~\n")
    yield case("not closed", "```python\n" + "\n".join(lines[: len(lines) * 2 // 3]), None)
    yield case("two blocks", fenced(after, "python") + fenced("\n".join(lines[:5]), "python"), None)
    yield case("prose alone", "The file needs a new import and a call at the end. I suggest you add both.\n", None)
    if len(lines) > 12:
        cut = rng.randrange(4, len(lines) - 4)
        dots = rng.choice(
            (
                "# ... rest of the code unchanged ...",
                "// ... existing code ...",
                "# ... (rest of file remains the same)",
                "[rest of the file unchanged]",
            )
        )
        yield case("placeholder", fenced("\n".join([*lines[:cut], dots, *lines[cut + 3 :]]), "python"), None)
        middle = len(lines) // 2
        size = max(3, len(lines) // 6)
        if len([line for line in lines[middle : middle + size] if line.strip()]) > 2:
            yield case("only a part", fenced("\n".join(lines[middle : middle + size]), "python"), None)
    yield case("empty block", "```python\n```\n", None)
    yield case("changes nothing", fenced(before, "python"), None)
