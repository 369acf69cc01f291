"""Why an edit was not applied, said so that the model can do better at the next try."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

Kind = Literal[
    "not_found",
    "ambiguous",
    "already_applied",
    "incomplete",
    "placeholder",
    "overlap",
    "no_location",
    "no_change",
    "stale_version",
    "bad_format",
]

_MAX_LINE = 300

_ADVICE: dict[str, str] = {
    "not_found": "Resend the edit with the old lines copied exactly from the text above.",
    "ambiguous": "Resend it with enough neighbouring lines to say which place is meant.",
    "already_applied": "Do not send it again.",
    "incomplete": "Resend the whole edit, up to and including its closing marker.",
    "placeholder": "Resend it with the real lines written out.",
    "overlap": "Resend them as one edit.",
    "no_location": "Resend it with the line before or after the place as context.",
    "no_change": "Send only lines that differ.",
    "stale_version": "Make the edit against the text as it is now.",
    "bad_format": "Resend it in the format that was asked for.",
}


@dataclass(frozen=True, slots=True)
class Refusal:
    """What is wrong with one hunk.

    ``hunk`` is its 0-based number. ``wrote`` is the first line that differs, as the model wrote it, and ``wrote_line``
    its 1-based number among the old lines; ``nearest`` the nearest real lines as ``(1-based number, text)``;
    ``places`` the 1-based numbers of the lines where the hunk could begin.
    """

    hunk: int
    kind: Kind
    why: str
    wrote: str | None = None
    wrote_line: int | None = None
    nearest: tuple[tuple[int, str], ...] = ()
    nearest_score: tuple[int, int] | None = None
    places: tuple[int, ...] = ()

    def describe(self, total: int) -> str:
        """The part of the message about this hunk, of ``total``."""
        out = [f"hunk {self.hunk + 1} of {total}: {self.why}" if total > 1 else self.why]
        if self.wrote is not None:
            out.append(f"  you wrote : |{_clipped(self.wrote)}|")
            real = next((f"  line {n:<5}: |{_clipped(text)}|" for n, text in self.nearest if n in self.places), None)
            if real:
                out.append(real)
        if self.nearest:
            if self.kind == "ambiguous":
                out.append("it could go at:")
            elif self.nearest_score:
                equal, of = self.nearest_score
                out.append(
                    f"nearest place ({equal} of {of} lines equal), lines {self.nearest[0][0]}-{self.nearest[-1][0]}:"
                )
            elif self.kind == "not_found":
                out.append("the text has there:")
            before = None
            for n, text in self.nearest:
                if before is not None and n > before + 1:
                    out.append("   ...")
                out.append(f"{n:>5} | {_clipped(text)}")
                before = n
        return "\n".join(out)


class Unclear(Exception):
    """The hunk has its place, but not where in it each line goes."""


class EditRefused(ValueError):
    """Nothing was changed. ``str()`` is the message for the model; ``hunks`` the same as data; ``kind`` the first kind.

    ``fitting`` are the 0-based numbers of the hunks that found their place.
    """

    def __init__(self, refusals: Sequence[Refusal], *, total: int = 1, fitting: Sequence[int] = ()) -> None:
        self.hunks: tuple[Refusal, ...] = tuple(refusals)
        self.kind: Kind = self.hunks[0].kind
        self.total = max(total, 1)
        self.fitting: tuple[int, ...] = tuple(fitting)
        super().__init__(self._message())

    def __reduce__(self) -> tuple[Any, ...]:
        return _refused, (self.hunks, self.total, self.fitting)

    def _message(self) -> str:
        parts = ["edit not applied (nothing was changed)."]
        shown = self.hunks[:5]
        parts.extend(refusal.describe(self.total) for refusal in shown)
        if len(self.hunks) > len(shown):
            parts.append(f"and {len(self.hunks) - len(shown)} more hunks that do not fit.")
        if self.fitting:
            names = ", ".join(str(n + 1) for n in self.fitting[:12]) + (", ..." if len(self.fitting) > 12 else "")
            noun, verb = ("hunk", "fits") if len(self.fitting) == 1 else ("hunks", "fit")
            parts.append(f"{noun} {names} {verb} and will be applied when you resend all of them together.")
        parts.extend([_ADVICE[kind] for kind in dict.fromkeys(refusal.kind for refusal in shown)])
        return "\n".join(parts)


def _refused(hunks: Sequence[Refusal], total: int, fitting: Sequence[int]) -> EditRefused:
    return EditRefused(hunks, total=total, fitting=fitting)


def refuse(kind: Kind, why: str, *, hunk: int = 0, total: int = 1, wrote: str | None = None) -> EditRefused:
    """An `EditRefused` with a single reason."""
    return EditRefused([Refusal(hunk, kind, why, wrote)], total=total)


def _clipped(line: str) -> str:
    return line if len(line) <= _MAX_LINE else f"{line[:_MAX_LINE]}... ({len(line)} characters)"
