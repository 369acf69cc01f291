"""The providers that come with Townie, and those that other packages add.

A package adds one by an entry point of the group ``jupyter_townie.models``, whose object is a :class:`Provider`.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from .config import ModelConfig
from .profiles import Profile

if TYPE_CHECKING:
    from .model import Model

ENTRY_POINTS = "jupyter_townie.models"


@dataclass(frozen=True, slots=True)
class Provider:
    """Somebody who serves models."""

    name: str
    """What stands before the slash in ``provider/model``."""
    label: str
    open: Callable[[Provider, Profile, ModelConfig], Model]
    """Makes a model; connects to nothing and imports no client."""
    base_url: str = ""
    base_url_variables: tuple[str, ...] = ()
    """Environment variables that may hold another base URL."""
    key_variables: tuple[str, ...] = ()
    """Environment variables that may hold the key; the first is the one that is recommended."""
    needs_key: bool = True
    package: str = ""
    """A module that has to be installed, and ``extra``, the extra of jupyter_townie that brings it."""
    extra: str = ""
    default: str = ""
    """The model to use when only the provider is known; empty when that depends on the server."""
    local: bool = False
    """Whether it is a program on the user's own machine."""
    cloud: bool = False
    """Whether it has a login of its own instead of a key."""
    limit_parameter: str = "max_tokens"
    """What the output limit is called (OpenAI format)."""


def configured_base_url(provider: Provider, config: ModelConfig) -> str | None:
    """The base URL that somebody chose, or None for the provider's own."""
    chosen = config.base_urls.get(provider.name) or ""
    candidates = (chosen, *(os.environ.get(variable, "") for variable in provider.base_url_variables))
    return next((candidate.strip() for candidate in candidates if candidate.strip()), None)


def _anthropic(provider: Provider, profile: Profile, config: ModelConfig) -> Model:
    from .anthropic import AnthropicModel

    return AnthropicModel(provider, profile, config)


def _openai(provider: Provider, profile: Profile, config: ModelConfig) -> Model:
    from .openai import OpenAIModel

    return OpenAIModel(provider, profile, config)


def _offline(provider: Provider, profile: Profile, config: ModelConfig) -> Model:
    from .offline import OfflineModel

    return OfflineModel(profile)


def _chat(
    name: str,
    label: str,
    base_url: str,
    variable: str,
    *,
    default: str = "",
    local: bool = False,
    base_url_variables: tuple[str, ...] = (),
    limit_parameter: str = "max_tokens",
    needs_key: bool | None = None,
) -> Provider:
    return Provider(
        name=name,
        label=label,
        open=_openai,
        base_url=base_url,
        base_url_variables=base_url_variables or (f"{name.upper()}_BASE_URL",),
        key_variables=(variable,),
        needs_key=not local if needs_key is None else needs_key,
        package="openai",
        extra="openai",
        default=default,
        local=local,
        limit_parameter=limit_parameter,
    )


BUILT_IN: tuple[Provider, ...] = (
    Provider(
        "anthropic",
        "Anthropic",
        _anthropic,
        base_url="https://api.anthropic.com",
        base_url_variables=("ANTHROPIC_BASE_URL",),
        key_variables=("ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN"),
        package="anthropic",
        default="claude-sonnet-5-5",
    ),
    _chat(
        "openai",
        "OpenAI",
        "https://api.openai.com/v1",
        "OPENAI_API_KEY",
        default="gpt-6.1-sol",
        limit_parameter="max_completion_tokens",
    ),
    _chat(
        "gemini",
        "Google Gemini",
        "https://generativelanguage.googleapis.com/v1beta/openai",
        "GEMINI_API_KEY",
        default="gemini-flash-latest",
    ),
    _chat("openrouter", "OpenRouter", "https://openrouter.ai/api/v1", "OPENROUTER_API_KEY", default="openrouter/auto"),
    _chat("groq", "Groq", "https://api.groq.com/openai/v1", "GROQ_API_KEY", default="openai/gpt-oss-120b"),
    _chat("cerebras", "Cerebras", "https://api.cerebras.ai/v1", "CEREBRAS_API_KEY", default="gpt-oss-120b"),
    _chat("deepseek", "DeepSeek", "https://api.deepseek.com/v1", "DEEPSEEK_API_KEY", default="deepseek-chat"),
    _chat("ollama", "Ollama", "http://127.0.0.1:11434/v1", "OLLAMA_API_KEY", local=True),
    _chat("vllm", "vLLM", "http://127.0.0.1:8000/v1", "VLLM_API_KEY", local=True),
    _chat("llamacpp", "llama.cpp", "http://127.0.0.1:8080/v1", "LLAMACPP_API_KEY", local=True),
    _chat("lmstudio", "LM Studio", "http://127.0.0.1:1234/v1", "LMSTUDIO_API_KEY", local=True),
    _chat("litellm", "LiteLLM", "http://127.0.0.1:4000/v1", "LITELLM_API_KEY", local=True),
    _chat(
        "custom",
        "Custom server",
        "",
        "TOWNIE_API_KEY",
        base_url_variables=("TOWNIE_BASE_URL",),
        needs_key=False,
    ),
    Provider(
        "bedrock",
        "Amazon Bedrock",
        _anthropic,
        base_url_variables=("ANTHROPIC_BEDROCK_BASE_URL",),
        key_variables=("AWS_BEARER_TOKEN_BEDROCK",),
        needs_key=False,
        package="anthropic",
        extra="bedrock",
        cloud=True,
    ),
    Provider(
        "vertex",
        "Google Vertex AI",
        _anthropic,
        base_url_variables=("ANTHROPIC_VERTEX_BASE_URL",),
        needs_key=False,
        package="anthropic",
        extra="vertex",
        cloud=True,
    ),
    Provider("offline", "Without a model", _offline, needs_key=False, default="tour"),
)


@cache
def providers() -> tuple[dict[str, Provider], dict[str, str]]:
    """Providers by name, and for each entry point that could not be loaded: why.

    A provider of another package takes the place of a built-in one of the same name.
    """
    from importlib.metadata import entry_points

    found = {provider.name: provider for provider in BUILT_IN}
    broken: dict[str, str] = {}
    for point in entry_points(group=ENTRY_POINTS):
        try:
            provider = point.load()
        except Exception as error:  # another package's import may raise anything
            broken[point.name] = f"{type(error).__name__}: {error}"
            continue
        if isinstance(provider, Provider):
            found[provider.name] = provider
        else:
            broken[point.name] = f"{point.value} is not a jupyter_townie.models.providers.Provider"
    return found, broken


def is_free(profile: Profile) -> bool:
    """Whether the model runs on the user's own machine."""
    return is_local(profile.id)


def is_local(model: str) -> bool:
    """Whether ``provider/model`` runs on the user's own machine, so that it costs nothing."""
    name = model.partition("/")[0]
    provider = providers()[0].get(name)
    return name == "offline" or (provider is not None and provider.local)
