"""A traceback in a few hundred tokens.

Always kept: the error's name and message, the failing line, the last frame in the user's code and the frames of local
files.  Frames of libraries fold into one line, repeated frames are counted.
"""

from __future__ import annotations

from itertools import groupby

from .traceback import ParsedTraceback, TracebackFrame, head_and_tail, settled, without_ansi

LONGEST_MESSAGE = 800
"""Characters of the error's message that are kept."""
LONGEST_SOURCE = 160
MOST_USER_FRAMES = 8
MOST_MEMBERS = 5
"""Exceptions of a group that are named."""
LONGEST_UNPARSED = 1_600


def compact_message(evalue: str) -> str:
    """The message without colours and overwritten progress bars, cut in its middle when it is long."""
    # Whatever is cut away below is never searched: a message may have megabytes.
    return head_and_tail(settled(without_ansi(head_and_tail(evalue, 20 * LONGEST_MESSAGE))).strip(), LONGEST_MESSAGE)


def compact(ename: str, evalue: str, traceback: ParsedTraceback) -> str:
    """The failure as plain text, about 700 tokens at the most."""
    message = compact_message(evalue)
    parts = [f"{ename}: {message}" if message else ename]
    if traceback.members:
        members = [head_and_tail(member, 200) for member in traceback.members[:MOST_MEMBERS]]
        more = len(traceback.members) - len(members)
        parts.append("It holds: " + "; ".join(members) + (f"; {more} more" if more else ""))
    if traceback.causes:
        causes = [head_and_tail(cause, 200) for cause in traceback.causes[-3:]]
        parts.append("After: " + "; then ".join(causes))
    if traceback.frames:
        parts.append("Traceback, outermost first:")
        parts.extend(_frames(traceback.frames))
    elif traceback.text.strip():
        parts.append(head_and_tail(traceback.text.strip(), LONGEST_UNPARSED))
    return "\n".join(parts)


def _frames(frames: tuple[TracebackFrame, ...]) -> list[str]:
    lines: list[str] = []
    runs = [(frame, len(list(same))) for frame, same in groupby(frames)]
    users = [index for index, (frame, _) in enumerate(runs) if frame.user]
    kept = {*users[: MOST_USER_FRAMES // 4], *users[-(MOST_USER_FRAMES - MOST_USER_FRAMES // 4) :]}
    folded: list[TracebackFrame] = []
    skipped = 0

    def flush() -> None:
        nonlocal skipped
        if skipped:
            lines.append(f"  [{skipped} more frames of this code]")
            skipped = 0
        if folded:
            packages = list(dict.fromkeys(frame.package or frame.file for frame in folded))
            where = ", ".join(head_and_tail(package, 60) for package in packages[:4])
            many = f"{len(folded)} frames" if len(folded) > 1 else "1 frame"
            lines.append(f"  [{many} in {where}; last: {_place(folded[-1])}]")
            folded.clear()

    for index, (frame, count) in enumerate(runs):
        if not frame.user:
            folded.extend([frame] * min(count, 1000))
        elif index in kept:
            flush()
            times = f" ({count} times)" if count > 1 else ""
            lines.append(f"  {_place(frame)}{times}")
            if frame.source:
                lines.append(f"    {head_and_tail(frame.source, LONGEST_SOURCE)}")
        else:
            skipped += count
    flush()
    return lines


def _place(frame: TracebackFrame) -> str:
    if frame.file == "cell":
        where = "cell" if frame.execution_count is None else f"cell [{frame.execution_count}]"
    else:
        where = head_and_tail(frame.file, 80)
    line = "" if frame.line is None else f", line {frame.line}"
    function = f", in {head_and_tail(frame.function, 80)}" if frame.function else ""
    return f"{where}{line}{function}"
