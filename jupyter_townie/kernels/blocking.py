"""Putting a question to a kernel by its connection file, for callers that wait for the answer."""

from __future__ import annotations

import time
from typing import Any


def ask(connection_file: str, expressions: dict[str, str], seconds: float) -> dict[str, Any] | None:
    """The content of the ``execute_reply`` to a silent request without code; None when none came in time."""
    from jupyter_client.blocking.client import BlockingKernelClient

    client = BlockingKernelClient(connection_file=connection_file)
    try:
        client.load_connection_file()
        client.start_channels(shell=True, iopub=False, stdin=False, hb=False, control=False)  # noqa: S604
        # The client's own execute() insists on answering the kernel's questions; there are none here.
        message = client.execute("", silent=True, store_history=False, user_expressions=expressions, allow_stdin=False)
        ends = time.monotonic() + seconds
        while True:
            reply = client.get_shell_msg(timeout=max(ends - time.monotonic(), 0.001))
            if reply["parent_header"].get("msg_id") == message:
                content: dict[str, Any] = reply["content"]
                return content
    except Exception:  # whatever the kernel or its files are like, the caller can do without
        return None
    finally:
        client.stop_channels()
