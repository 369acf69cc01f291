"""Makes the text of a model harmless where it is shown.

A notebook renders the Markdown of a cell that was just run as trusted: raw HTML in it would run as the user, and an
image of another host would carry data away as soon as it is shown.
"""

from __future__ import annotations

import html
import re
from urllib.parse import unquote

_TAG = re.compile(r"<(?=[A-Za-z/!?])")
_TARGET = re.compile(r"\](?P<open>\(\s*<?|:\s*<?)(?P<target>[^\s)>]*)")
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:", re.IGNORECASE)
_SAFE_SCHEMES = ("http:", "https:", "mailto:")
_FENCE = re.compile(r"^([ \t>*+\-\d.]*)(`{3,}|~{3,})", re.MULTILINE)
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")

WORD_JOINER = "\u2060"
"""Invisible; after ``<`` it keeps HTML from seeing a tag (WHATWG HTML, 13.2.5.6, "tag open state")."""


def harmless_markdown(prose: str) -> str:
    """Prose of a model as Markdown without raw HTML, images, code fences, and links to anything but the web.

    It does not rest on parsing Markdown as the page will: the replacements hold in text, code and mathematics alike.
    """
    text = _CONTROL.sub("", prose)
    # Mathematics is taken out before Markdown is read, and a word joiner is not mathematics.
    text = _TAG.sub("< " if "$" in text or "\\(" in text or "\\[" in text else f"<{WORD_JOINER}", text)
    text = text.replace("![", "&#33;[")
    text = _TARGET.sub(_checked, text)
    return _FENCE.sub(lambda match: match[1] + "&#96;" * len(match[2]), text)


def code_block(code: str, language: str = "") -> str:
    """Code as a fenced block that nothing in the code can close."""
    longest = max((len(run) for run in re.findall(r"`+", code)), default=0)
    fence = "`" * max(3, longest + 1)
    info = re.sub(r"[^\w+#.-]", "", language)
    return f"{fence}{info}\n{_CONTROL.sub('', code)}\n{fence}"


def inline_code(text: str) -> str:
    """A short text of unknown origin as inline code on one line."""
    line = " ".join(_CONTROL.sub("", text).replace("`", "'").split())
    return f"`{_TAG.sub(f'<{WORD_JOINER}', line)}`" if line else ""


def plain(text: str) -> str:
    """Text for a terminal, without escape sequences and other control characters."""
    return _CONTROL.sub("", text)


def _checked(match: re.Match[str]) -> str:
    target = match["target"]
    for _ in range(3):
        target = unquote(html.unescape(target)).replace("\\", "")
    target = re.sub(r"[\s\x00-\x20\u00a0\u200b-\u200f\u2060\ufeff]", "", target)
    scheme = _SCHEME.match(target)
    if scheme is None or scheme[0].lower() in _SAFE_SCHEMES:
        return match[0]
    return "]&#8203;" + match[0][1:]
