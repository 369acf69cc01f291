"""Which models there are, and opening one by its name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .config import ModelConfig
from .model import Model

if TYPE_CHECKING:
    from ..protocol import Models


def list_models(config: ModelConfig | None = None) -> Models:
    """Every model that can be picked, the default, and the state of each provider's key.

    Looks into the keyring, so call it in a thread from an event loop; never raises for a provider that is broken.
    """
    raise NotImplementedError


def open_model(name: str | None = None, config: ModelConfig | None = None) -> Model:
    """The model called ``provider/model``; None is :func:`default_model`.  No connection is made yet.

    :raises ModelError: ``unknown_provider``, ``missing_package``, ``bad_provider``.
    """
    raise NotImplementedError


def default_model(config: ModelConfig | None = None) -> str:
    """The configured model, else the default of the first provider that has a key, else ``offline/tour``."""
    raise NotImplementedError
