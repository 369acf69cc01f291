r"""Copy the libraries that apps can use without a network from npm packages into the package.

    npm install --prefix FOLDER --ignore-scripts preact@10.27.2 htm@3.1.1 react@18.3.1 react-dom@18.3.1 \
        chart.js@4.5.1 @picocss/pico@2.1.1 @zumer/snapdom@3.1.1 dom-accessibility-api@0.7.1 esbuild@0.28.2
    python scripts/vendor_libraries.py FOLDER/node_modules

Only builds that browsers run as they are, with their licences. Where a package has no module build, a module of a few
lines runs the classic one and exports its parts. What a page needs to tell how it looks is in a folder of its own,
because exported apps do without it.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

STATIC = Path(__file__).parents[1] / "jupyter_townie" / "apps" / "static"
TARGET = STATIC / "vendor"
LOOK = STATIC / "look"

COPIED = {
    "preact.js": "preact/dist/preact.module.js",
    "preact-hooks.js": "preact/hooks/dist/hooks.module.js",
    "preact.global.js": "preact/dist/preact.umd.js",
    "htm.js": "htm/dist/htm.module.js",
    "htm.global.js": "htm/dist/htm.umd.js",
    "react.global.js": "react/umd/react.production.min.js",
    "react-dom.global.js": "react-dom/umd/react-dom.production.min.js",
    "chart.global.js": "chart.js/dist/chart.umd.min.js",
    "pico.css": "@picocss/pico/css/pico.min.css",
    "pico.classless.css": "@picocss/pico/css/pico.classless.min.css",
}
LICENCES = {
    "preact": "preact/LICENSE",
    "htm": "htm/LICENSE",
    "react": "react/LICENSE",
    "chart.js": "chart.js/LICENSE.md",
    "pico": "@picocss/pico/LICENSE.md",
}
MODULES = {
    "htm-preact.js": 'import{h}from"preact";import htm from"htm";export*from"preact";export const html=htm.bind(h);\n',
    "htm-react.js": 'import{createElement as h}from"react";import htm from"htm";export const html=htm.bind(h);\n',
}
GLOBALS = {"react": ("React", "react"), "react-dom": ("ReactDOM", "react-dom"), "chart": ("Chart", "chart.js")}


def written(target: Path, names: dict[str, str], modules: Path) -> None:
    """Copy files, without what they say of source maps that are not here."""
    target.mkdir(parents=True, exist_ok=True)
    for name, source in names.items():
        text = (modules / source).read_text(encoding="utf-8")
        lines = [line for line in text.splitlines() if "sourceMappingURL=" not in line or len(line) > 300]
        text = "\n".join(line.split("//# sourceMappingURL=")[0] for line in lines) + "\n"
        (target / name).write_text(text, encoding="utf-8", newline="\n")


def look(modules: Path) -> None:
    """What draws a page and reads its roles; the latter comes as many small modules, which are made one."""
    written(LOOK, {"snapdom.js": "@zumer/snapdom/dist/snapdom.mjs"}, modules)
    bundle = ["--bundle", "--format=esm", "--minify", "--target=es2020", f"--outfile={LOOK / 'accessibility.js'}"]
    entry = modules / "dom-accessibility-api" / "dist" / "index.mjs"
    subprocess.run([modules / ".bin" / "esbuild", entry, *bundle, "--log-level=warning"], check=True)
    licences = {"snapdom": "@zumer/snapdom/LICENSE", "accessibility": "dom-accessibility-api/LICENSE.md"}
    for name, source in licences.items():
        (LOOK / f"{name}.LICENSE.txt").write_text((modules / source).read_text(encoding="utf-8"), encoding="utf-8")
    versions(LOOK, modules, ("@zumer/snapdom", "dom-accessibility-api"))


def versions(target: Path, modules: Path, packages: tuple[str, ...]) -> None:
    found = {
        package: json.loads((modules / package / "package.json").read_text(encoding="utf-8"))["version"]
        for package in packages
    }
    (target / "versions.json").write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")


def exported(modules: Path, package: str) -> list[str]:
    """The names that a package exports, as Node sees them."""
    script = "import(process.argv[1]).then(m=>console.log(JSON.stringify(Object.keys(m.default??m))))"
    entry = modules / package / ("dist/chart.cjs" if package == "chart.js" else "index.js")
    out = subprocess.run(["node", "-e", script, str(entry)], check=True, capture_output=True, text=True).stdout
    return [name for name in json.loads(out) if name.isidentifier() and not name.startswith("__") and name != "default"]


def main() -> None:
    modules = Path(sys.argv[1]).resolve()
    look(modules)
    written(TARGET, COPIED, modules)
    for name, text in MODULES.items():
        (TARGET / name).write_text(text, encoding="utf-8", newline="\n")
    for name, (variable, package) in GLOBALS.items():
        names = exported(modules, package)
        before = 'import"react";' if name == "react-dom" else ""
        whole = f"globalThis.{variable}"
        text = f'{before}import"./{name}.global.js";const all={whole};export default all;\n'
        held = [one for one in names if one != variable]
        text += f"export const {{{','.join(held)}}}=all;\n"
        if name == "chart":
            text += "export const Chart=all;\n"
        (TARGET / f"{name}.js").write_text(text, encoding="utf-8", newline="\n")
    for name, source in LICENCES.items():
        (TARGET / f"{name}.LICENSE.txt").write_text((modules / source).read_text(encoding="utf-8"), encoding="utf-8")
    versions(TARGET, modules, ("preact", "htm", "react", "react-dom", "chart.js", "@picocss/pico"))


if __name__ == "__main__":
    main()
