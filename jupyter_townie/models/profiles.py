"""What is known of each model: its limits, its prices, and which kind of edit it writes best.

The figures are data, in ``profiles.json``, with their sources; a configuration can override any of them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cache
from typing import Any, Literal

EditForm = Literal["whole", "diff", "search_replace", "v4a"]


@dataclass(frozen=True, slots=True)
class Prices:
    """US dollars for a million tokens."""

    input: float
    output: float
    cache_read: float
    cache_write: float

    @classmethod
    def from_json(cls, entry: Mapping[str, float]) -> Prices:
        """Cache prices that are missing are the input price."""
        plain = entry["input"]
        return cls(plain, entry["output"], entry.get("cache_read", plain), entry.get("cache_write", plain))


@dataclass(frozen=True, slots=True)
class Profile:
    """One model of one provider.  ``window`` and ``max_output`` are in tokens."""

    provider: str
    name: str
    label: str
    window: int
    max_output: int
    prices: Prices | None = None
    long_prompt: int | None = None
    """With more tokens than this in the request, ``long_prices`` hold for all of them."""
    long_prices: Prices | None = None
    edit_form: EditForm = "search_replace"
    tools: bool = True
    vision: bool = False
    prediction: bool = False
    """Whether it takes a predicted output."""
    thinking: Mapping[str, Any] | None = None
    """Sent as Anthropic's ``thinking`` parameter; None sends nothing."""

    @property
    def id(self) -> str:
        """``provider/model``."""
        return f"{self.provider}/{self.name}"

    @property
    def room(self) -> int:
        """Tokens that a request may have, so that there is room for an answer."""
        return self.window - min(self.max_output, self.window // 4)

    def cost(self, input: int, output: int, cache_read: int = 0, cache_write: int = 0) -> float | None:
        """US dollars for these numbers of tokens; None without prices."""
        prices = self.prices
        if self.long_prompt is not None and input + cache_read + cache_write > self.long_prompt:
            prices = self.long_prices or prices
        if prices is None:
            return None
        total = (
            input * prices.input
            + output * prices.output
            + cache_read * prices.cache_read
            + cache_write * prices.cache_write
        )
        return total / 1_000_000


_FIELDS = frozenset(field.name for field in fields(Profile)) - {"provider", "name"}
# A model may be called by a dated or regional variant of its name; its limits and prices are the same.
_PREFIX = r"(?:[\w-]+\.)*(?:anthropic\.)?"
_SUFFIX = r"(?:[-@]\d{8}|-\d{4}-\d{2}-\d{2})?(?:-v\d+(?::\d+)?)?(?:-latest)?"
_SAME_MODELS = {"bedrock": "anthropic", "vertex": "anthropic"}


def profile_of(
    provider: str,
    name: str,
    overrides: Mapping[str, Mapping[str, Any]] | None = None,
    facts: Mapping[str, Any] | None = None,
) -> Profile:
    """The profile of a model, known or not.

    ``overrides`` is :attr:`.config.ModelConfig.profiles`, ``facts`` is what its server says of it
    (:func:`.served.facts_of`).  A name that is not known gets the provider's defaults and no prices.  Models of Bedrock
    and Vertex have the limits of Anthropic's own, but no prices, which differ by region.

    :raises ValueError: when an override names a field that does not exist, or is not well-formed.
    """
    data = _data()
    defaults = data["defaults"]
    known = _known(_SAME_MODELS.get(provider, provider), name)
    if provider in _SAME_MODELS:
        known = {key: value for key, value in known.items() if "price" not in key and key != "long_prompt"}
    entry = {"label": name, **defaults["*"], **defaults.get(provider, {}), **known}
    entry |= facts or {}
    chosen = (overrides or {}).get(f"{provider}/{name}", {})
    entry |= chosen
    if "max_output" not in chosen and isinstance(entry["window"], int):
        # Of a window that is smaller than expected, the answer must leave room for the question.
        entry["max_output"] = min(entry["max_output"], max(1, entry["window"] // 2))
    unknown = entry.keys() - _FIELDS
    if unknown:
        raise ValueError(f"the profile of {provider}/{name} has no field {sorted(unknown)[0]!r}")
    try:
        for key in ("prices", "long_prices"):
            if isinstance(entry.get(key), Mapping):
                entry[key] = Prices.from_json(entry[key])
    except KeyError as error:
        raise ValueError(f"the {key} of {provider}/{name} lack {error}") from None
    return Profile(provider=provider, name=name, **entry)


def known_models(provider: str) -> tuple[str, ...]:
    """Names of the models that have a profile, best first."""
    prefix = f"{provider}/"
    return tuple(name.removeprefix(prefix) for name in _data()["models"] if name.startswith(prefix))


def is_known(provider: str, name: str) -> bool:
    """Whether the limits of a model are in the table."""
    return bool(_known(_SAME_MODELS.get(provider, provider), name))


def _known(provider: str, name: str) -> dict[str, Any]:
    models = _data()["models"]
    for candidate in known_models(provider):
        if re.fullmatch(_PREFIX + re.escape(candidate) + _SUFFIX, name):
            entry: dict[str, Any] = models[f"{provider}/{candidate}"]
            return entry
    return {}


@cache
def _data() -> dict[str, Any]:
    from importlib.resources import files

    text = files(__package__).joinpath("profiles.json").read_text(encoding="utf-8")
    data: dict[str, Any] = json.loads(text)
    return data
