"""How the beginning of an answer that goes on is joined to where the one before it was cut off."""

from __future__ import annotations

import pytest

from jupyter_townie import protocol as p
from jupyter_townie.threads.joining import Joint, OpenPart

CELL = "a = 1\nb = a + 41\nprint(b)\n"
WHOLE = "```python cell=new\n" + CELL + "```\n\nDone."


def joined(
    before: str, answer: str, *, kind: str = "code", language: str = "python", size: int = 1
) -> tuple[bool, str]:
    started = p.PartStarted(seq=1, time=0, turn="t", part=0, kind=kind, language=language, fence="```")  # type: ignore[arg-type]
    joint = Joint(OpenPart(started, before, None))
    decided, at = None, 0
    while decided is None and at < len(answer):
        decided = joint.add(answer[at : at + size])
        at += size
    goes_on, text = decided or joint.end() or (True, "")
    return goes_on, text + answer[at:]


@pytest.mark.parametrize("size", [1, 7, 1000])
@pytest.mark.parametrize("cut", range(len(CELL)))
@pytest.mark.parametrize("manner", ["exactly", "exactly, after its fence", "from the beginning"])
def test_wherever_it_was_cut_the_block_comes_to_the_same(cut: int, manner: str, size: int) -> None:
    rest = CELL[cut:] + "```\n\nDone."
    answer = {
        "exactly": rest,
        "exactly, after its fence": "```python\n" + rest,
        "from the beginning": WHOLE,
    }[manner]
    goes_on, text = joined(CELL[:cut], answer, size=size)
    assert goes_on
    assert CELL[:cut] + text == CELL + "```\n\nDone."


@pytest.mark.parametrize(
    ("before", "answer", "together"),
    [
        ("x = [1,\n     2", ",\n     3]\n```\n", "x = [1,\n     2,\n     3]\n```\n"),
        # The unfinished line is begun anew, with its blanks or without.
        ("def f():\n    return 4", "    return 42\n```\n", "def f():\n    return 42\n```\n"),
        ("def f():\n    return 4", "return 42\n```\n", "def f():\n    return 42\n```\n"),
        ("def f():\n    return 4", "```python\n    return 42\n```\n", "def f():\n    return 42\n```\n"),
        # The last whole line once more.
        (
            "import os\nprint(os.name)\n",
            "```python\nprint(os.name)\nx = 1\n```\n",
            "import os\nprint(os.name)\nx = 1\n```\n",
        ),
        # A word before it.
        ("a = 1\nb =", "Here is the rest of the cell:\n\n```python\nb = 2\n```\nDone.", "a = 1\nb = 2\n```\nDone."),
        ("a = 1\n", "Continuing where I stopped.\n```python\nb = 2\n```\n", "a = 1\nb = 2\n```\n"),
        # It was whole, and only has to be closed.
        ("a = 1", "```\n\nDone.", "a = 1\n```\n\nDone."),
        ("a = 1\n", "```\n\nDone.", "a = 1\n```\n\nDone."),
        # What looks like it, and is not.
        ("x = 1\nelse_", "else = 2\n```\n", "x = 1\nelse_else = 2\n```\n"),
        ("s = '''\n", "Dear all,\nthis is it.\n'''\n```\n", "s = '''\nDear all,\nthis is it.\n'''\n```\n"),
        ("if a:\n    pass\n", "else:\n    pass\n```\n", "if a:\n    pass\nelse:\n    pass\n```\n"),
    ],
)
def test_however_it_begins_again(before: str, answer: str, together: str) -> None:
    for size in (1, 5, 1000):
        goes_on, text = joined(before, answer, size=size)
        assert goes_on
        assert before + text == together


def test_other_words_from_the_beginning_are_an_answer_of_their_own() -> None:
    answer = "```python cell=new\na = 1\nb = 2\n```\n"
    assert joined("a = 1\nb = a +", answer) == (False, answer)


def test_prose_goes_on_at_once() -> None:
    assert joined("one two thre", "e four", kind="prose") == (True, "e four")


def test_markdown_may_hold_code() -> None:
    answer = "```python\nx = 1\n```\n\nso much for that\n```\n"
    assert joined("# Title\n\n", answer, language="markdown") == (True, answer)
