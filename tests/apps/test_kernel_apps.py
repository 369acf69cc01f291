"""Apps that run in a kernel: real kernels, reached by the kernel protocol alone."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Iterator

import pytest
from jupyter_client.manager import AsyncKernelManager
from wsproto.frame_protocol import FrameProtocol, Opcode

from jupyter_townie.apps import App, AppRefused
from jupyter_townie.apps.lifecycle import HeldKernel
from jupyter_townie.kernels.client import KernelClient

from .working import HOST, Workspace, answering

MANIFEST = 'kind = "fullstack"\nnotebook = "../../work.ipynb"'
LIVE = answering("import __main__\ndef answer(path): return __main__.rows\n")


class Notebook:
    """A notebook's kernel; ``here`` says whether apps may read the workspace's files in it."""

    def __init__(self, manager: AsyncKernelManager) -> None:
        self.manager = manager
        self.client = KernelClient(manager.client())
        self.here = True

    async def held(self, app: App) -> HeldKernel:
        if self.client.status == "dead":
            self.client = KernelClient(self.manager.client())
            await self.client.start()
        return HeldKernel(self.client, here=self.here)

    async def run(self, code: str) -> None:
        done = await self.client.execute(code)
        assert done.status == "ok", done.error


@pytest.fixture(scope="module")
def kernel() -> Iterator[AsyncKernelManager]:
    # One kernel for all tests of this file; each has an event loop of its own.
    manager = AsyncKernelManager(kernel_name="python3")
    asyncio.new_event_loop().run_until_complete(manager.start_kernel())
    yield manager
    asyncio.new_event_loop().run_until_complete(manager.shutdown_kernel(now=True))


@pytest.fixture
def notebook(
    workspace: Workspace, kernel: AsyncKernelManager, jp_asyncio_loop: asyncio.AbstractEventLoop
) -> Iterator[Notebook]:
    async def begin() -> Notebook:
        made = Notebook(kernel)
        await made.client.start(timeout=30)
        await made.run("rows = 3")
        return made

    made = jp_asyncio_loop.run_until_complete(begin())
    object.__setattr__(workspace.apps._running._context, "kernel", made.held)
    yield made
    jp_asyncio_loop.run_until_complete(workspace.apps.close())
    jp_asyncio_loop.run_until_complete(made.client.close())


async def test_it_has_the_objects_of_the_notebook_and_leaves_none_there(
    workspace: Workspace, notebook: Notebook
) -> None:
    await notebook.run("before = set(globals())")
    app = workspace.allowed(LIVE, manifest=MANIFEST)
    assert await workspace.get(app) == (200, "3")
    await notebook.run("rows = 4")
    assert await workspace.get(app) == (200, "4")
    await notebook.run("new = {name for name in globals() if name not in before and not name.startswith('_i')}")
    await notebook.run("assert new <= {'before', 'new'}, new")


async def test_it_has_the_persons_rights_and_is_asked_about_anew(workspace: Workspace, notebook: Notebook) -> None:
    app = workspace.allowed(LIVE)
    workspace.write(app, "townie.toml", MANIFEST)
    info = workspace.apps.info(app.id)
    assert (info.rights, info.notebook, info.consented) == ("user", "work.ipynb", False)
    with pytest.raises(AppRefused, match="kernel of"):
        await workspace.apps.start(app.id)


async def test_it_answers_while_a_cell_runs(workspace: Workspace, notebook: Notebook) -> None:
    app = workspace.allowed(LIVE, manifest=MANIFEST)
    await workspace.get(app)
    if "no cell runs" in "".join(line.text for line in workspace.apps.log(app.id)):
        pytest.skip("this kernel has no subshells")
    cell = asyncio.ensure_future(notebook.run("import time; time.sleep(3)"))
    await asyncio.sleep(0.3)
    assert (await asyncio.wait_for(workspace.get(app), 2), cell.done()) == ((200, "3"), False)
    await cell


async def test_answers_stream_and_large_ones_arrive_whole(workspace: Workspace, notebook: Notebook) -> None:
    source = """
import asyncio
async def app(scope, receive, send):
    if scope["type"] != "http": return
    await send({"type": "http.response.start", "status": 200, "headers": []})
    if scope["path"] == "/large":
        await send({"type": "http.response.body", "body": b"x" * 3_000_000})
        return
    await send({"type": "http.response.body", "body": b"one", "more_body": True})
    await asyncio.sleep(60)
"""
    app = workspace.allowed(source, manifest=MANIFEST)
    assert len((await workspace.get(app, "/large"))[1]) == 3_000_000
    response = await (await workspace.apps.endpoint(app.id)).pool.request("GET", "/", HOST)
    first = await asyncio.wait_for(response.body().__anext__(), 3)
    response.close()
    assert first == b"one"


async def test_websocket_goes_both_ways(workspace: Workspace, notebook: Notebook) -> None:
    source = """
async def app(scope, receive, send):
    if scope["type"] != "websocket": return
    await receive()
    await send({"type": "websocket.accept"})
    while True:
        message = await receive()
        if message["type"] == "websocket.disconnect": return
        await send({"type": "websocket.send", "text": "you said " + message["text"]})
"""
    app = workspace.allowed(source, manifest=MANIFEST)
    headers = [
        *HOST,
        (b"connection", b"Upgrade"),
        (b"upgrade", b"websocket"),
        (b"sec-websocket-version", b"13"),
        (b"sec-websocket-key", base64.b64encode(b"0123456789abcdef")),
    ]
    tunnel = await (await workspace.apps.endpoint(app.id)).pool.upgrade("/", headers)
    assert tunnel.status == 101
    tunnel.writer.write(FrameProtocol(client=True, extensions=[])._serialize_frame(Opcode.TEXT, b"hello"))
    frames = FrameProtocol(client=True, extensions=[])
    frames.receive_bytes(await asyncio.wait_for(tunnel.reader.read(1_000), 3))
    said = next(frames.received_frames()).payload
    tunnel.close()
    assert said == "you said hello"


async def test_exception_becomes_a_failure_with_its_place(workspace: Workspace, notebook: Notebook) -> None:
    app = workspace.allowed(answering("\ndef answer(path):\n    return 1 / 0\n"), manifest=MANIFEST)
    assert (await workspace.get(app))[0] == 500
    failure = (await workspace.failure(app)).failure
    assert (failure.ename, failure.source) == ("ZeroDivisionError", "backend")
    assert [frame.file for frame in failure.frames if frame.user][-1] == "apps/one/app.py"


async def test_mistake_at_the_start_is_told_and_its_correction_runs(workspace: Workspace, notebook: Notebook) -> None:
    app = workspace.allowed("import no_such_package_at_all\n", manifest=MANIFEST)
    with pytest.raises(AppRefused, match="no_such_package_at_all"):
        await workspace.apps.start(app.id)
    workspace.write(app, "app.py", LIVE)
    await workspace.apps.changed(app.id, ["apps/one/app.py"])
    assert await workspace.get(app) == (200, "3")


async def test_what_it_keeps_prints_and_asks_for_is_as_elsewhere(workspace: Workspace, notebook: Notebook) -> None:
    source = """
import townie
townie.kv["n"] = 7
def answer(path):
    print("printed by the app")
    return [townie.kv["n"], townie.secrets["KEY"]]
"""
    app = workspace.allowed(answering(source), manifest=MANIFEST)
    await workspace.apps.keep_secrets(app.id, {"KEY": "hunter2"})
    assert await workspace.get(app) == (200, "[7, 'hunter2']")
    assert (app.data / "keys.sqlite").is_file()
    await workspace.until(lambda: any("printed by" in line.text for line in workspace.apps.log(app.id)))


async def test_kernel_that_is_restarted_is_told_and_the_next_request_starts_it_there(
    workspace: Workspace, notebook: Notebook
) -> None:
    app = workspace.allowed(LIVE, manifest=MANIFEST)
    await workspace.get(app)
    await notebook.manager.restart_kernel(now=True)
    await workspace.until(lambda: workspace.apps.info(app.id).phase == "stopped", 15)
    assert "was restarted" in workspace.apps.info(app.id).message
    await notebook.run("rows = 5")
    assert await workspace.get(app) == (200, "5")


async def test_files_are_sent_to_a_kernel_on_another_machine(workspace: Workspace, notebook: Notebook) -> None:
    notebook.here = False
    source = "from lib.words import word\nimport os\ndef answer(path): return word + os.path.dirname(__file__)\n"
    app = workspace.allowed(answering(source), manifest=MANIFEST, **{"lib/words.py": "word = 'hello'\n"})
    status, text = await workspace.get(app)
    assert (status, text[:5], str(workspace.root) in text) == (200, "hello", False)


async def test_without_its_kernel_it_is_said_what_to_do(workspace: Workspace) -> None:
    app = workspace.allowed(LIVE, manifest=MANIFEST)
    with pytest.raises(AppRefused) as refused:
        await workspace.apps.start(app.id)
    assert refused.value.problem.code == "no_kernel"
