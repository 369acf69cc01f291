"""Printed text made readable, in linear time and within its bounds."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, strategies as st

from jupyter_townie.kernels.printed import collapse_repeats, head_and_tail, overwrite, readable, strip_ansi


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b]8;;http://x\x07link\x1b]8;;\x07", "link"),
        ("\x1b[2K\x1b[1Adone", "done"),
        ("plain [31m", "plain [31m"),
    ],
)
def test_escape_sequences_are_gone(raw: str, shown: str) -> None:
    assert strip_ansi(raw) == shown


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("10%\r 50%\r100%\n", "100%\n"),
        ("abcdef\rXY", "XYcdef"),
        ("a\r\nb\r\n", "a\nb\n"),
        ("12\b\b34", "34"),
        ("loading \b\b\b\b\b\b\b\bready", "readyng "),
        ("done\r", "done"),
    ],
)
def test_overwritten_text_is_gone(raw: str, shown: str) -> None:
    assert overwrite(raw) == shown


def test_a_progress_bar_of_ten_thousand_steps_becomes_its_last_state() -> None:
    bar = "".join(f"\r{step / 100:.0f}%|{'#' * (step // 200)}| {step}/10000" for step in range(10_001))
    assert readable(bar) == "100%|" + "#" * 50 + "| 10000/10000"


def test_repeated_lines_are_told_once_with_their_number() -> None:
    assert collapse_repeats("start\n" + "tick\n" * 500 + "end") == "start\ntick\n[the line above 499 more times]\nend"


def test_repeated_blocks_are_told_once() -> None:
    warning = "x.py:3: UserWarning: old\n  warnings.warn('old')\n"
    assert collapse_repeats(warning * 30 + "end").split("\n")[2:] == ["[the 2 lines above 29 more times]", "end"]


def test_lines_that_differ_are_kept() -> None:
    text = "\n".join(f"epoch {n}" for n in range(20))
    assert collapse_repeats(text) == text


def test_head_and_tail_keeps_both_ends_and_says_what_is_missing() -> None:
    cut = head_and_tail("\n".join(f"line {n}" for n in range(10_000)), 1000)
    assert cut.startswith("line 0\n")
    assert cut.endswith("\nline 9999")
    assert "lines left out" in cut


@given(st.text(max_size=3000), st.integers(0, 3000))
def test_head_and_tail_never_exceeds_its_limit(text: str, limit: int) -> None:
    cut = head_and_tail(text, limit)
    assert len(cut.encode()) <= limit
    if len(text.encode("utf-8", "replace")) <= limit:
        assert cut == text.encode("utf-8", "replace").decode()


@given(st.text(st.sampled_from("ab\r\b\n\x1b[1m]"), max_size=200))
def test_what_is_readable_stays_as_it_is(text: str) -> None:
    once = readable(text)
    assert "\r" not in once
    assert strip_ansi(once) == once or "\x1b" not in once


@pytest.mark.parametrize(
    "unit", ["x\r", "\b", "a\b", "\x1b[", "\x1b]", "\x1b[0", "tick\n", "a\nb\na\nc\n", "\r\n", "x" * 50 + "\r"]
)
def test_time_is_linear(unit: str) -> None:
    def seconds(size: int) -> float:
        text = unit * (size // len(unit))
        began = time.perf_counter()
        readable(text)
        return time.perf_counter() - began

    seconds(1000)
    assert seconds(2_000_000) < 5
