"""Make sure that there is a Chromium for the browser tests; prints where it is.

Looks for an installed one first, then asks Playwright to download its own, then the system's package manager.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

from jupyter_townie.apps import chromium


def installed() -> str | None:
    """The path of a Chromium that is there, or None."""
    found = chromium.installed()
    if found is not None:
        return found
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        return chromium.installed(playwright.chromium.executable_path)


def install() -> None:
    """Install one: Playwright's own where its host can be reached, else Debian's package."""
    own = [sys.executable, "-m", "playwright", "install", "chromium"]
    try:
        if subprocess.run(own, check=False, timeout=300).returncode == 0:
            return
    except subprocess.TimeoutExpired:
        pass
    if shutil.which("apt-get") is None:
        sys.exit("No Chromium: install one and set TOWNIE_CHROMIUM to its path.")
    sudo = [] if os.geteuid() == 0 else ["sudo"]
    subprocess.run([*sudo, "apt-get", "update", "-qq"], check=False)
    packages = ["chromium", "fonts-dejavu", "fonts-noto-color-emoji"]
    subprocess.run([*sudo, "apt-get", "install", "-y", "-qq", "--no-install-recommends", *packages], check=True)


if __name__ == "__main__":
    if installed() is None:
        install()
    where = installed()
    if where is None:
        sys.exit("No Chromium could be installed: install one and set TOWNIE_CHROMIUM to its path.")
    print(where)
