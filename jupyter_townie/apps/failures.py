"""From what an app's page or backend reports to an :class:`~jupyter_townie.protocol.AppFailure`'s parts.

Everything here is said by generated code, and a page can forge all of it: it is kept as bounded text, never acted on.
Capability paths are cut out of it, so that no address that opens the app gets into a log, a chat, or a prompt.
Frames name the app's files by their workspace paths (``apps/guest-book/app.py``).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from typing import Any

from ..failures import failure_from_error
from ..protocol import AppFailure, AppReport, Failure, Frame, RawError
from .app import App

LONGEST_TEXT = 4_000
"""Characters of one text that are kept."""
LONGEST_STACK = 8_000
BRING_UP_TO_DATE = "It came up in the published app: after a correction, Update (below Published) brings it there."
AFTER_VISITOR = "a request of a visitor of the published app"
SAID_AGAIN = 5.0
"""Seconds within which a page repeats on its console what its backend has told it."""

_CAPABILITY = re.compile(r"/townie/apps/[^\s/'\"]{1,80}/[A-Za-z0-9_-]{16,128}/?")
_WITH_SCHEME = re.compile(r"[a-z][a-z0-9+.-]{0,20}://[^\s'\"(]*$")
_WITHOUT_SCHEME = re.compile(r"(?<![^\s'\"(])[^\s'\"(]*$")
_JS_FRAME = re.compile(
    r"^\s*(?:at (?:async )?(?:(?P<f1>[^()\s]+) )?\(?|(?P<f2>[^@\s]*)@)"
    r"(?P<file>[^\s()]*?):(?P<line>\d+)(?::\d+)?\)?$"
)
_NAMES: Mapping[str, str] = {
    "error": "Error",
    "rejection": "UnhandledRejection",
    "console": "ConsoleError",
    "network": "RequestFailed",
    "resource": "ResourceMissing",
    "csp": "Refused",
    "blank": "BlankPage",
    "hang": "PageHangs",
    "loop": "ReloadLoop",
    "storage": "StorageRefused",
}

_HINTS: tuple[tuple[str, str], ...] = (
    (
        r"RefusedByTownie|Permission denied|Operation not permitted|PermissionError",
        "The backend is confined: it may write only below data/ (townie.db() and townie.kv do), start no other process,"
        " open no port (Townie serves it), and reach no network unless townie.toml lists the hosts.",
    ),
    (
        r"Name or service not known|name resolution|Network is unreachable|gaierror",
        "The network is off for this app: list the hosts in townie.toml, and have them allowed.",
    ),
    (
        r"(?:attempt to write a )?readonly database|unable to open database file",
        "Only data/ can be written: use townie.db(), or a file below data/.",
    ),
    (r"database is locked", "Another connection holds a write transaction open: commit it, or use townie.db()."),
    (r"MemoryError|exit by signal 9|Cannot allocate memory", "The backend reached its memory limit."),
)


def without_capability(text: str) -> str:
    """*text* with the addresses of the app's own files as paths in the app's folder."""
    kept, at = [], 0
    for found in _CAPABILITY.finditer(text):
        # Back to where the address begins, but not far: a page may send texts that are made to be slow to search.
        before = text[max(at, found.start() - 300) : found.start()]
        address = _WITH_SCHEME.search(before) or _WITHOUT_SCHEME.search(before)
        kept.append(text[at : found.start() - len(before)] + before[: address.start() if address else None])
        at = found.end()
    return "".join(kept) + text[at:]


def page_failure(app: App, report: AppReport) -> Failure:
    """The failure that a page reports."""
    message = without_capability(_cut(report.message, LONGEST_TEXT))
    if report.kind == "network" and report.status:
        message = f"{message} (status {report.status})"
    name = _cut(report.name, 80) or _NAMES[report.kind]
    stack = without_capability(_cut(report.stack, LONGEST_STACK)).splitlines()
    failure = failure_from_error(
        RawError(ename=name, evalue=message, traceback=stack),
        source="browser",
        path=app.path,
        language="javascript",
    )
    frames = _script_frames(app, stack)
    url = _cut(without_capability(_cut(report.url, 2_000)), 500)
    if not frames and url:
        frames = [Frame(file=_own(app, url) or url, line=report.line, user=_own(app, url) is not None)]
    place = f"{frames[0].file}:{frames[0].function or ''}" if frames else ""
    # A number in it tells one time from another, not one failure from another.
    said = "\0".join((name, re.sub(r"\d+", "#", message), report.kind, str(report.status or ""), place))
    signature = hashlib.sha256(said.encode("utf-8", "replace")).hexdigest()[:24]
    identifier = hashlib.sha256(f"{app.path}\0{signature}".encode()).hexdigest()[:16]
    done = said_before(report)
    return failure.model_copy(update={"frames": frames, "signature": signature, "id": identifier, "after": done})


def said_before(report: AppReport) -> str:
    """What a person had done before a page failed, as the page says it: one short line."""
    return " ".join(without_capability(report.after[:200]).split())


def backend_failure(app: App, error: Mapping[str, Any]) -> Failure:
    """The failure that the runner reports: ``ename``, ``evalue``, ``traceback`` (lines) and ``where``.

    Paths in the traceback are relative to the app's folder where they lie in it.
    """
    traceback = error.get("traceback")
    lines = [_cut(str(line), 2_000) for line in traceback[-400:]] if isinstance(traceback, list) else []
    failure = failure_from_error(
        RawError(
            ename=_cut(str(error.get("ename") or "Error"), 120),
            evalue=_cut(str(error.get("evalue") or ""), LONGEST_TEXT),
            traceback=lines,
        ),
        source="backend",
        path=app.path,
    )
    return failure.model_copy(update={"frames": [_placed(app, frame) for frame in failure.frames]})


def _placed(app: App, frame: Frame) -> Frame:
    """A frame of a backend's traceback, with the workspace path of its file where that is the app's own."""
    if frame.file == "cell":
        # Of a notebook that is run as an app; a line of a cell is none of its file.
        entry = app.manifest.entry if app.manifest is not None else ""
        return frame.model_copy(update={"file": f"{app.path}/{entry}", "line": None}) if entry else frame
    if frame.user and not frame.file.startswith(("/", "<")):
        return frame.model_copy(update={"file": f"{app.path}/{frame.file}"})
    return frame


def of_published(failure: Failure) -> Failure:
    """*failure* as one of the app's published copy: another one than the same in the preview.

    Loading the preview anew does not show whether it is gone.
    """
    return failure.model_copy(
        update={
            "id": f"{failure.id[:-2]}-p",
            "signature": f"{failure.signature[:-2]}-p",
            "after": AFTER_VISITOR,
        }
    )


def follows(report: AppReport, known: Iterable[AppFailure], now: float) -> str | None:
    """The signature of the failure that a report of a page is but the consequence of, if it is.

    A page logs what its backend answered, and one whose backend failed stays empty: neither is a failure of its own.
    """
    if report.kind not in ("console", "blank"):
        return None
    for one in known:
        failure = one.failure
        if failure.source != "backend":
            continue
        if report.kind == "blank":
            return failure.signature
        name = failure.ename.rpartition(".")[2]
        said = name in report.message and (failure.evalue or "")[:200] in report.message
        if said and now - one.last < SAID_AGAIN:
            return failure.signature
    return None


def hint(failure: Failure) -> str:
    """What may be behind a failure of a backend, where the confinement or a limit is the likely cause."""
    text = f"{failure.ename}: {failure.evalue}"
    return next((words for pattern, words in _HINTS if re.search(pattern, text)), "")


def _script_frames(app: App, stack: list[str]) -> list[Frame]:
    frames = []
    for line in stack[:200]:
        found = _JS_FRAME.match(line[:1_000])
        if found is None:
            continue
        file = found["file"]
        own = _own(app, file)
        if file.startswith("_townie/"):
            continue
        function = found["f1"] or found["f2"] or None
        number = int(found["line"][:9])
        frames.append(Frame(file=own or file[:300], line=number, function=function and function[:120], user=bool(own)))
    return frames[:12]


def _own(app: App, file: str) -> str | None:
    """The workspace path of one of the app's own files."""
    file = file.split("?")[0].split("#")[0]
    if file in ("", "/"):
        file = "index.html"
    if ":" in file or file.startswith(("/", "_townie/", "<")) or ".." in file.split("/"):
        return None
    if app.backend and len(file) < 300 and "\0" not in file:
        # A backend gives out what it likes; its page's scripts are most often below one of these.
        found = next((one for one in (file, f"static/{file}", f"public/{file}") if (app.folder / one).is_file()), None)
        return found and f"{app.path}/{found}"
    return f"{app.path}/{file}"[:300]


def _cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - 1] + "…"
