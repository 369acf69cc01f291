"""What is known of each model: its limits, its prices, and which kind of edit it writes best.

The figures are data, in ``profiles.json``; prices change, so a configuration can override any of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

EditForm = Literal["whole", "diff", "search_replace", "v4a"]


@dataclass(frozen=True, slots=True)
class Prices:
    """US dollars for a million tokens."""

    input: float
    output: float
    cache_read: float
    cache_write: float


@dataclass(frozen=True, slots=True)
class Profile:
    """One model of one provider.  ``window`` and ``max_output`` are in tokens."""

    provider: str
    name: str
    label: str
    window: int
    max_output: int
    prices: Prices | None = None
    edit_form: EditForm = "search_replace"
    tools: bool = True
    vision: bool = False
    prediction: bool = False
    thinking: bool = False

    @property
    def id(self) -> str:
        """``provider/model``."""
        return f"{self.provider}/{self.name}"

    def cost(self, input: int, output: int, cache_read: int, cache_write: int) -> float | None:
        """US dollars for these numbers of tokens; None without prices."""
        prices = self.prices
        if prices is None:
            return None
        total = (
            input * prices.input
            + output * prices.output
            + cache_read * prices.cache_read
            + cache_write * prices.cache_write
        )
        return total / 1_000_000
