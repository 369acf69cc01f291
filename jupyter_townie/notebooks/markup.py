"""HTML outputs as text: what a reader sees of them, with tables as rows.

The standard library's parser takes quadratic time on some broken input (minutes for 300 KB of ``<a <a <a``, Python
3.11), and a notebook's outputs are not to be trusted; so tags are found here by a scan that takes linear time.
"""

from __future__ import annotations

import re
from html import unescape

HTML_LIMIT = 400_000
"""Characters that are read; a longer document is cut there."""

_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9-]{0,30})[^<>]*>|<[!?][^<>]*>")
_SPACE = re.compile(r"[ \t\r\f\v\xa0]+")
_BLOCKS = frozenset(
    {
        "address",
        "article",
        "aside",
        "blockquote",
        "dd",
        "details",
        "div",
        "dl",
        "dt",
        "fieldset",
        "figcaption",
        "figure",
    }
    | {"footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "li", "main", "nav", "ol", "p", "pre"}
    | {"section", "summary", "table", "tbody", "tfoot", "thead", "ul", "br"}
)
_HIDDEN = frozenset({"script", "style", "template", "noscript", "svg", "head", "title"})


def text_of_html(html: str) -> str:
    """The readable text of an HTML fragment; cells of a table are separated by ``|``, scripts and styles left out."""
    html = html[:HTML_LIMIT]
    parts: list[str] = []
    at, first_cell, verbatim = 0, True, False
    while True:
        comment = html.startswith("<!--", at)
        if comment:
            end = html.find("-->", at)
            if end < 0:
                break
            at = end + 3
            continue
        tag = _TAG.match(html, at) if html.startswith("<", at) else None
        if tag is None:
            end = html.find("<", at + 1)
            text = unescape(html[at : end if end >= 0 else None])
            parts.append(text if verbatim else text.replace("\n", " "))
            if end < 0:
                break
            at = end
            continue
        at = tag.end()
        name = (tag.group(2) or "").lower()
        if name in _HIDDEN and not tag.group(1):
            # Up to its own end tag nothing is shown; without one, nothing any more.
            closing = re.compile(f"</{name}[^<>]*>", re.IGNORECASE).search(html, at)
            if closing is None:
                break
            at = closing.end()
        elif name == "tr":
            parts.append("\n")
            first_cell = True
        elif name in ("td", "th") and not tag.group(1):
            parts.append("" if first_cell else " | ")
            first_cell = False
        elif name in _BLOCKS:
            parts.append("\n")
            if name == "pre":
                verbatim = not tag.group(1)
    lines = (_SPACE.sub(" ", line).strip() for line in "".join(parts).split("\n"))
    return "\n".join(line for line in lines if line)
