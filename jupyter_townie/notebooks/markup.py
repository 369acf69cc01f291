"""HTML outputs as text: what a reader sees of them, with tables as rows."""

from __future__ import annotations

import re
from html.parser import HTMLParser

HTML_LIMIT = 400_000
"""Characters that are parsed; a longer document is cut there."""

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
    | {"section", "summary", "table", "tbody", "tfoot", "thead", "tr", "ul"}
)
_HIDDEN = frozenset({"script", "style", "template", "noscript", "svg", "head"})


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self.hidden = 0
        self.row = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _HIDDEN:
            self.hidden += 1
        elif tag == "tr":
            self.parts.append("\n")
            self.row = True
        elif tag in ("td", "th"):
            self.parts.append("" if self.row else " | ")
            self.row = False
        elif tag == "br" or tag in _BLOCKS:
            self.parts.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in _HIDDEN:
            self.hidden = max(0, self.hidden - 1)
        elif tag in _BLOCKS:
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        if not self.hidden and data:
            self.parts.append(data if data.strip() else " ")


def text_of_html(html: str) -> str:
    """The readable text of an HTML fragment; cells of a table are separated by ``|``, scripts and styles left out."""
    reader = _Reader()
    reader.feed(html[:HTML_LIMIT])
    reader.close()
    lines = (re.sub(r"[ \t\r\f\v\xa0]+", " ", line).strip() for line in "".join(reader.parts).split("\n"))
    return "\n".join(line for line in lines if line)
