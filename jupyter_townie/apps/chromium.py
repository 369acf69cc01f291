"""Which Chromium there is on this machine, and how generated apps are opened in it."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "microsoft-edge")

FLAGS = (
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # Packets of WebRTC would go past what holds back every other request.
    "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
)


def installed(own: str = "") -> str | None:
    """The path of a Chromium that is there, or None.

    :param own: where Playwright keeps its own, if it has one.
    """
    named = os.environ.get("TOWNIE_CHROMIUM")
    if named:
        return named
    for name in NAMES:
        if found := shutil.which(name):
            return found
    return own if own and Path(own).exists() else None


def sandboxed() -> bool:
    """Whether Chromium can have its own sandbox here: never as root, which is what containers run as."""
    if os.environ.get("TOWNIE_CHROMIUM_NO_SANDBOX"):
        return False
    return not hasattr(os, "geteuid") or os.geteuid() != 0
