"""Where a provider's key comes from: the environment, the system's keyring, or a file only its owner can read.

A key is never logged, never part of an exception or a ``repr``, and never in the workspace.
"""

from __future__ import annotations

import json
import os
import queue
import re
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, TypeVar

SERVICE = "jupyter_townie"
"""The name under which keys are in the keyring."""
KEYRING_PATIENCE = 2.0
"""Seconds to wait for a keyring, which may want to ask somebody for a password."""

T = TypeVar("T")
_LOOKS_LIKE_A_KEY = re.compile(
    r"\b(?:sk|gsk|csk|pk|rk|xai|hf|nvapi)[-_][\w.*-]{6,}|\bAIza[\w-]{10,}|(?<=Bearer )[\w.~+/=-]{6,}", re.IGNORECASE
)
_keyring_failed = threading.Event()


@dataclass(frozen=True, slots=True)
class Key:
    """A key and where it was found."""

    value: str = field(repr=False)
    source: Literal["environment", "keyring", "file"]
    where: str
    """The environment variable, "keyring", or the file's path."""


def find_key(provider: str, variables: Sequence[str] = ()) -> Key | None:
    """The key of ``provider``.  ``variables`` are the environment variables to look at, in order.

    Never raises, and takes no longer than :data:`KEYRING_PATIENCE`; a keyring that failed is not asked again, one that
    did not answer in time is when its answer has come.
    """
    for variable in variables:
        value = os.environ.get(variable, "").strip()
        if value:
            return Key(value, "environment", variable)
    # What is in the file is what the keyring could not take, so it is newer than what the keyring may have.
    path = keys_file()
    value = _read_file(path).get(provider, "")
    if value:
        return Key(value, "file", str(path))
    saved = _ask_keyring(lambda keyring: keyring.get_password(SERVICE, provider))
    return Key(saved, "keyring", "keyring") if saved else None


def save_key(provider: str, value: str) -> Literal["keyring", "file"]:
    """Keep a key, in the keyring where there is a working one.

    :raises ValueError: when it cannot be a key.
    :raises OSError: when it can not be written.
    """
    value = value.strip()
    if not value or not value.isprintable() or re.search(r"\s", value):
        raise ValueError("A key is one word without spaces.")

    def store(keyring: Any) -> bool:
        keyring.set_password(SERVICE, provider, value)
        # Some backends take everything and keep nothing.
        return bool(keyring.get_password(SERVICE, provider) == value)

    in_keyring = bool(_ask_keyring(store))
    keys = _read_file(keys_file())
    if not in_keyring:
        _write_file(keys_file(), {**keys, provider: value})
        return "file"
    if keys.pop(provider, None) is not None:
        _write_file(keys_file(), keys)
    return "keyring"


def delete_key(provider: str) -> None:
    """Forget a saved key, wherever it was saved; one in the environment stays.

    :raises OSError: when the file can not be written.
    """

    def forget(keyring: Any) -> None:
        if keyring.get_password(SERVICE, provider) is not None:
            keyring.delete_password(SERVICE, provider)

    _ask_keyring(forget)
    keys = _read_file(keys_file())
    if keys.pop(provider, None) is not None:
        _write_file(keys_file(), keys)


def keyring_failed() -> bool:
    """Whether the system's keyring has failed, or has been asked and has not answered yet."""
    return _keyring_failed.is_set()


def keys_file() -> Path:
    """The file of last resort, in Jupyter's data directory."""
    from jupyter_core.paths import jupyter_data_dir

    return Path(jupyter_data_dir()) / "townie" / "keys.json"


def scrub(text: str, secrets: Iterable[str] = ()) -> str:
    """``text`` with ``secrets``, and anything else that looks like a key, taken out."""
    for secret in secrets:
        if len(secret) >= 4:
            text = text.replace(secret, "[key]")
    return _LOOKS_LIKE_A_KEY.sub("[key]", text)


def _ask_keyring(question: Callable[[Any], T]) -> T | None:
    """The answer of the keyring, or None when there is none, it fails, or it takes too long."""
    if _keyring_failed.is_set():
        return None
    answers: queue.SimpleQueue[T | None] = queue.SimpleQueue()

    def ask() -> None:
        try:
            import keyring

            answers.put(question(keyring))
            # Late, perhaps: it was locked, and now somebody has unlocked it.
            _keyring_failed.clear()
        except BaseException:
            # Backends raise whatever their desktop raises; its text may name the key, so it is not kept.
            _keyring_failed.set()
            answers.put(None)

    threading.Thread(target=ask, name="townie-keyring", daemon=True).start()
    try:
        return answers.get(timeout=KEYRING_PATIENCE)
    except queue.Empty:
        _keyring_failed.set()
        if not answers.empty():
            _keyring_failed.clear()
        return None


def _read_file(path: Path) -> dict[str, str]:
    try:
        entries = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    if not isinstance(entries, dict):
        return {}
    return {name: value for name, value in entries.items() if isinstance(name, str) and isinstance(value, str)}


def _write_file(path: Path, entries: dict[str, str]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    temporary = path.with_name(f"{path.name}.{os.getpid()}")
    temporary.unlink(missing_ok=True)
    # Created with its final mode: there is no moment at which others could read it.
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(entries, file)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
