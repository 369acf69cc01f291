"""One generation of the app: confined, loaded, and served until the server says stop or the code has changed."""

import os
import resource
import sys
import threading
import time

from . import channel as channels, confine, places
from .errors import Errors

HANGS_FOR_GOOD = 60
"""Seconds after which it is ended, and started anew."""


def run(settings, listening, connection):
    """Be the app.  Returns the exit code."""
    try:
        os.setsid()
    except OSError:
        pass
    channel = channels.current = channels.Channel(connection)
    errors = Errors(channel, settings["folder"], settings["requirements"])
    serve = threading.Event()
    life = Life(channel, errors, settings["hangs_after"])
    try:
        _surround(settings)
        if settings["confined"]:
            read = [*places.readable(), settings["folder"], *settings["read"]]
            confine.confine(read, [*places.WRITABLE, *settings["write"]])
    except Exception as error:
        channel.send(dict(errors.described(error), type="failed", where="confinement"))
        return 71
    main = threading.get_ident()
    channel.on_command = {
        "serve": lambda _: serve.set(),
        "stop": lambda _: life.stop(),
        "where": lambda _: channel.send({"type": "where", "traceback": errors.stack_of(main)}),
    }
    channel.watch = life.watch
    channel.start()
    errors.install()
    if settings["confined"] and settings["network"]:
        from . import network

        network.install()
    try:
        from . import loading

        server = loading.server_for(settings, listening, errors, life)
    except SystemExit as error:
        # A script that ends itself is not an app that serves.
        told = RuntimeError("The app ended itself while it was loaded (exit code %r)." % (error.code,))
        channel.send(dict(errors.described(told), type="failed", where="start"))
        return 72
    except BaseException as error:
        channel.send(dict(errors.described(error), type="failed", where="start"))
        return 72
    channel.send({"type": "loaded"})
    serve.wait()
    life.begun = True
    try:
        server(lambda: channel.send({"type": "ready"}))
    except BaseException as error:
        channel.send(dict(errors.described(error), type="failed", where="start"))
        return 73
    if life.failed is not None:
        channel.send(dict(life.failed, type="failed", where="start"))
        return 73
    return 0


def _surround(settings):
    for limit, value in (
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, settings["open_files"]),
        (resource.RLIMIT_FSIZE, settings["file_size"]),
        (resource.RLIMIT_DATA, settings["memory"]),
    ):
        hard = resource.getrlimit(limit)[1]
        value = value if hard == resource.RLIM_INFINITY else min(value, hard)
        try:
            resource.setrlimit(limit, (value, value))
        except (OSError, ValueError):
            # Not every system knows all of them; each is one line of defence.
            pass
    # What was compiled within the second of an edit would be taken for the edited file.
    sys.dont_write_bytecode = True
    os.umask(0o077)
    os.chdir(settings["folder"])
    sys.path.insert(0, settings["folder"])


class Life:
    """Whether the app's event loop lives, and how it is ended."""

    def __init__(self, channel, errors, hangs_after):
        self._channel = channel
        self._hangs_after = hangs_after
        self._errors = errors
        self._main = threading.get_ident()
        self._beat = time.monotonic()
        self._told = False
        self.begun = False
        self.failed = None
        """What went wrong at the start, described, when serving ended because of it."""
        self.end = None
        """Called in another thread to stop serving."""

    def beat(self):
        self._beat = time.monotonic()
        self._told = False

    def stop(self):
        if self.end is not None:
            self.end()
        else:
            os._exit(0)

    def stopped_accepting(self):
        """No new connection will be taken by this generation."""
        self._channel.send({"type": "stopped"})

    def watch(self):
        if not self.begun:
            self._beat = time.monotonic()
            return
        silent = time.monotonic() - self._beat
        if silent > HANGS_FOR_GOOD:
            self._channel.send({"type": "hung", "seconds": silent})
            os._exit(74)
        if silent > self._hangs_after and not self._told:
            self._told = True
            self._channel.send(
                {
                    "type": "error",
                    "where": "hang",
                    "ename": "BackendHangs",
                    "evalue": "It has answered nobody for %d seconds: the event loop is kept busy." % self._hangs_after,
                    "traceback": self._errors.stack_of(self._main),
                }
            )
