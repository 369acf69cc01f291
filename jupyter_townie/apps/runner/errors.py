"""What goes wrong in the app, told to the server at once: exceptions of requests, threads, tasks, and logged ones."""

import asyncio
import contextvars
import functools
import importlib.util
import logging
import os
import re
import sys
import threading
import traceback
import uuid

HERE = os.path.dirname(os.path.abspath(__file__))
MOST_LINES = 300
NO_FAILURES = (SystemExit, KeyboardInterrupt, GeneratorExit, asyncio.CancelledError)
"""How things end; a stream that is still open when the app is loaded anew ends like that, too."""

request_id = contextvars.ContextVar("townie_request", default="")
"""The id that the answer to the request of this context carries when it fails."""


class Errors:
    """Tells of each exception once."""

    def __init__(self, channel, folder, requirements=()):
        self._channel = channel
        self._folder = os.path.join(folder, "")
        self._requirements = requirements
        self._told = []

    def tell(self, error, where, identifier="", shown=False):
        """Send *error* to the server, unless it was sent before.  *where* is what was being done.

        With *shown* it is printed too, for the log.
        """
        if isinstance(error, NO_FAILURES) or any(error is one for one in self._told):
            return
        self._told = [*self._told[-20:], error]
        message = self.described(error)
        if shown:
            print("\n".join(message["traceback"]), file=sys.stderr)
        self._send(message, where, identifier or request_id.get() or uuid.uuid4().hex[:12])

    def described(self, error):
        """``ename``, ``evalue`` and ``traceback`` of *error*, with the app's files relative to its folder."""
        told = traceback.TracebackException.from_exception(error, limit=-100)
        self._tidy(told, set())
        lines = "".join(told.format()).splitlines()
        if len(lines) > MOST_LINES:
            lines = [*lines[: MOST_LINES // 2], "  ...", *lines[-MOST_LINES // 2 :]]
        kind = type(error)
        module = "" if kind.__module__ in ("builtins", "__main__") else kind.__module__ + "."
        try:
            text = str(error)
        except Exception:
            text = "(its message can not be shown)"
        described = {
            "ename": module + kind.__qualname__,
            "evalue": text[:4000].replace(self._folder, ""),
            "traceback": lines,
        }
        if isinstance(error, ModuleNotFoundError) and error.name:
            described.update(self.missing(error.name))
        elif isinstance(error, ImportError):
            described["absent"] = absent(self._requirements)
        return described

    def missing(self, module):
        """What is told of a module that can not be imported; nothing when it is a part of a package that is there."""
        if "." in module and _there(module.split(".")[0]):
            return {}
        package = module.split(".")[0]
        hint = "Install %s into the app's environment: %s -m pip install %s" % (package, sys.executable, package)
        return {"module": module, "absent": absent(self._requirements), "hint": hint}

    def _tidy(self, told, seen):
        if told is None or id(told) in seen:
            return
        seen.add(id(told))
        for frame in told.stack:
            if frame.filename.startswith(self._folder):
                frame.filename = frame.filename[len(self._folder) :]
        told.stack[:] = [frame for frame in told.stack if not frame.filename.startswith(HERE)]
        if getattr(told, "filename", None):
            told.filename = told.filename.replace(self._folder, "")
        self._tidy(told.__cause__, seen)
        self._tidy(told.__context__, seen)
        for inner in getattr(told, "exceptions", None) or ():
            self._tidy(inner, seen)

    def own(self, error):
        """Whether code of the app had a part in *error*."""
        frames = traceback.walk_tb(error.__traceback__)
        return any(frame.f_code.co_filename.startswith(self._folder) for frame, _ in frames)

    # ------------------------------------------------------------------------------------------------ where they show

    def install(self):
        """Hear of exceptions that are logged, printed, or end a thread."""
        handle = logging.Logger.handle

        @functools.wraps(handle)
        def heard(logger, record):
            error = record.exc_info[1] if isinstance(record.exc_info, tuple) else None
            # What frameworks log of their own troubles is in the log; a failure is what the app's code had a part in.
            if error is not None and record.levelno >= logging.WARNING and self.own(error):
                self.tell(error, "log " + record.name)
            elif error is None and record.levelno >= logging.ERROR:
                self._tell_text(record)
            return handle(logger, record)

        logging.Logger.handle = heard

        ended = threading.excepthook

        def thread_ended(arguments):
            if arguments.exc_value is not None:
                self.tell(arguments.exc_value, "thread")
            ended(arguments)

        threading.excepthook = thread_ended

        print_exc = traceback.print_exc

        @functools.wraps(print_exc)
        def printed(*arguments, **options):
            error = sys.exc_info()[1]
            if error is not None and self.own(error):
                self.tell(error, "printed")
            return print_exc(*arguments, **options)

        traceback.print_exc = printed

    def _tell_text(self, record):
        """A traceback that was put into the text of a message."""
        text = record.getMessage()
        _, found, traceback_text = text.partition("Traceback (most recent call last)")
        lines = (found + traceback_text).replace(self._folder, "").rstrip().splitlines()
        if found and self._folder in text:
            name, _, message = lines[-1].partition(": ")
            told = {"ename": name[:200], "evalue": message[:4000], "traceback": lines[-MOST_LINES:]}
            module = message.partition("No module named ")[2].strip("'")
            if module:
                told.update(self.missing(module))
            self._send(told, "log " + record.name, uuid.uuid4().hex[:12])

    def _send(self, described, where, identifier):
        try:
            self._channel.send(dict(described, type="error", where=where, id=identifier))
        except Exception:
            # Nobody listens: the process is about to end.
            pass

    def stack_of(self, thread):
        """Where the thread *thread* is at this moment, as lines of a traceback."""
        frame = sys._current_frames().get(thread)
        if frame is None:
            return []
        stack = traceback.extract_stack(frame, limit=60)
        for entry in stack:
            if entry.filename.startswith(self._folder):
                entry.filename = entry.filename[len(self._folder) :]
        kept = [entry for entry in stack if not entry.filename.startswith(HERE)]
        return ["Traceback (most recent call last):"] + "".join(traceback.format_list(kept)).splitlines()


def absent(requirements):
    """Those of *requirements* that the Python of the app lacks."""
    from importlib import metadata

    found = []
    for requirement in requirements:
        name = re.split(r"[^A-Za-z0-9._-]", requirement, maxsplit=1)[0]
        try:
            metadata.version(name)
        except metadata.PackageNotFoundError:
            # The server lends some that are not installed.
            if not _there(re.sub(r"[-.]+", "_", name)):
                found.append(requirement)
    return found


def _there(module):
    try:
        return importlib.util.find_spec(module) is not None
    except (ImportError, ValueError):
        return False
