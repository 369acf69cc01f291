"""``python -m tests.wire``: the endpoint for browsers and other processes."""

from __future__ import annotations

import argparse
import json
import runpy
import signal
import threading
from pathlib import Path

from .reply import Reply
from .server import Script, WireServer


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.wire", description="A scripted model endpoint.")
    parser.add_argument("--port", type=int, default=0, help="0 takes any free one")
    parser.add_argument("--script", type=Path, help="a .json list of replies, or a .py file that defines `script`")
    parser.add_argument("--repeat", action="store_true", help="start the list again when it has ended")
    parser.add_argument("--key", help="answer any other key with a 401")
    options = parser.parse_args()

    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    with WireServer(read_script(options.script), port=options.port, key=options.key, repeat=options.repeat) as wire:
        print(json.dumps({"url": wire.url, "openai_url": wire.openai_url}), flush=True)
        stop.wait()


def read_script(path: Path | None) -> Script:
    if path is None:
        return lambda request: Reply.text(f"You said: {request.last_user_text}", delay=0.02)
    if path.suffix == ".json":
        return [Reply.from_json(entry) for entry in json.loads(path.read_text(encoding="utf-8"))]
    script: Script = runpy.run_path(str(path))["script"]
    return script


if __name__ == "__main__":
    main()
