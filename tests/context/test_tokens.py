"""The token estimate is near a real count, for any script."""

from __future__ import annotations

import pytest

from jupyter_townie.context.tokens import IMAGE_TOKENS, estimate_image_tokens, estimate_tokens
from jupyter_townie.protocol import Image

# Counts of the cl100k_base tokenizer, the last three as OpenAI's cookbook gives them.
KNOWN = [
    ("hello world", 2),
    ("antidisestablishmentarianism", 6),
    ("2 + 2 = 4", 7),
    ("お誕生日おめでとう", 9),
]


@pytest.mark.parametrize(("text", "tokens"), KNOWN)
def test_the_estimate_is_near_a_real_count(text: str, tokens: int) -> None:
    assert tokens * 0.4 <= estimate_tokens(text) <= tokens * 2.5


def test_nothing_is_no_tokens_and_anything_is_one() -> None:
    assert (estimate_tokens(""), estimate_tokens("a"), estimate_tokens("é")) == (0, 1, 1)


def test_an_image_costs_by_its_area() -> None:
    header = "iVBORw0KGgoAAAANSUhEUgAAAu4AAALuCAYAAAA="
    assert estimate_image_tokens(Image(mime="image/png", data=header)) == 750 * 750 // 750
    assert estimate_image_tokens(Image(mime="image/jpeg", data="/9j/")) == IMAGE_TOKENS
