"""Serve an ASGI application from within a kernel, by messages of one comm.

This file is sent as text into a user's kernel and executed there in a dictionary of its own.  It uses the standard
library alone, runs on Python 3.8 and later, and leaves no name in the user's namespace.  The application lives in a
thread with an event loop of its own, so that it answers while a cell runs; the notebook's objects are those of the
module ``__main__``.

Messages to the kernel: ``open`` (a scope), ``event`` (what ``receive`` gives), ``ack``, ``close``, ``ping``, ``reply``,
``stop``.  From the kernel: ``loaded``, ``failed``, ``event`` (what ``send`` was given), ``end``, ``raised``, ``error``,
``pong``, ``ask``.  Bytes are base64, headers are lists of latin-1 texts.
"""

import asyncio
import base64
import contextvars
import importlib.util
import inspect
import itertools
import os
import queue
import shutil
import sys
import tempfile
import threading
import traceback
import types

OWN = "<townie>"
PIECE = 192 * 1024
WINDOW = 4 * PIECE
"""Bytes of one answer that may be under way at a time."""
MOST_LINES = 300
# Shared by all applications of this kernel, for each of which this file is executed.
CURRENT = getattr(sys.modules.get("townie"), "_current", None) or contextvars.ContextVar("townie_app", default=None)
"""The application whose code runs."""
HOSTS = set()


def listen(target):
    """Take the next comm of the name *target* for an application.  Returns what this kernel is."""
    from IPython import get_ipython

    kernel = get_ipython().kernel
    manager = kernel.comm_manager

    def opened(comm, message):
        manager.unregister_target(target, opened)
        HOSTS.add(Host(kernel, comm, message["content"]["data"]))

    manager.register_target(target, opened)
    return "ok"


class Host:
    """One application, from its import to its end."""

    def __init__(self, kernel, comm, settings):
        self.kernel = kernel
        self.comm = comm
        self.settings = settings
        self.folder = settings["folder"]
        self.lock = threading.Lock()
        self.open = {}
        self.answers = {}
        self.numbers = itertools.count(1)
        self.temporary = None
        self.loop = asyncio.new_event_loop()
        self.context = contextvars.copy_context()
        self.context.run(CURRENT.set, self)
        comm.on_msg(lambda message: self.take(message["content"]["data"]))
        comm.on_close(lambda message: self.take({"type": "stop"}))
        threading.Thread(target=self.context.run, args=(self.run,), name="townie-app", daemon=True).start()

    # ----------------------------------------------------------------------------------------------------- messages

    def say(self, message):
        """Send a message; from any thread."""
        with self.lock:
            session = getattr(self.kernel, "session", None)
            if session is None:
                self.comm.send(message)
                return
            # Not by the comm itself: that would name the cell that runs at this moment as what caused it.
            content = {"comm_id": self.comm.comm_id, "data": message}
            session.send(self.kernel.iopub_socket, "comm_msg", content, ident=self.comm.topic)

    def take(self, message):
        """A message has come, in whichever thread of the kernel."""
        if message["type"] == "reply":
            waiting = self.answers.get(message["reply"])
            if waiting is not None:
                waiting.put(message)
            return
        try:
            self.loop.call_soon_threadsafe(self.obey, message, context=self.context.copy())
        except RuntimeError:
            pass  # it has ended

    def obey(self, message):
        kind, number = message["type"], message.get("id")
        one = self.open.get(number)
        if kind == "open":
            self.open[number] = Exchange(self, number, message["scope"])
        elif kind == "event" and one is not None:
            one.inbox.put_nowait(decoded(message["event"]))
        elif kind == "ack" and one is not None:
            one.acknowledged(message["bytes"])
        elif kind == "close" and one is not None:
            one.task.cancel()
        elif kind == "ping":
            self.say({"type": "pong"})
        elif kind == "stop":
            self.loop.stop()

    def ask(self, message):
        """Ask the server, and yield each answer until one says ``end``.  Blocks the calling thread."""
        number = next(self.numbers)
        answers = self.answers[number] = queue.Queue()
        try:
            self.say({"type": "ask", "asked": dict(message, request=number)})
            while True:
                answer = answers.get()
                yield answer
                if answer.get("end"):
                    return
        finally:
            self.answers.pop(number, None)

    # --------------------------------------------------------------------------------------------------------- life

    def run(self):
        asyncio.set_event_loop(self.loop)
        self.loop.set_exception_handler(self.complained)
        shutdown = None
        try:
            try:
                self.application = self.load()
                shutdown = self.loop.run_until_complete(self.begun())
            except BaseException as error:
                self.say(dict(self.described(error), type="failed"))
                return
            kinds = {kind.__module__.split(".")[0] for kind in type(self.application).__mro__}
            self.say({"type": "loaded", "wants_root": "starlette" in kinds})
            self.loop.run_forever()
            for one in list(self.open.values()):
                one.task.cancel()
            self.loop.run_until_complete(asyncio.sleep(0))
            if shutdown is not None:
                self.loop.run_until_complete(asyncio.wait_for(shutdown(), 2))
        except Exception:
            traceback.print_exc()
        finally:
            HOSTS.discard(self)
            self.loop.close()
            self.forget()

    def complained(self, loop, context):
        error = context.get("exception")
        if error is not None and not isinstance(error, asyncio.CancelledError):
            self.say(dict(self.described(error), type="error", where="a task"))

    async def begun(self):
        """Have the application start up; what shuts it down, if it takes part in that."""
        told, asked = asyncio.Queue(), asyncio.Queue()
        asked.put_nowait({"type": "lifespan.startup"})

        async def send(message):
            told.put_nowait(message)

        scope = {"type": "lifespan", "asgi": {"version": "3.0", "spec_version": "2.0"}, "state": {}}
        task = asyncio.ensure_future(self.application(scope, asked.get, send))
        answer = asyncio.ensure_future(told.get())
        await asyncio.wait({task, answer}, return_when=asyncio.FIRST_COMPLETED)
        if not answer.done():
            answer.cancel()
            task.exception()  # an application without a lifespan raises, or returns
            return None
        if answer.result()["type"] == "lifespan.startup.failed":
            raise RuntimeError(answer.result().get("message") or "The app's start-up failed.")

        async def shutdown():
            asked.put_nowait({"type": "lifespan.shutdown"})
            await told.get()

        return shutdown

    # ------------------------------------------------------------------------------------------------------ loading

    def load(self):
        if self.settings.get("files") is not None:
            self.folder = self.temporary = tempfile.mkdtemp(prefix="townie-app-")
            for name, text in self.settings["files"].items():
                path = os.path.join(self.folder, *name.split("/"))
                os.makedirs(os.path.dirname(path), exist_ok=True)
                with open(path, "wb") as file:
                    file.write(base64.b64decode(text))
        self.forget_modules()
        install_townie(self.settings["townie"])
        # At the end: what the notebook imports from now on is what it would be without this app.
        sys.path.append(self.folder)
        module_name, _, attribute = self.settings["entry"].partition(":")
        module_name = module_name[:-3] if module_name.endswith(".py") else module_name
        path = os.path.join(self.folder, *module_name.split(".")) + ".py"
        if not os.path.isfile(path):
            raise FileNotFoundError(f"There is no {os.path.basename(path)}, the entry that townie.toml names.")
        name = "_townie_app_" + self.settings["app"]
        spec = importlib.util.spec_from_file_location(name, path)
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        with open(path, "rb") as file:
            exec(compile(file.read(), path, "exec"), module.__dict__)
        found = module
        for part in (attribute or "app").replace("()", "").split("."):
            if not hasattr(found, part):
                raise AttributeError(f"{module_name} has no {part}, the app that townie.toml names as its entry.")
            found = getattr(found, part)
        if attribute.endswith("()"):
            found = found()
        if not is_asgi(found):
            raise TypeError(f"The entry is {found!r}. In a kernel only ASGI applications run, such as Starlette's.")
        return found

    def forget_modules(self):
        own = os.path.join(self.folder, "")
        for name, module in list(sys.modules.items()):
            if str(getattr(module, "__file__", None) or "").startswith(own):
                del sys.modules[name]

    def forget(self):
        self.forget_modules()
        if self.folder in sys.path:
            sys.path.remove(self.folder)
        if self.temporary is not None:
            shutil.rmtree(self.temporary, ignore_errors=True)

    def described(self, error):
        told = traceback.TracebackException.from_exception(error, limit=-100)
        own = os.path.join(self.folder, "")
        tidy(told, own, set())
        lines = "".join(told.format()).splitlines()
        if len(lines) > MOST_LINES:
            lines = [*lines[: MOST_LINES // 2], "  ...", *lines[-MOST_LINES // 2 :]]
        kind = type(error)
        module = "" if kind.__module__ in ("builtins", "__main__") else kind.__module__ + "."
        try:
            text = str(error)
        except Exception:
            text = "(its message can not be shown)"
        said = {"ename": module + kind.__qualname__, "evalue": text[:4000].replace(own, ""), "traceback": lines}
        if isinstance(error, ModuleNotFoundError) and error.name:
            said["hint"] = "Install it for the notebook's kernel: %pip install " + error.name.split(".")[0]
        return said


class Exchange:
    """One request, or one WebSocket."""

    def __init__(self, host, number, scope):
        self.host, self.number = host, number
        self.inbox = asyncio.Queue()
        self.under_way = 0
        self.free = asyncio.Event()
        self.task = asyncio.ensure_future(self.serve(scope))

    async def serve(self, scope):
        scope = dict(scope, headers=latin(scope["headers"]))
        scope.update(raw_path=scope["raw_path"].encode("latin-1"), query_string=scope["query_string"].encode("latin-1"))
        scope.update(asgi={"version": "3.0", "spec_version": "2.3"}, client=None, server=("localhost", 80))
        end = {"type": "end"}
        try:
            await self.host.application(scope, self.inbox.get, self.send)
        except asyncio.CancelledError:
            pass
        except BaseException as error:
            end = dict(self.host.described(error), type="raised")
        self.host.open.pop(self.number, None)
        self.host.say(dict(end, id=self.number))

    async def send(self, event):
        body = event.get("body") or b""
        if event["type"] == "http.response.body" and len(body) > PIECE:
            for at in range(0, len(body), PIECE):
                last = at + PIECE >= len(body)
                more = event.get("more_body", False) if last else True
                await self.send(dict(event, body=bytes(body[at : at + PIECE]), more_body=more))
            return
        size = len(body) + len(event.get("bytes") or b"") + len(event.get("text") or "")
        while self.under_way and self.under_way + size > WINDOW:
            self.free.clear()
            await self.free.wait()
        self.under_way += size
        self.host.say({"type": "event", "id": self.number, "event": encoded(event), "bytes": size})
        if self.host.settings.get("rate"):
            await asyncio.sleep(size / self.host.settings["rate"])

    def acknowledged(self, size):
        self.under_way -= size
        self.free.set()


# ------------------------------------------------------------------------------------------------------------- texts


def latin(pairs):
    return [(name.encode("latin-1"), value.encode("latin-1")) for name, value in pairs]


def encoded(event):
    event = dict(event)
    for key in ("body", "bytes"):
        if event.get(key) is not None:
            event[key] = base64.b64encode(bytes(event[key])).decode("ascii")
    if "headers" in event:
        event["headers"] = [
            [bytes(name).decode("latin-1"), bytes(value).decode("latin-1")] for name, value in event["headers"]
        ]
    return event


def decoded(event):
    for key in ("body", "bytes"):
        if event.get(key) is not None:
            event[key] = base64.b64decode(event[key])
    return event


def is_asgi(application):
    if not callable(application) or inspect.isclass(application):
        return False
    call = application if inspect.isroutine(application) else type(application).__call__
    return inspect.iscoroutinefunction(call) or inspect.iscoroutinefunction(application)


def tidy(told, own, seen):
    if told is None or id(told) in seen:
        return
    seen.add(id(told))
    kept = []
    for frame in told.stack:
        if frame.filename == OWN:
            continue
        if frame.filename.startswith(own):
            frame.filename = frame.filename[len(own) :]
        kept.append(frame)
    told.stack[:] = kept
    if getattr(told, "filename", None):
        told.filename = told.filename.replace(own, "")
    tidy(told.__cause__, own, seen)
    tidy(told.__context__, own, seen)


# ------------------------------------------------------------------------------------------------------ import townie


def install_townie(sources):
    """Have ``import townie`` give what apps use, for each app its own; a module of that name which is there stays."""
    if "townie" in sys.modules:
        return
    package = types.ModuleType("townie")
    package.__path__ = []
    package._current = CURRENT
    sys.modules["townie"] = package
    ours = {"server": _server, "folder": _folder}
    for name, make in ours.items():
        module = types.ModuleType("townie." + name)
        make(module)
        sys.modules[module.__name__] = module
        setattr(package, name, module)
    for name, text in sources:
        module = package if name == "__init__" else types.ModuleType("townie." + name)
        module.__package__ = "townie"
        sys.modules[module.__name__] = module
        exec(compile(text, OWN, "exec"), module.__dict__)
        if module is not package:
            setattr(package, name, module)


def _server(module):
    module.channel = CURRENT.get


def _folder(module):
    from pathlib import Path

    def data_folder():
        host = CURRENT.get()
        folder = Path(host.folder if host is not None else ".", "data").absolute()
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    module.data_folder = data_folder
