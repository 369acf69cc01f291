"""Which models there are, which one is the default, and how third parties add theirs."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from importlib.metadata import EntryPoint, EntryPoints
from typing import Any

import pytest

from jupyter_townie.models import (
    ModelConfig,
    ModelError,
    ModelRequest,
    Profile,
    StreamEvent,
    default_model,
    list_models,
    open_model,
    save_key,
    try_connection,
)
from jupyter_townie.models.answer import Answer
from jupyter_townie.models.offline import OfflineModel
from jupyter_townie.models.providers import Provider
from tests.models.asking import ask, text_of
from tests.models.conftest import KEY
from tests.wire import Reply, WireServer


def test_without_a_key_the_tour_answers() -> None:
    assert default_model() == "offline/tour"
    assert isinstance(open_model(), OfflineModel)


def test_first_provider_with_a_key_is_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEEPSEEK_API_KEY", "k")
    assert default_model() == "deepseek/deepseek-chat"
    monkeypatch.setenv("ANTHROPIC_API_KEY", "k")
    assert default_model() == "anthropic/claude-sonnet-5-5"


def test_saved_key_counts() -> None:
    save_key("openai", "k")
    assert default_model() == "openai/gpt-6.1-sol"


def test_configured_default_wins(anthropic_key: str) -> None:
    assert default_model(ModelConfig(default="ollama/qwen")) == "ollama/qwen"


def test_gateway_without_a_key_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTHROPIC_BASE_URL", "http://gateway:4000")
    assert default_model() == "anthropic/claude-sonnet-5-5"


def test_list_says_which_models_are_ready(anthropic_key: str) -> None:
    listed = list_models()
    models = {model.id: model for model in listed.models}
    assert listed.default == "anthropic/claude-sonnet-5-5"
    assert models["anthropic/claude-opus-5-5"].ready
    assert models["anthropic/claude-opus-5-5"].input_price == 4.0
    assert models["offline/tour"].ready
    unready = models["openai/gpt-6.1-sol"]
    assert not unready.ready
    assert unready.problem is not None
    assert unready.problem.code == "no_key"


def test_list_says_where_keys_are_and_never_what_they_are(anthropic_key: str) -> None:
    save_key("openai", "sk-saved-key-1234")
    listed = list_models()
    keys = {key.provider: key for key in listed.keys}
    assert (keys["anthropic"].state, keys["anthropic"].where) == ("environment", "ANTHROPIC_API_KEY")
    assert (keys["openai"].state, keys["openai"].where) == ("saved", "file")
    assert (keys["groq"].state, "GROQ_API_KEY" in keys["groq"].remedy) == ("missing", True)
    assert keys["ollama"].state == "not_needed"
    assert KEY not in listed.model_dump_json()
    assert "sk-saved-key-1234" not in listed.model_dump_json()


def test_list_has_configured_models() -> None:
    config = ModelConfig(default="vllm/mine", profiles={"custom/ours": {"window": 4096, "label": "Ours"}})
    models = {model.id: model for model in list_models(config).models}
    assert models["custom/ours"].label == "Ours"
    assert "vllm/mine" in models


def test_profile_that_is_wrong_is_told_in_the_list() -> None:
    (model,) = [m for m in list_models(ModelConfig(profiles={"custom/x": {"wndow": 1}})).models if m.id == "custom/x"]
    assert model.problem is not None
    assert "wndow" in model.problem.detail


def test_missing_package_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    import importlib.util

    real = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "openai" else real(name))
    with pytest.raises(ModelError) as caught:
        open_model("groq/x")
    assert caught.value.code == "missing_package"
    assert "jupyter_townie[openai]" in caught.value.remedy


@pytest.mark.parametrize(
    ("name", "code"), [("nobody/x", "unknown_provider"), ("claude", "unknown_provider"), ("ollama/", "unknown_model")]
)
def test_name_that_means_nothing_is_refused(name: str, code: str) -> None:
    with pytest.raises(ModelError) as caught:
        open_model(name)
    assert caught.value.code == code


def test_provider_alone_means_its_default() -> None:
    assert open_model("anthropic").profile.name == "claude-sonnet-5-5"


def test_model_name_may_have_slashes() -> None:
    assert open_model("openrouter/meta/llama:free").profile.name == "meta/llama:free"


@dataclass
class Parrot:
    profile: Profile

    def body(self, request: ModelRequest) -> dict[str, Any]:
        return {}

    async def stream(self, request: ModelRequest) -> AsyncGenerator[StreamEvent, None]:
        answer = Answer(self.profile.id)
        yield answer.text("Hello again")
        yield answer.finished("end")

    async def close(self) -> None:
        pass


PARROT = Provider("parrot", "Parrot", lambda provider, profile, config: Parrot(profile), needs_key=False, default="p1")


@pytest.fixture
def entry_points(monkeypatch: pytest.MonkeyPatch) -> None:
    group = "jupyter_townie.models"
    points = EntryPoints(
        [
            EntryPoint("parrot", f"{__name__}:PARROT", group),
            EntryPoint("broken", "no_such_module_at_all:x", group),
            EntryPoint("strange", "json:dumps", group),
        ]
    )
    monkeypatch.setitem(sys.modules, __name__, sys.modules[__name__])
    monkeypatch.setattr("importlib.metadata.entry_points", lambda group: points.select(group=group))


@pytest.mark.usefixtures("entry_points")
async def test_another_package_adds_a_provider() -> None:
    assert text_of(await ask(open_model("parrot"))) == "Hello again"
    assert "parrot/p1" in [model.id for model in list_models().models]


@pytest.mark.usefixtures("entry_points")
@pytest.mark.parametrize("name", ["broken", "strange"])
def test_provider_that_is_broken_breaks_only_itself(name: str) -> None:
    assert list_models().default == "offline/tour"
    with pytest.raises(ModelError) as caught:
        open_model(f"{name}/x")
    assert caught.value.code == "bad_provider"
    assert caught.value.detail


async def test_connection_that_works_says_how_long_it_took(anthropic_key: str) -> None:
    with WireServer([Reply.endless(delay=0.01)]) as wire:
        result = await try_connection("anthropic/m", ModelConfig(base_urls={"anthropic": wire.url}))
        assert wire.requests[0].gone.wait(2)
    assert result.ok
    assert result.seconds is not None
    assert result.seconds < 10


async def test_connection_that_fails_says_what_the_provider_says(anthropic_key: str) -> None:
    with WireServer([Reply.error(401, "this key was revoked")]) as wire:
        result = await try_connection("anthropic/m", ModelConfig(base_urls={"anthropic": wire.url}))
    assert not result.ok
    assert result.problem is not None
    assert (result.problem.code, result.problem.detail) == ("wrong_key", "this key was revoked")


def test_preloading_imports_the_client_of_the_model() -> None:
    code = """
import sys
from jupyter_townie.models import preload
preload("offline/tour"), preload("nobody/x"), preload("openai/gpt-6.1-sol")
print([name for name in ("anthropic", "openai") if name in sys.modules])
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "['openai']"


def test_importing_the_room_loads_no_client_and_nothing_heavy() -> None:
    heavy = ("anthropic", "openai", "keyring", "pydantic", "httpx", "httpx2", "tornado", "jupyter_core", "boto3")
    code = f"""
import sys
import jupyter_townie.models as models
model = models.open_model("anthropic/claude-opus-5-5")
model.body(models.ModelRequest(messages=(models.ChatMessage.user("Hi"),)))
models.open_model("openai/gpt-6.1-sol")
models.open_model("offline/tour")
print([name for name in {heavy!r} if name in sys.modules])
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
