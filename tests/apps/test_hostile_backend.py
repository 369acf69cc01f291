"""A confined backend that speaks to the server by itself, past all that ``import townie`` says for it."""

from __future__ import annotations

import asyncio
import json

from .working import Workspace, answering

HOSTILE = answering("""
import json, sys
CHANNEL = next(one.current for one in list(sys.modules.values()) if hasattr(one, "Channel") and hasattr(one, "current"))

def ask(**message):
    return list(CHANNEL.ask(message))

def answer(path):
    import os
    if path == "/model":
        said = [*ask(type="llm", messages="hello"), *ask(type="llm", messages=[{"role": "tool"}], max_tokens=-1)]
    elif path == "/secrets":
        said = [one for name in ("KEY", "PATH", "../two", "", "K" * 5000) for one in ask(type="secret", name=name)]
    elif path == "/connect":
        said = []
        for host in ("127.0.0.1", "localhost", "[::1]", "0", "0x7f.1", "example.org\\n", "169.254.169.254", None, 7):
            said += ask(type="connect", host=host, port=80)
        said += ask(type="connect", host="allowed.example.org", port=22)
    elif path == "/noise":
        for text in (b"{", b"[]", b"null", b'"x"', b"[" * 100000, b'{"type": ["llm"]}', b"\\xff\\xfe",
                     b'{"type": "llm", "request": "x"}', b'{"type": "cancel", "request": {}}',
                     b'{"type": "error", "traceback": 7}'):
            CHANNEL._socket.sendall(text + b"\\n")
        for kind in ("llm", "connect"):
            for number in range(60):
                CHANNEL.send(dict(type=kind, request=10 ** 9 + number, messages="x", host="127.0.0.1", port=80))
        said = ["sent"]
    else:
        said = ["here"]
    return json.dumps(said)
""")


async def test_backend_gets_by_itself_what_it_was_allowed_and_no_more(workspace: Workspace) -> None:
    other = workspace.make({"app.py": HOSTILE}, path="apps/two")
    workspace.apps.allow(other.id)
    await workspace.apps.keep_secrets(other.id, {"KEY": "of-the-other"})
    app = workspace.allowed(HOSTILE, manifest='kind = "fullstack"\npermissions.hosts = ["allowed.example.org"]')

    async def said(path: str) -> list[dict[str, object]]:
        status, text = await workspace.get(app, path)
        assert status == 200, text
        found: list[dict[str, object]] = json.loads(text)
        return found

    assert all("refused" in one for one in await said("/model"))
    assert workspace.model.asked == []
    assert [one["value"] for one in await said("/secrets")] == [None] * 5
    assert all("refused" in one for one in await said("/connect"))


async def test_noise_of_a_backend_costs_nothing_and_keeps_nobody_waiting(workspace: Workspace) -> None:
    app = workspace.allowed(HOSTILE)
    assert (await workspace.get(app, "/noise"))[0] == 200
    await asyncio.sleep(0.5)
    assert await workspace.get(app, "/") == (200, '["here"]')
    assert workspace.model.asked == []
    requests, tokens = workspace.apps.llm(app.id).used()
    assert (requests, tokens) == (0, 0)
