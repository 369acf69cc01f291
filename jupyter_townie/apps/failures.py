"""From what an app's page or backend reports to an :class:`~jupyter_townie.protocol.AppFailure`'s parts.

Everything here is said by generated code, and a page can forge all of it: it is kept as bounded text, never acted on.
Capability paths are cut out of it, so that no address that opens the app gets into a log, a chat, or a prompt.
Frames name the app's files by their workspace paths (``apps/guest-book/app.py``).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from typing import Any

from ..failures import failure_from_error
from ..protocol import AppReport, Failure, Frame, RawError
from .app import App

LONGEST_TEXT = 4_000
"""Characters of one text that are kept."""
LONGEST_STACK = 8_000

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
        " and reach no network unless townie.toml lists the hosts.",
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
    signature = hashlib.sha256(f"{failure.signature}\0{report.kind}\0{place}".encode()).hexdigest()[:24]
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
    frames = [
        frame.model_copy(update={"file": f"{app.path}/{frame.file}"})
        if frame.user and not frame.file.startswith(("/", "<"))
        else frame
        for frame in failure.frames
    ]
    return failure.model_copy(update={"frames": frames})


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
    return f"{app.path}/{file}"[:300]


def _cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - 1] + "…"
