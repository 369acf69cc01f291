"""Every test here starts without keys, base URLs and a keyring of the machine that it runs on."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from jupyter_townie.models import keys
from jupyter_townie.models.providers import BUILT_IN, providers

KEY = "sk-ant-secret-0123456789abcdef"


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    for provider in BUILT_IN:
        for variable in (*provider.key_variables, *provider.base_url_variables):
            monkeypatch.delenv(variable, raising=False)
    for variable in list(os.environ):
        if variable.startswith(("AWS_", "CLOUD_ML_")) or variable.lower().endswith("_proxy"):
            monkeypatch.delenv(variable)
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "data"))
    keys._keyring_failed.set()
    providers.cache_clear()
    yield
    keys._keyring_failed.clear()
    providers.cache_clear()


@pytest.fixture
def anthropic_key(monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("ANTHROPIC_API_KEY", KEY)
    return KEY


@pytest.fixture
def openai_key(monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    return KEY
