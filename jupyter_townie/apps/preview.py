"""The trusted page around an app, and what is put at the head of the app's own pages."""

from __future__ import annotations

import html
import json
import re
import secrets
from functools import cache
from pathlib import Path

from . import vendored
from .capabilities import Capability
from .headers import SANDBOX, Headers
from .page import Rewriter

STATIC = Path(__file__).parent / "static"
PLATFORM = "_townie/"
"""Below a capability's path: what Townie answers itself, and no backend ever sees."""
SELF_TEST = PLATFORM + "self-test/..%2Fintact"
"""A proxy that takes the encoded slash apart would let an app's pages out of their path: it has to arrive as it is."""


@cache
def _text(name: str) -> str:
    return (STATIC / name).read_text(encoding="utf-8")


def wrapper(
    app: str, title: str, capability: Capability | None, *, api: str, problem: str = "", watched: bool = True
) -> tuple[str, Headers]:
    """The wrapper page and its headers.

    :param capability: the visitor's; without one the page first asks for it, with the origin that its browser sees.
    :param api: the path that mints capabilities.
    :param problem: why the app cannot be shown, if it cannot.
    :param watched: whether somebody sits before it, whose keyboard is to be kept: the page between is there for that.
    """
    nonce = secrets.token_urlsafe(16)
    values = {
        "nonce": nonce,
        "app": app,
        "title": title,
        "page": capability.prefix if capability else "",
        "origin": capability.origin if capability else "",
        "hello": capability.hello if capability else "",
        "api": api,
        "test": capability.prefix + SELF_TEST if capability else "",
        "problem": problem,
        "sandbox": SANDBOX,
    }
    between = _filled(_text("between.html").replace("@between@", _text("between.js")), values) if watched else ""
    text = _filled(_text("wrapper.html").replace("@script@", _text("wrapper.js")), {**values, "between": between})
    frame = capability.frames if capability else "'none'"
    policy = "; ".join(
        (
            "default-src 'none'",
            f"script-src 'nonce-{nonce}'",
            f"style-src 'nonce-{nonce}'",
            f"frame-src {frame}",
            # This page is Townie's own: it asks for a capability, and looks at what a proxy makes of the app's headers.
            "connect-src 'self'",
            "frame-ancestors 'self'",
            "base-uri 'none'",
            "form-action 'none'",
        )
    )
    return text, [("Content-Security-Policy", policy), *_OF_WRAPPERS]


def _filled(text: str, values: dict[str, str]) -> str:
    """In one pass, so that nothing is filled into what an app has chosen, such as its title."""
    return re.sub("@([a-z]+)@", lambda found: html.escape(values.get(found[1], found[0])), text)


_OF_WRAPPERS: Headers = [
    ("Content-Type", "text/html; charset=utf-8"),
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "no-referrer"),
    ("Cache-Control", "no-store"),
    ("X-DNS-Prefetch-Control", "off"),
]


def notice(text: str) -> tuple[str, Headers]:
    """A page that says one thing, in the place of an app, and its headers."""
    nonce = secrets.token_urlsafe(16)
    page = (
        '<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f'<title>{html.escape(text)}</title><style nonce="{nonce}">'
        "body { margin: 24px; font: 15px system-ui, sans-serif; color-scheme: light dark; }</style>"
        f'<main role="status">{html.escape(text)}</main></html>'
    )
    policy = (
        f"default-src 'none'; style-src 'nonce-{nonce}'; frame-ancestors 'self'; base-uri 'none'; form-action 'none'"
    )
    return page, [("Content-Security-Policy", policy), *_OF_WRAPPERS]


def rewriter(
    capability: Capability,
    *,
    view: str,
    document: str,
    draft: bool = False,
    local: dict[str, str] | None = None,
) -> Rewriter:
    """What an app's HTML goes through on its way to a page.

    :param view: the wrapper's path, where the page sends itself when it finds that it has none.
    :param document: names this load of the page in what it reports.
    :param draft: the page is being written at this moment.
    :param local: what the visitor's ``localStorage`` held.
    """
    config = {
        "prefix": capability.prefix,
        "view": view,
        "hello": capability.hello,
        "document": document,
        "draft": draft,
        "local": local or {},
        **capability.session_items,
        "visitor": capability.person,
    }
    source = html.escape(json.dumps(config, ensure_ascii=True, separators=(",", ":")))
    folder = capability.prefix + PLATFORM + "vendor/"
    head = (
        f'<script src="{capability.prefix}{PLATFORM}shim.js" crossorigin="anonymous" data-townie="{source}"></script>'
    )
    return Rewriter(
        head,
        capability.prefix,
        vendored.imports(folder),
        lambda url: vendored.in_place_of(url, folder),
        tells_cut=not draft,
        tells_lines=True,
    )
