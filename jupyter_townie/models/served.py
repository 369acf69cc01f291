"""What a server says of its own models: which there are, and how much they take.

A program on the user's own machine serves whatever was loaded into it, with a context as large as it was started with,
so no table can know it.  Most servers tell it in their list of models, each in its own words.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import urlsplit

from .config import ModelConfig
from .endpoints import Endpoint, check_base_url, is_loopback
from .keys import find_key
from .model import ModelError
from .profiles import is_known
from .providers import Provider, configured_base_url, providers

PATIENCE = 2.0
"""Seconds that a server may take to list its models."""
GUESS_PATIENCE = 0.5
"""The same for one that nobody has set up and that may not be there: some systems are slow to say so."""
FRESH = 30.0
"""Seconds for which the list of a server on this machine is believed, and ``FRESH_ELSEWHERE`` for another; one that did
not answer is asked again after a tenth of it."""
FRESH_ELSEWHERE = 3600.0
MOST = 16 << 20
"""Bytes of a list that are read."""

_WINDOWS = (
    "loaded_context_length",
    "max_model_len",
    "max_input_tokens",
    "context_window",
    "context_length",
    "max_context_length",
)
"""Where LM Studio, vLLM, Anthropic, Groq, OpenRouter and Mistral put it, the one that holds now first."""
_ENGINES = {"llamacpp", "vllm", "library", "lmstudio", "organization_owner"}
"""``owned_by`` of the programs that people run themselves."""
LEAST_WINDOW = 256


@dataclass(frozen=True, slots=True)
class Served:
    """One model of a server."""

    name: str
    facts: Mapping[str, Any]
    """Fields of :class:`.profiles.Profile`, as far as the server tells them."""
    engine: bool = False
    """Whether a program that people run themselves serves it, whatever the format in which it is asked."""


@dataclass(frozen=True, slots=True)
class _Listing:
    time: float
    models: tuple[Served, ...]
    error: ModelError | None = None

    def is_fresh(self, url: str) -> bool:
        seconds = FRESH if is_loopback(url) else FRESH_ELSEWHERE
        return time.monotonic() - self.time < (seconds if self.error is None else seconds / 10)


_lock = threading.Lock()
_listings: dict[str, _Listing] = {}
_told: dict[tuple[str, str], int] = {}
"""Windows that came to light in an error, by base URL and model: a server that lists none tells it there."""


def base_url(provider: Provider, config: ModelConfig) -> str:
    """Where ``provider`` is asked; empty when it has no address."""
    return (configured_base_url(provider, config) or provider.base_url).strip().rstrip("/")


def host_of(provider: Provider, config: ModelConfig) -> str:
    """The server of ``provider`` as people are told of it: without what else a URL may hold."""
    return Endpoint(provider.label, provider.name, "", base_url(provider, config)).host


def listed(provider: Provider, config: ModelConfig) -> tuple[Served, ...]:
    """The models that the server of ``provider`` has at present.  Blocks for :data:`PATIENCE` at most.

    :raises ModelError: when it can not be asked.
    """
    url = base_url(provider, config)
    found = _listings.get(url)
    if found is None or not found.is_fresh(url):
        try:
            found = _Listing(time.monotonic(), _ask(provider, config))
        except ModelError as error:
            found = _Listing(time.monotonic(), (), error)
        with _lock:
            _listings[url] = found
    if found.error is not None:
        raise found.error
    return found.models


def listed_by_all(candidates: Iterable[Provider], config: ModelConfig) -> dict[str, tuple[Served, ...] | ModelError]:
    """:func:`listed` of several servers at once, by provider; the error of one that did not answer."""

    def ask(provider: Provider) -> tuple[Served, ...] | ModelError:
        try:
            return listed(provider, config)
        except ModelError as error:
            return error

    asked = list(candidates)
    if not asked:
        return {}
    with ThreadPoolExecutor(len(asked), "townie-served") as pool:
        return {provider.name: answer for provider, answer in zip(asked, pool.map(ask, asked), strict=True)}


def may_be_listed(provider: Provider, config: ModelConfig) -> bool:
    """Whether the models of ``provider`` are known to its server alone: a local program, or one with an address that
    somebody configured and no models of its own."""
    return provider.local or (provider.name == "custom" and configured_base_url(provider, config) is not None)


def learn(name: str, config: ModelConfig) -> None:
    """Ask the server of the model ``provider/model`` what it says of it, where only the server can know.

    What it says is used by :func:`facts_of` from then on.  Blocks for :data:`PATIENCE` at most; never raises.
    """
    provider = providers()[0].get(name.partition("/")[0])
    if provider is None or provider.cloud or not provider.package:
        return
    # Elsewhere, asking takes time and brings nothing for a model that is known.
    if not is_loopback(base_url(provider, config)) and (
        is_known(provider.name, name.partition("/")[2]) or "window" in config.profiles.get(name, {})
    ):
        return
    try:
        listed(provider, config)
    except ModelError:
        # Whatever is in the way is told when the model is asked.
        return


def facts_of(provider: Provider, name: str, config: ModelConfig) -> dict[str, Any]:
    """What is known from the server of ``provider`` of its model ``name``: fields of a profile.  Asks nobody."""
    url = base_url(provider, config)
    listing = _listings.get(url)
    entry = _entry(listing.models, name) if listing is not None else None
    facts = dict(entry.facts) if entry is not None else {}
    if entry is not None and entry.engine and not provider.local:
        # In whichever format it is asked: what answers is a model on somebody's own machine.
        facts |= {"prices": None, "long_prices": None, "thinking": None, "tools": False, "edit_form": "whole"}
        facts.setdefault("vision", False)
    window = min(filter(None, (facts.get("window"), _told.get((url, name)))), default=None)
    if window is not None:
        facts["window"] = window
    return facts


def in_its_place(provider: Provider, config: ModelConfig) -> bool:
    """Whether a program that people run themselves is known to answer at the address of ``provider``, which is none."""
    listing = _listings.get(base_url(provider, config))
    models = listing.models if listing is not None else ()
    return not provider.local and bool(models) and all(model.engine for model in models)


def told(url: str, name: str, window: int) -> None:
    """An error of the server at ``url`` said how large the window of its model ``name`` is, in tokens."""
    if window >= LEAST_WINDOW:
        with _lock:
            _told[url, name] = window


def forget() -> None:
    """Ask every server anew."""
    with _lock:
        _listings.clear()
        _told.clear()


def _entry(models: tuple[Served, ...], name: str) -> Served | None:
    for model in models:
        # Ollama's "latest" need not be said.
        if name in (model.name, model.name.removesuffix(":latest")):
            return model
    # llama.cpp has one model, and answers to any name.
    return models[0] if len(models) == 1 and models[0].engine else None


def _ask(provider: Provider, config: ModelConfig) -> tuple[Served, ...]:
    url = check_base_url(base_url(provider, config))
    endpoint = Endpoint(provider.label, provider.name, "-", url, local=provider.local)
    address = f"{url.removesuffix('/v1')}/v1/models" if provider.name == "anthropic" else f"{url}/models"
    models = [_read(entry) for entry in _entries(_get(address, provider, config, endpoint))]
    if provider.name == "ollama":
        return tuple(_with_ollamas_windows(models, url, provider, config, endpoint))
    if provider.name == "lmstudio":
        return tuple(_of_lm_studio(models, url, provider, config, endpoint))
    return tuple(models)


def _get(address: str, provider: Provider, config: ModelConfig, endpoint: Endpoint) -> Any:
    headers = {"accept": "application/json", **config.headers.get(provider.name, {})}
    key = find_key(provider.name, provider.key_variables)
    if key is not None:
        headers |= {"authorization": f"Bearer {key.value}"}
        if provider.name == "anthropic" and key.where != "ANTHROPIC_AUTH_TOKEN":
            headers |= {"x-api-key": key.value, "anthropic-version": "2023-06-01"}
    import urllib.error
    import urllib.request

    class NoRedirects(urllib.request.HTTPRedirectHandler):
        """The key is for this address alone."""

        def redirect_request(self, *arguments: Any, **named: Any) -> None:
            return None

    handlers: list[urllib.request.BaseHandler] = [NoRedirects()]
    if is_loopback(address):
        handlers.append(urllib.request.ProxyHandler({}))
    opener = urllib.request.build_opener(*handlers)
    guessed = provider.local and configured_base_url(provider, config) is None
    patience = GUESS_PATIENCE if guessed else PATIENCE
    try:
        # The address is http(s): check_base_url has seen to that.
        with opener.open(urllib.request.Request(address, headers=headers), timeout=patience) as answer:  # noqa: S310
            return json.loads(answer.read(MOST))
    except urllib.error.HTTPError as error:
        detail = endpoint.quote(error.read(MOST).decode("utf-8", "replace"))
        note = f"{endpoint.host} does not list its models ({error.code})."
        raise ModelError("bad_response", note, "Check the base URL.", detail) from None
    except ValueError:
        note = f"{endpoint.host} answered with something that is not a list of models."
        raise ModelError("bad_response", note, "Check that it really is a model server.") from None
    except (OSError, urllib.error.URLError) as error:
        remedy = f"Start {provider.label}, or correct its base URL." if provider.local else "Check the base URL."
        detail = endpoint.quote(str(error))
        raise ModelError("no_network", f"{endpoint.host} can not be reached.", remedy, detail) from None


def _entries(body: Any) -> list[Mapping[str, Any]]:
    entries = body.get("data") if isinstance(body, Mapping) else None
    if not isinstance(entries, list):
        raise ModelError("bad_response", "The server's list of models can not be read.", "Check the base URL.")
    return [entry for entry in entries if isinstance(entry, Mapping) and isinstance(entry.get("id"), str)]


def _read(entry: Mapping[str, Any]) -> Served:
    """A model from its entry in a list of models."""
    name: str = entry["id"]
    facts: dict[str, Any] = {}
    if name.endswith(".gguf"):
        # llama.cpp calls a model by its file until it is given an alias.
        facts["label"] = PurePosixPath(name.replace("\\", "/")).name.removesuffix(".gguf")
    meta = entry.get("meta")
    sizes = [entry.get(key) for key in _WINDOWS]
    if isinstance(meta, Mapping):
        sizes = [meta.get("n_ctx"), *sizes, meta.get("n_ctx_train")]
    window = next((size for size in sizes if isinstance(size, int) and size >= LEAST_WINDOW), None)
    if window is not None:
        facts["window"] = window
    architecture = entry.get("architecture")
    if isinstance(architecture, Mapping) and isinstance(architecture.get("input_modalities"), list):
        facts["vision"] = "image" in architecture["input_modalities"]
    return Served(name, facts, entry.get("owned_by") in _ENGINES)


def _with_ollamas_windows(
    models: list[Served], url: str, provider: Provider, config: ModelConfig, endpoint: Endpoint
) -> Iterable[Served]:
    """Ollama tells the context only of models that are loaded, and cuts what is longer without a word."""
    loaded: dict[str, int] = {}
    try:
        running = _get(f"{_root(url)}/api/ps", provider, config, endpoint)
        for entry in running.get("models", ()):
            if isinstance(entry.get("context_length"), int):
                loaded[entry["name"]] = entry["context_length"]
    except (ModelError, AttributeError, TypeError, KeyError):
        pass
    for model in models:
        window = loaded.get(model.name)
        yield Served(model.name, {**model.facts, "window": window}, True) if window else model


def _of_lm_studio(
    models: list[Served], url: str, provider: Provider, config: ModelConfig, endpoint: Endpoint
) -> Iterable[Served]:
    """LM Studio's own list says more, and which models only make embeddings."""
    try:
        entries = _entries(_get(f"{_root(url)}/api/v0/models", provider, config, endpoint))
    except ModelError:
        return models
    return [
        Served(entry["id"], {**_read(entry).facts, "vision": entry.get("type") == "vlm"}, True)
        for entry in entries
        if entry.get("type") != "embeddings"
    ]


def _root(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
