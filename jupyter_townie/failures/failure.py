"""From an error as it was reported to a :class:`~jupyter_townie.protocol.Failure`."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from typing import Literal

from ..protocol import Failure, Frame, RawError
from .compaction import LONGEST_SOURCE, compact, compact_message
from .traceback import NOT_FIXABLE, ParsedTraceback, TracebackFrame, head_and_tail, parse_traceback, public_name

MOST_FRAMES = 12

Source = Literal["cell", "console", "kernel", "backend", "browser", "run"]

# What differs between two occurrences of the same failure: addresses, ids, times, temporary names.
_VARYING = re.compile(
    r"0x[0-9a-fA-F]+"
    r"|\b[0-9a-fA-F]{8}-[0-9a-fA-F-]{27}\b"
    r"|\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?"
    r"|ipykernel_\d+[\\/]\d+\.py|<ipython-input-[^>]*>|\b\d{6,}\.py|/tmp/tmp\w+"
    r"|\(\d+\.py, line \d+\)|\bpid \d+|line \d+"
)


def failure_from_error(
    error: RawError,
    *,
    source: Source,
    path: str | None = None,
    cell_id: str | None = None,
    execution_count: int | None = None,
    cells: Sequence[tuple[str, str]] | None = None,
    language: str = "python",
) -> Failure:
    """The failure that *error* reports.

    *cells* are the notebook's cells as ``(cell id, source)``: frames in other cells than the failing one are found by
    the lines that the traceback shows of them.  Tracebacks of other languages than Python are kept but not parsed.
    """
    ename = public_name(head_and_tail(error.ename or "Error", 120))
    if language.lower() in ("python", "ipython", "python3", ""):
        traceback = parse_traceback(error.traceback)
    else:
        traceback = ParsedTraceback((), text=parse_traceback(error.traceback).text)
    frames = _frames(traceback, cell_id, execution_count, cells or ())
    signature = _signature(ename, error.evalue, traceback)
    return Failure(
        id=hashlib.sha256(f"{path}\0{cell_id}\0{execution_count}\0{signature}".encode()).hexdigest()[:16],
        source=source,
        ename=ename,
        evalue=compact_message(error.evalue),
        summary=compact(ename, error.evalue, traceback),
        signature=signature,
        language=language,
        path=path,
        cell_id=cell_id,
        execution_count=execution_count,
        frames=frames,
        fixable=ename not in NOT_FIXABLE,
    )


def _signature(ename: str, evalue: str, traceback: ParsedTraceback) -> str:
    """Error, message and place, without what varies from run to run.

    Line numbers and the text of the failing line are left out on purpose: an attempted fix moves and rewrites them, and
    the loop must still see that it got the same failure again.
    """
    message = " ".join(_VARYING.sub("#", compact_message(evalue)).split())
    users = traceback.user_frames
    last_user = users[-1] if users else None
    last = traceback.frames[-1] if traceback.frames else None
    place = [
        "" if last_user is None else f"{last_user.file}:{last_user.function or ''}",
        "" if last is None or last.user else f"{last.package or last.file}:{last.function or ''}",
    ]
    return hashlib.sha256("\0".join([ename, message, *place]).encode("utf-8", "replace")).hexdigest()[:24]


def _frames(
    traceback: ParsedTraceback,
    cell_id: str | None,
    execution_count: int | None,
    cells: Sequence[tuple[str, str]],
) -> list[Frame]:
    users = list(traceback.user_frames)
    chosen = users if len(users) <= MOST_FRAMES else users[:2] + users[-(MOST_FRAMES - 2) :]
    if traceback.frames and not traceback.frames[-1].user:
        chosen = [*chosen, traceback.frames[-1]]
    lines = {identifier: source.splitlines() for identifier, source in cells}
    own = execution_count
    if own is None:
        own = next((frame.execution_count for frame in users if frame.file == "cell"), None)
    return [
        Frame(
            file=head_and_tail(frame.file, 300),
            cell_id=_cell_of(frame, cell_id, own, lines),
            line=frame.line,
            function=None if frame.function is None else head_and_tail(frame.function, 120),
            source=None if frame.source is None else head_and_tail(frame.source, LONGEST_SOURCE),
            user=frame.user,
        )
        for frame in chosen
    ]


def _cell_of(
    frame: TracebackFrame, failing: str | None, own_count: int | None, lines: dict[str, list[str]]
) -> str | None:
    if frame.file != "cell":
        return None
    if frame.execution_count == own_count or (frame.execution_count is None and frame.function is None):
        return failing
    shown = {number: text.strip() for number, text in frame.context.items()}
    if frame.line is not None and frame.source:
        shown.setdefault(frame.line, frame.source)
    if not shown:
        return None
    matching = [
        identifier
        for identifier, source in lines.items()
        if all(number <= len(source) and source[number - 1].strip() == text for number, text in shown.items())
    ]
    return matching[0] if len(matching) == 1 else None
