"""An answer that repeats itself."""

from __future__ import annotations

import pytest

from jupyter_townie.threads.repetition import LENGTH, Repetition


def _stopped_after(text: str, piece: int = 7) -> int | None:
    repetition = Repetition()
    for at in range(0, len(text), piece):
        if repetition.seen(text[at : at + piece]):
            return at + piece
    return None


@pytest.mark.parametrize("passage", ["\n", "I am a helpful assistant. ", "x = x + 1\nprint(x)\n", "ab" * 80 + "c"])
def test_model_that_only_repeats_itself_is_stopped_soon(passage: str) -> None:
    after = _stopped_after("The answer begins well. " + passage * 9000)
    assert after is not None
    assert after < 2 * LENGTH


@pytest.mark.parametrize(
    "text",
    [
        "\n".join(f"{n}. step {n}" for n in range(2000)),
        "[" + "0, " * 600 + "]\n" + "\n".join(f"row{n} = {n * n}" for n in range(900)),
        "| a | b |\n|---|---|\n" + "".join(f"| 0 | {n % 97} |\n" for n in range(900)),
    ],
)
def test_lists_tables_and_short_runs_are_no_repetition(text: str) -> None:
    assert _stopped_after(text) is None
