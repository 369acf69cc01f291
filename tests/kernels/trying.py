"""What tests of dry runs share: a kernel of their own, and one trial in it."""

from __future__ import annotations

import ast
import asyncio
import functools
import json
from collections.abc import Callable, Coroutine
from typing import Any

import psutil

from jupyter_townie.kernels.dryrun import Trial, run_trials

LOOP = asyncio.new_event_loop()
"""One loop for the module, so that its tests can share one kernel."""


def in_loop(test: Callable[..., Coroutine[Any, Any, None]]) -> Callable[..., None]:
    @functools.wraps(test)
    def run(**fixtures: Any) -> None:
        LOOP.run_until_complete(test(**fixtures))

    return run


class PlainKernel:
    """The thinnest kernel that a dry run can use."""

    def __init__(self, manager: Any, client: Any) -> None:
        self.manager, self.client = manager, client
        self.outputs: list[str] = []

    async def execute_silently(
        self, code: str, user_expressions: dict[str, str] | None = None, *, timeout: float = 10.0
    ) -> dict[str, Any]:
        message = self.client.execute(
            code, silent=True, store_history=False, user_expressions=user_expressions, allow_stdin=False
        )
        while True:
            reply = await self.client.get_shell_msg(timeout=timeout)
            if reply["parent_header"].get("msg_id") == message:
                return dict(reply["content"])

    async def run(self, code: str) -> dict[str, Any]:
        reply = await self.client.execute_interactive(code, output_hook=lambda message: None, timeout=60)
        return dict(reply["content"])

    async def value(self, expression: str) -> Any:
        reply = await self.execute_silently("", {"value": f"__import__('json').dumps({expression})"})
        found = reply["user_expressions"]["value"]
        assert found["status"] == "ok", found
        return json.loads(ast.literal_eval(found["data"]["text/plain"]))

    @property
    def process(self) -> psutil.Process:
        return psutil.Process(self.manager.provisioner.pid)


async def trial(kernel: PlainKernel, candidate: str, seconds: float = 5.0) -> Trial:
    return (await run_trials(kernel, [candidate], seconds=seconds))[0]
