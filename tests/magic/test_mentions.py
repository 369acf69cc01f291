"""Only an explicit ``@name`` is a mention."""

from __future__ import annotations

import pytest

from jupyter_townie.magic.mentions import mentions, split_known


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("what is wrong with @df?", ["df"]),
        ("join @left with @right, then @left again", ["left", "right"]),
        ("(@größe)", ["größe"]),
        ("@df\nsecond line", ["df"]),
        ("write to me@example.org", []),
        ("the product a@b and a @b", ["b"]),
        ("the version @2 of it", []),
        ("use `@property` here", []),
        ("df is not mentioned", []),
    ],
)
def test_which_names_are_mentioned(text: str, names: list[str]) -> None:
    assert mentions(text) == names


@pytest.mark.parametrize(
    "code",
    [
        "@cache\ndef f(): ...",
        "@app.route('/')\n@login\nasync def page(): ...",
        "  @dataclass(frozen=True)\n  class A: ...",
        "```python\n@df\n```",
        "~~~\n@df\n",
    ],
)
def test_code_mentions_nothing(code: str) -> None:
    assert mentions("Explain this:\n" + code) == []


def test_a_name_after_a_fence_counts() -> None:
    assert mentions("```\n@a\n```\nand @b") == ["b"]


def test_names_are_split_by_whether_they_exist() -> None:
    assert split_known(["df", "dff"], {"df": 1}) == (["df"], ["dff"])
