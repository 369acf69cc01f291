"""The libraries that come with Townie, so that apps work without a network and load nothing from other hosts."""

from __future__ import annotations

import re
from pathlib import Path

FOLDER = Path(__file__).parent / "static" / "vendor"

MODULES = {
    "preact": "preact.js",
    "preact/hooks": "preact-hooks.js",
    "htm": "htm.js",
    "htm/preact": "htm-preact.js",
    "htm/react": "htm-react.js",
    "react": "react.js",
    "react-dom": "react-dom.js",
    "react-dom/client": "react-dom.js",
    "chart.js": "chart.js",
    "chart.js/auto": "chart.js",
}
"""What ``import`` finds by a bare name."""

_GLOBALS = {
    "preact": "preact.global.js",
    "htm": "htm.global.js",
    "react": "react.global.js",
    "react-dom": "react-dom.global.js",
    "chart.js": "chart.global.js",
    "chartjs": "chart.global.js",
}
_STYLES = {"pico": "pico.css", "pico.classless": "pico.classless.css"}

_HOSTS = re.compile(
    r"(?:https?:)?//(?:cdn\.jsdelivr\.net/npm|unpkg\.com|esm\.sh|esm\.run|cdn\.skypack\.dev|ga\.jspm\.io/npm:"
    r"|cdnjs\.cloudflare\.com/ajax/libs)/(?P<rest>[^?#]+)",
    re.IGNORECASE,
)


def imports(folder: str) -> dict[str, str]:
    """The import map's entries.

    :param folder: the URL of the vendored files, with a trailing slash.
    """
    return {name: folder + file for name, file in MODULES.items()}


def in_place_of(url: str, folder: str) -> str | None:
    """The vendored file that does the same as a library's URL on a public host, or None.

    Models write such addresses from habit; apps may not load from other hosts, so they are answered from here.
    """
    found = _HOSTS.match(url.strip())
    if found is None:
        return None
    host = url.strip().lower()
    rest = re.sub(r"@[^/]+", "", found["rest"].lstrip("@")) if not found["rest"].startswith("@") else found["rest"]
    if rest.startswith("@picocss/pico") or rest.startswith("pico"):
        if not rest.endswith(".css"):
            return folder + _STYLES["pico"]
        return folder + _STYLES["pico.classless" if "classless" in rest else "pico"]
    rest = rest.rstrip("/")
    as_module = "esm." in host or "skypack" in host or "jspm" in host or "+esm" in rest or "module" in rest
    rest = rest.removesuffix("/+esm")
    for name in sorted(MODULES, key=len, reverse=True):
        if rest == name or (as_module and rest.startswith(name + "/dist")):
            if as_module:
                return folder + MODULES[name]
            break
    package = rest.split("/")[0].lower()
    file = _GLOBALS.get(package)
    if file is None:
        return None
    # Parts of a package that are not vendored stay with their host, which then says what is missing.
    inside = rest.split("/", 1)[1] if "/" in rest else ""
    if inside and not re.search(r"(?:^|/)(?:react|react-dom|preact|htm|chart)[\w.-]*\.js$", inside, re.IGNORECASE):
        return None
    return folder + (MODULES[package] if as_module and package in MODULES else file)
