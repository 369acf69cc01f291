"""Where keys come from, and where they must never go."""

from __future__ import annotations

import stat
import threading
import time
from collections.abc import Iterator

import keyring
import keyring.backend
import keyring.errors
import pytest

from jupyter_townie.models import keys
from jupyter_townie.models.keys import Key, delete_key, find_key, keys_file, save_key, scrub

SECRET = "sk-ant-abcdefghijkl"


class MemoryKeyring(keyring.backend.KeyringBackend):
    """A keyring as the desktop's would be."""

    priority = 1  # type: ignore[assignment]

    def __init__(self) -> None:
        super().__init__()
        self.entries: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.entries.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.entries[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        if self.entries.pop((service, username), None) is None:
            raise keyring.errors.PasswordDeleteError("not there")


class FailingKeyring(MemoryKeyring):
    def get_password(self, service: str, username: str) -> str | None:
        raise RuntimeError("the desktop is gone")


class ForgetfulKeyring(MemoryKeyring):
    """Like keyring's null backend."""

    def set_password(self, service: str, username: str, password: str) -> None:
        return None


class AskingKeyring(MemoryKeyring):
    """Waits for a password dialogue that nobody sees."""

    answered = threading.Event()

    def get_password(self, service: str, username: str) -> str | None:
        self.answered.wait(30)
        return None


class LockedKeyring(MemoryKeyring):
    """Answers once somebody has unlocked it."""

    def __init__(self) -> None:
        super().__init__()
        self.unlocked = threading.Event()

    def get_password(self, service: str, username: str) -> str | None:
        self.unlocked.wait(30)
        return super().get_password(service, username)


@pytest.fixture
def use_keyring() -> Iterator[object]:
    before = keyring.get_keyring()
    keys._keyring_failed.clear()

    def use(backend: keyring.backend.KeyringBackend) -> None:
        keyring.set_keyring(backend)

    yield use
    AskingKeyring.answered.set()
    keyring.set_keyring(before)


def test_environment_comes_first(monkeypatch: pytest.MonkeyPatch, use_keyring) -> None:  # type: ignore[no-untyped-def]
    use_keyring(MemoryKeyring())
    save_key("anthropic", "saved-one")
    monkeypatch.setenv("SECOND", f" {SECRET}\n")
    assert find_key("anthropic", ("FIRST", "SECOND")) == Key(SECRET, "environment", "SECOND")


def test_saved_key_is_in_the_keyring(use_keyring) -> None:  # type: ignore[no-untyped-def]
    backend = MemoryKeyring()
    use_keyring(backend)
    assert save_key("anthropic", SECRET) == "keyring"
    assert backend.entries == {("jupyter_townie", "anthropic"): SECRET}
    assert find_key("anthropic") == Key(SECRET, "keyring", "keyring")
    assert not keys_file().exists()


@pytest.mark.parametrize("backend", [FailingKeyring, ForgetfulKeyring])
def test_without_a_working_keyring_the_key_is_in_a_file(backend: type, use_keyring) -> None:  # type: ignore[no-untyped-def]
    use_keyring(backend())
    assert save_key("anthropic", SECRET) == "file"
    assert find_key("anthropic") == Key(SECRET, "file", str(keys_file()))


def test_file_is_for_its_owner_alone() -> None:
    save_key("anthropic", SECRET)
    assert stat.S_IMODE(keys_file().stat().st_mode) == 0o600
    assert stat.S_IMODE(keys_file().parent.stat().st_mode) == 0o700


def test_keyring_that_waits_for_somebody_blocks_only_once(monkeypatch: pytest.MonkeyPatch, use_keyring) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setattr(keys, "KEYRING_PATIENCE", 0.6)
    use_keyring(AskingKeyring())
    begun = time.monotonic()
    assert find_key("anthropic") is None
    assert find_key("openai") is None
    assert time.monotonic() - begun < 1


def test_keyring_that_is_unlocked_later_is_used_from_then_on(monkeypatch: pytest.MonkeyPatch, use_keyring) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setattr(keys, "KEYRING_PATIENCE", 0.05)
    locked = LockedKeyring()
    locked.entries = {("jupyter_townie", "anthropic"): SECRET, ("jupyter_townie", "openai"): "older-key"}
    use_keyring(locked)
    assert find_key("anthropic") is None
    assert keys.keyring_failed()
    assert save_key("openai", "newer-key") == "file"
    locked.unlocked.set()
    until = time.monotonic() + 5
    while keys.keyring_failed() and time.monotonic() < until:
        time.sleep(0.01)
    monkeypatch.setattr(keys, "KEYRING_PATIENCE", 5)
    assert find_key("anthropic") == Key(SECRET, "keyring", "keyring")
    assert find_key("openai") == Key("newer-key", "file", str(keys_file()))


@pytest.mark.parametrize("backend", [MemoryKeyring, FailingKeyring])
def test_deleted_key_is_gone(backend: type, use_keyring) -> None:  # type: ignore[no-untyped-def]
    use_keyring(backend())
    save_key("anthropic", SECRET)
    save_key("openai", "other-key")
    delete_key("anthropic")
    assert find_key("anthropic") is None
    assert find_key("openai") is not None


def test_deleting_a_key_that_is_not_there_is_nothing() -> None:
    delete_key("anthropic")
    assert find_key("anthropic") is None


@pytest.mark.parametrize("value", ["", "  ", "two words", "line\nbreak", "bell\x07"])
def test_what_cannot_be_a_key_is_not_saved(value: str) -> None:
    with pytest.raises(ValueError, match="one word"):
        save_key("anthropic", value)


@pytest.mark.parametrize("content", ["", "{", "[1]", '{"anthropic": 5}'])
def test_file_that_is_damaged_is_as_if_it_were_not_there(content: str) -> None:
    keys_file().parent.mkdir(parents=True)
    keys_file().write_text(content)
    assert find_key("anthropic") is None


def test_key_is_not_in_its_repr() -> None:
    assert SECRET not in repr(Key(SECRET, "environment", "X"))


@pytest.mark.parametrize(
    "text",
    [
        "Incorrect API key: sk-proj-abc123DEF456",
        "Authorization: Bearer eyJhbGciOi.abc",
        "key gsk_0123456789abcdef is not valid",
        "AIzaSyA-0123456789abcdef",
    ],
)
def test_what_looks_like_a_key_is_taken_out(text: str) -> None:
    clean = scrub(text)
    assert "[key]" in clean
    assert text.split()[-1] not in clean or "valid" in text


def test_known_secret_is_taken_out_whatever_it_looks_like() -> None:
    assert scrub("you sent hunter22!", ["hunter22"]) == "you sent [key]!"
