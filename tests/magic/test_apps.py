"""``%townie app``: written by the loop, shown below the cell where a server shows it, told of elsewhere."""

from __future__ import annotations

import json
import os
from pathlib import Path

from tests.magic.conftest import Session
from tests.wire import Reply, WireServer

ANSWER = """Here it is.

```toml file=apps/timer/townie.toml
title = "Timer"
kind = "web"
```

```html file=apps/timer/index.html
<!doctype html><h1>Timer</h1>
```
"""


def test_an_app_is_written_and_told_of_where_nothing_shows_it(kernel: Session, wire: WireServer) -> None:
    wire.script = [Reply.text(ANSWER)]
    result = kernel.run('%townie app "A timer with laps"')
    folder = Path(kernel.run("import os; os.getcwd()").results[0].strip("'")) / "apps" / "timer"
    assert (folder / "index.html").read_text() == "<!doctype html><h1>Timer</h1>\n"
    assert str(folder) in result.shown
    assert "http.server" in result.shown
    assert "townie.toml" in str(wire.requests[-1].body)  # the model was told how apps are written


def test_below_a_cell_of_a_server_it_is_shown(kernel: Session, wire: WireServer, tmp_path: Path) -> None:
    # What a Jupyter server leaves for others; the kernel's parent is this process.
    runtime = kernel.run("from jupyter_core.paths import jupyter_runtime_dir as d; d()").results[0].strip("'")
    file = Path(runtime) / f"jpserver-{os.getpid()}.json"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps({"root_dir": str(tmp_path), "base_url": "/user/ada/"}))
    wire.script = [Reply.text(ANSWER)]
    try:
        result = kernel.run("%townie app A timer")
    finally:
        file.unlink()
    pages = [m["content"]["data"].get("text/html", "") for m in result.messages if m["msg_type"] == "display_data"]
    assert any('<iframe src="/user/ada/townie/view/timer-' in page for page in pages)
    assert (tmp_path / "apps" / "timer" / "index.html").is_file()
