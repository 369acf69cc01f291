"""Looking only where a literal stands finds what looking everywhere finds, and costs little."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from jupyter_townie.context.literals import folded, required
from jupyter_townie.context.redaction import (
    _MAY_HOLD,
    LONGEST_LINE,
    SHORTEST,
    _detected,
    _Detector,
    _detectors,
    _pieces,
)

from .test_redaction import SECRETS


def everywhere(text: str) -> set[tuple[int, int, str]]:
    """Every pattern on every line that may hold a secret."""
    return {
        (offset + found.start(found.lastindex or 0), offset + found.end(found.lastindex or 0), detector.kind)
        for offset, piece in _pieces(text)
        if len(piece) >= SHORTEST and _MAY_HOLD.search(piece)
        for detector in _detectors()
        for found in detector.pattern.finditer(piece)
        if detector.accepts(found, piece)
    }


WORDS = [
    *SECRETS.values(), "password", "PASSWORD", "paſſword", "apı_key", "API_KEY", "Kelvin_TOKEN", "db_pwd", "secret",
    "İ", "'hunter22x'", '"correct-horse"', "hunter22x", "postgresql://bob:hunter22@db/x", "Server=db;",
    "User Id=sa;",
    "Authorization", "Bearer abcdef123456789", "auth=('bob', 'hunter22')", "12345678:" + "aB3dE" * 7, "AC" + "a1" * 16,
    "aws_key", "'" + "aB3dE5gH" * 5 + "'", "cloudant_key", "a1" * 32, "0" * 32 + "-us12", "SK" + "0f" * 16,
    "AKC" + "a" * 12,
    "=", " = ", ": ", ":", "'", '"', " ", ".", ";", "\n", "\r\n", "\u2028", "x", "df.mean()", "_", "[", "]", "é", "😀",
]  # fmt: skip
TEXTS = st.lists(st.sampled_from(WORDS) | st.text(max_size=8), max_size=40).map("".join)


@settings(max_examples=400, deadline=None)
@given(TEXTS)
def test_nothing_is_lost_by_looking_at_few_lines(text: str) -> None:
    assert set(_detected(text)) == everywhere(text)


@settings(max_examples=60, deadline=None)
@given(TEXTS, st.integers(-1_200, 200), st.sampled_from(["a", "é ", "key "]))
def test_nothing_is_lost_where_a_long_line_is_cut(text: str, shift: int, filling: str) -> None:
    long = (filling * LONGEST_LINE)[: LONGEST_LINE + shift] + text.replace("\n", "") + filling * 600
    assert set(_detected(long)) == everywhere(long)


@pytest.mark.parametrize("detector", _detectors(), ids=lambda detector: detector.kind)
def test_every_match_holds_a_literal_that_was_derived(detector: _Detector) -> None:
    @settings(max_examples=15, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(st.from_regex(detector.pattern, fullmatch=True))
    def check(match: str) -> None:
        where = folded(match) if detector.folds else match
        assert detector.literals is None or any(literal in where for literal in detector.literals)

    check()


@pytest.mark.parametrize(
    ("pattern", "literals"),
    [
        (r"abc\d+defg", {"defg"}),
        (r"(?:abc)?de", {"de"}),
        (r"(?:abc)+", {"abc"}),
        (r"(?:abc|de\d)x", {"abc", "de"}),
        (r"(?:abc|\d)", None),
        (r"a|bc", None),
        (r"(?i)ABC", {"abc"}),
        (r"(?i:abc)", None),
        (r"passw(?:or)?d|password_x", {"passw"}),
        (r"(?!abc)\w+", None),
    ],
)
def test_literals_of_a_pattern(pattern: str, literals: set[str] | None) -> None:
    assert required(re.compile(pattern)) == literals


def test_ordinary_code_is_read_in_a_third_of_the_time() -> None:
    text = "frame_12 = data['price'].groupby('month').mean()\n" * 4_000
    _detectors()
    started = time.perf_counter()
    slow = everywhere(text)
    between = time.perf_counter()
    fast = set(_detected(text))
    assert fast == slow
    assert 3 * (time.perf_counter() - between) < between - started
