"""Nothing that a model writes can act where it is shown."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, strategies as st
from markdown_it import MarkdownIt

from jupyter_townie.magic.untrusted import code_block, harmless_markdown, inline_code, plain

PIECES = [
    "<", ">", "script", "img src=x onerror=alert(1)", "</", "<!--", "`", "```", "~~~", "\n", "\n\n", "![", "[a](", ")",
    "javascript:", "JaVaScRiPt&colon;", "java\tscript:", "&#106;avascript:", "%6aavascript:", "data:text/html,",
    "vbscript:", "http://example.org", "[a]: ", "$", "$$", "\\(", "*", "**", "- ", "> ", "    ", "\\", "text", " ",
    "<svg/onload=1>", "<http://x>", "](<", "\x1b", "\u202e",
]  # fmt: skip
markdown_like = st.lists(st.sampled_from(PIECES), max_size=30).map("".join)


def live(markdown: str) -> list[str]:
    """What would act in a page that shows ``markdown`` as trusted: raw HTML, images, links to other than the web."""
    found = []
    for token in MarkdownIt("commonmark", {"html": True}).parse(markdown):
        if token.type == "html_block":
            found.append(token.content)
        for child in token.children or []:
            if child.type in ("html_inline", "image"):
                found.append(child.type)
            if child.type == "link_open":
                target = str(child.attrs["href"]).lower()
                # As a browser reads it: "%3ejavascript:" begins with no letter and is the name of a file.
                if re.match(r"[a-z][a-z0-9+.-]*:", target) and not target.startswith(("http:", "https:", "mailto:")):
                    found.append(target)
    return found


@given(markdown_like)
def test_no_prose_comes_alive(prose: str) -> None:
    assert live(harmless_markdown(prose)) == []


@given(markdown_like, markdown_like, markdown_like)
def test_no_prose_comes_alive_around_code(before: str, code: str, after: str) -> None:
    shown = f"{harmless_markdown(before)}\n\n{code_block(code, 'python')}\n\n{harmless_markdown(after)}"
    assert live(shown) == []


@given(markdown_like)
def test_code_is_one_block_whatever_it_holds(code: str) -> None:
    tokens = MarkdownIt("commonmark").parse(code_block(code, "python"))
    assert [token.type for token in tokens] == ["fence"]


@given(st.text())
def test_inline_code_stays_on_its_line(text: str) -> None:
    assert "\n" not in inline_code(text)
    assert live(inline_code(text)) == []


@pytest.mark.parametrize(
    "text",
    [
        "A **bold** word, `code`, a [link](https://example.org/a?b=c) and $x^2$.",
        "1. one\n2. two\n\n| a | b |\n| --- | --- |\n| 1 | 2 |",
        "a < b and b > c",
        "[mail](mailto:me@example.org) and [here](notes/a.md#part)",
        "日本語 и русский",
    ],
)
def test_ordinary_prose_is_left_alone(text: str) -> None:
    assert harmless_markdown(text) == text


def test_comparisons_in_mathematics_keep_their_meaning() -> None:
    assert harmless_markdown("$a<b$") == "$a< b$"


def test_a_terminal_gets_no_control_characters() -> None:
    assert plain("a\x1b[2Jb\x07c\td\n\x9be") == "a[2Jbc\td\ne"
