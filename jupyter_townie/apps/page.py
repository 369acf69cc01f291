"""An app's HTML on its way to the browser: piece by piece, as it is written, with Townie's one line at its head.

What is added: one line right after ``<head>`` (so that the lines of the page keep their numbers), an import map for
the vendored libraries, and ``crossorigin`` where without it a browser withholds errors and pixels from a page
of an opaque origin. Paths from the root (``/app.js``) become paths of the app. Nothing here guards anything: that is
what the headers do.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable, Mapping
from typing import Any

_RAW = frozenset(("script", "style", "textarea", "title", "xmp", "iframe", "noembed", "noframes", "plaintext"))
"""Elements whose content holds no tags."""
_BEFORE_HEAD = frozenset(("html", "head"))
_IN_HEAD = frozenset(("script", "style", "link", "meta", "title", "base", "noscript", "template"))
_TAG = re.compile(r"<(/?)([a-zA-Z][^\s/>]*)")
_ATTRIBUTE = re.compile(r"""[\s/]*([^\s/>][^\s/>=]*)(?:\s*=\s*("[^"]*"|'[^']*'|[^\s"'>][^\s>]*))?""")
_INTEGRITY = re.compile(r"""\sintegrity\s*=\s*("[^"]*"|'[^']*'|[^\s>]+)""", re.IGNORECASE)
_COMMENT_END = re.compile(r"--!?>")
_URLS = frozenset(("src", "href", "action", "formaction", "poster", "data"))
_WITH_CORS = frozenset(("script", "link", "img"))
_OTHER_HOST = re.compile(r"\s*(?:[a-zA-Z][a-zA-Z0-9+.-]*:|//)")
MOST_HELD = 1_000_000
"""Characters of one tag, comment or import map; what is longer passes as it is."""
CUT_SCRIPT = "~townie:cut~"
"""The end of a script whose own end is missing. It begins with no character that could be the end of a ``</script``."""


class Rewriter:
    """Rewrites one document. :meth:`feed` it pieces of any size and send on what it gives back.

    :param head: the markup that goes first into the document; a single line.
    :param prefix: the path of the app's pages, with a trailing slash.
    :param imports: bare module names and their URLs.
    :param vendored: the URL that a script or stylesheet of another host is to be replaced by, if there is one.
    :param tells_cut: whether a document that ends in the middle of something is to report that as its error.
    :param tells_lines: whether scripts within the page get their line as ``data-townie-line``, which the shim takes
        away: one that never ends can not be asked where it is.
    """

    def __init__(
        self,
        head: str,
        prefix: str,
        imports: Mapping[str, str] | None = None,
        vendored: Callable[[str], str | None] | None = None,
        *,
        tells_cut: bool = False,
        tells_lines: bool = False,
    ) -> None:
        self._head: str | None = head
        self._line = 1 if tells_lines else None
        self._tells_cut = tells_cut
        self._prefix = prefix
        self._imports = dict(imports or {})
        self._vendored = vendored or (lambda url: None)
        self._held = ""
        self._raw = ""
        self._map_open = False

    def feed(self, text: str) -> str:
        """What may be sent of the document so far; the rest of an open tag waits for its end."""
        self._held += text
        sent: list[str] = []
        while self._held:
            held = self._held
            used, piece = self._raw_text() if self._raw else self._next()
            if not used and len(held) > MOST_HELD:
                used, piece = len(held), held
            if not used:
                break
            self._held = held[used:]
            if self._line is not None:
                self._line += held.count("\n", 0, used)
            sent.append(piece)
        return "".join(sent)

    def close(self) -> str:
        """The end of the document: what was held back, as it is, and word of it where the end is missing."""
        rest, self._held = self._held, ""
        return self._first() + rest + self._cut(rest)

    def _cut(self, rest: str) -> str:
        """What tells that the document was cut off: browsers leave out what is not finished without a word."""
        if not self._tells_cut or self._raw == "plaintext":
            return ""
        if self._raw == "script":
            # Closed, it would run as far as it goes. It stays open, so that no browser runs it, and the shim tells it.
            return CUT_SCRIPT
        if self._raw:
            within, closing = f"<{self._raw}>", f"</{self._raw}>"
        elif rest.startswith("<!--"):
            within, closing = "a comment", "-->"
        elif _TAG.match(rest):
            # An attribute's quote may be open, either of them.
            within, closing = "a tag", "\"'>"
        else:
            return ""
        message = f"The page ends in the middle of {within}: the rest of it is missing."
        return f"{closing}<script>reportError(new SyntaxError({_json(message)}))</script>"

    def _next(self) -> tuple[int, str]:
        """How much of what is held is one piece, and what it becomes; 0 when its end is not there yet."""
        text = self._held
        if text[0] != "<":
            end = text.find("<")
            end = len(text) if end < 0 else end
            piece = text[:end]
            # White space and a byte order mark come before the head without being content.
            content = piece.lstrip("\ufeff \t\r\n\f")
            return end, piece[: len(piece) - len(content)] + (self._first() if content else "") + content
        if len(text) < 4 and "<!--".startswith(text):
            return 0, ""
        if text.startswith("<!--"):
            return self._comment(text)
        if text[1] in "!?" or (text[1] == "/" and not _letter(text[2:3])):
            end = text.find(">") + 1
            return end, text[:end]
        tag = _TAG.match(text)
        if tag is None:
            return 1, self._first() + "<"
        end = _tag_end(text, tag.end())
        return (end, self._tag(text[:end], tag)) if end else (0, "")

    def _comment(self, text: str) -> tuple[int, str]:
        if text.startswith(("<!-->", "<!--->")):
            end = text.index(">") + 1
            return end, text[:end]
        found = _COMMENT_END.search(text, 4)
        return (found.end(), text[: found.end()]) if found else (0, "")

    def _tag(self, text: str, tag: re.Match[str]) -> str:
        closes, name = bool(tag[1]), tag[2].lower()
        if closes:
            return (self._first() + self._map() if name in ("head", "body", "html") else "") + text
        if name in _BEFORE_HEAD:
            return text + (self._first() if name == "head" else "")
        if name in _RAW:
            self._raw = name
        before = self._first()
        attributes = {
            found[1].lower(): _value(found[2]) for found in _ATTRIBUTE.finditer(text, tag.end(), len(text) - 1)
        }
        kind = attributes.get("type", "").strip().lower()
        if name == "script" and kind == "importmap" and "src" not in attributes:
            self._map_open = True
        elif name not in _IN_HEAD or kind == "module" or attributes.get("rel", "").lower() == "modulepreload":
            before += self._map()
        return before + self._attributes(text, tag, name, attributes)

    def _attributes(self, text: str, tag: re.Match[str], name: str, attributes: Mapping[str, str]) -> str:
        other_host = replaced = False

        def changed(found: re.Match[str]) -> str:
            nonlocal other_host, replaced
            key = found[1].lower()
            if found[2] is None or key not in _URLS:
                return found[0]
            url = _value(found[2])
            if url.startswith("/") and not url.startswith("//"):
                if url.startswith(self._prefix):
                    return found[0]
                url = self._rooted(url)
            elif _OTHER_HOST.match(url):
                vendored = self._vendored(url) if name in ("script", "link") else None
                if vendored is None:
                    other_host = True
                    return found[0]
                url, replaced = vendored, True
            else:
                return found[0]
            return found[0][: found.start(2) - found.start()] + f'"{html.escape(url)}"'

        inside = _ATTRIBUTE.sub(changed, text[tag.end() : -1])
        if replaced:
            # The other host's file had this digest; ours is of another build.
            inside = _INTEGRITY.sub("", inside)
        loads = ("href" if name == "link" else "src") in attributes
        if name in _WITH_CORS and loads and not other_host and "crossorigin" not in attributes:
            inside = ' crossorigin="anonymous"' + inside
        if name == "script" and not loads and self._line is not None:
            inside = f' data-townie-line="{self._line}"' + inside
        return tag[0] + inside + ">"

    def _rooted(self, url: Any) -> Any:
        """A path from the root as one of the app; a library's address on a public host as ours."""
        if not isinstance(url, str):
            return url
        if url.startswith("/") and not url.startswith(("//", self._prefix)):
            return self._prefix + url[1:]
        return self._vendored(url) or url

    def _raw_text(self) -> tuple[int, str]:
        """What is inside of a script, a style, or another element without tags."""
        text, name = self._held, self._raw
        if name == "plaintext":
            return len(text), text
        found = re.search(rf"</{name}(?=[\s/>])", text, re.IGNORECASE)
        if found is None:
            if self._map_open:
                return 0, ""
            # The beginning of the end tag may be the end of what has come so far.
            keep = text.rfind("<", max(0, len(text) - len(name) - 2))
            end = keep if keep >= 0 and f"</{name}".startswith(text[keep:].lower()) else len(text)
            return end, text[:end]
        self._raw = ""
        end = found.start()
        if self._map_open:
            self._map_open = False
            return (end, self._merged(text[:end])) if end else self._next()
        return (end, text[:end]) if end else self._next()

    def _first(self) -> str:
        head, self._head = self._head, None
        return head or ""

    def _map(self) -> str:
        """The import map, once, and before the first module that may need it."""
        imports, self._imports = self._imports, {}
        return f'<script type="importmap">{_json({"imports": imports})}</script>' if imports else ""

    def _merged(self, text: str) -> str:
        """The page's own import map with ours in it: not all browsers take two."""
        imports, self._imports = self._imports, {}
        try:
            own = json.loads(text)
            listed = {name: self._rooted(url) for name, url in own.get("imports", {}).items()}
        except (ValueError, TypeError, AttributeError):
            return text
        own["imports"] = {**imports, **listed}
        return _json(own)


def _letter(text: str) -> bool:
    return bool(text) and text.isascii() and text.isalpha()


def _value(quoted: str | None) -> str:
    if not quoted:
        return ""
    return html.unescape(quoted[1:-1] if quoted[0] in "\"'" else quoted).strip()


def _tag_end(text: str, start: int) -> int:
    """Where a tag ends, after its ``>``; 0 when it does not yet.  A quote opens a value only after an equals sign."""
    position, after_equals = start, False
    while position < len(text):
        letter = text[position]
        if letter == ">":
            return position + 1
        if after_equals and letter in "\"'":
            closing = text.find(letter, position + 1)
            if closing < 0:
                return 0
            position, after_equals = closing + 1, False
            continue
        if letter == "=":
            after_equals = True
        elif not letter.isspace():
            after_equals = False
        position += 1
    return 0


def _json(value: object) -> str:
    return json.dumps(value, separators=(",", ":")).replace("<", "\\u003c")
