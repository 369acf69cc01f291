"""An app that lacks a package, in its panel: it asks, installs, and the app runs."""

from __future__ import annotations

import json
import uuid

from playwright.sync_api import expect

from tests.apps import environment
from tests.apps.working import answering

from .lab import Lab
from .test_apps_panel import inside

TOML = 'title = "Ages"\nkind = "fullstack"\nkernel = "lacking"\nrequirements = ["humanize"]\n'
SOURCE = "import humanize\n" + answering("def answer(path):\n    return humanize.SAID\n")


def test_package_that_an_app_lacks_is_installed_by_one_click(lab: Lab) -> None:
    packages = lab.server.home / "packages"
    python = environment.made(lab.server.home / "lacking", packages)
    environment.wheel(packages, "humanize", "SAID = 'Nine days ago'")
    kernel = lab.server.home / "data" / "kernels" / "lacking" / "kernel.json"
    kernel.parent.mkdir(parents=True, exist_ok=True)
    kernel.write_text(json.dumps({"argv": [str(python)], "display_name": "Lacking", "language": "python"}))
    # What was allowed once stays allowed for the folder, also when this is tried again.
    name = f"ages-{uuid.uuid4().hex[:6]}"
    folder = lab.server.root / "apps" / name
    folder.mkdir(parents=True)
    (folder / "townie.toml").write_text(TOML)
    (folder / "app.py").write_text(SOURCE)
    lab.launch()
    lab.command("townie:open-app", {"path": f"apps/{name}"})
    lab.get("app-cover-allow").click()
    expect(lab.get("app-cover")).to_contain_text("needs a package", timeout=60_000)
    expect(lab.get("app-cover")).to_contain_text(f"pip installs humanize for {python}")
    lab.get("app-cover-install").click()
    expect(inside(lab).locator("body")).to_have_text("Nine days ago", timeout=60_000)
    expect(lab.get("app-state")).to_have_text("Running")
