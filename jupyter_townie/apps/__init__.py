"""Whole apps: their folders, what runs them, what they may use, and what is known of them."""

from __future__ import annotations

from .app import App
from .apps import AppRefused, Apps, NoSuchApp, Settled
from .manifest import Manifest, ManifestError

__all__ = ["App", "AppRefused", "Apps", "Manifest", "ManifestError", "NoSuchApp", "Settled"]
