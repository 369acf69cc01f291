"""HTML on its way to a browser: what is added, and that it does not matter in which pieces it comes."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, strategies as st

from jupyter_townie.apps import vendored
from jupyter_townie.apps.page import Rewriter

P = "/base/townie/apps/one/secret/"
MAP = '<script type="importmap">{"imports":{"preact":"/v/preact.js"}}</script>'


def rewritten(text: str, *, size: int = 10**9, imports: dict[str, str] | None = None) -> str:
    page = Rewriter("<SHIM>", P, imports, lambda url: vendored.in_place_of(url, "/v/"))
    return "".join(page.feed(text[at : at + size]) for at in range(0, len(text), size)) + page.close()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("<!doctype html><html><head><title>", "<!doctype html><html><head><SHIM><title>"),
        ("<!DOCTYPE html>\n<html lang=en>\n<body>", "<!DOCTYPE html>\n<html lang=en>\n<SHIM><body>"),
        ("<h1>Hi</h1>", "<SHIM><h1>Hi</h1>"),
        ("Hi", "<SHIM>Hi"),
        ("", "<SHIM>"),
        ("<!-- <head> --><head><b>", "<!-- <head> --><head><SHIM><b>"),
        ("<script>1</script><head>", "<SHIM><script>1</script><head>"),
        ("<!doctype html", "<SHIM><!doctype html"),
    ],
)
def test_shim_comes_before_anything_that_could_run(text: str, expected: str) -> None:
    assert rewritten(text) == expected


@pytest.mark.parametrize("size", [1, 7, 1000])
def test_script_within_the_page_has_its_line(size: int) -> None:
    text = "<!doctype html>\n<html>\n<head></head>\n<body><!--\n-->\n<script\ntype=module>a\nb</script>\n<script>\n"
    page = Rewriter("<SHIM>", P, tells_lines=True)
    got = "".join(page.feed(text[at : at + size]) for at in range(0, len(text), size)) + page.close()
    assert re.findall(r'<script data-townie-line="(\d+)"', got) == ["6", "9"]
    assert got.count("\n") == text.count("\n")
    assert "data-townie-line" not in rewritten(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("<script src=app.js>", '<script crossorigin="anonymous" src=app.js>'),
        ("<script src='/app.js' defer>", f'<script crossorigin="anonymous" src="{P}app.js" defer>'),
        ('<link rel=stylesheet href="/a.css"/>', f'<link crossorigin="anonymous" rel=stylesheet href="{P}a.css"/>'),
        ("<img src=a.png crossorigin=use-credentials>", "<img src=a.png crossorigin=use-credentials>"),
        ("<img src=//other.example/a.png>", "<img src=//other.example/a.png>"),
        ("<img src=https://other.example/a.png>", "<img src=https://other.example/a.png>"),
        ("<a href='/x?a=1&amp;b=2'>", f'<a href="{P}x?a=1&amp;b=2">'),
        (f"<a href='{P}x'>", f"<a href='{P}x'>"),
        ("<form action=/send>", f'<form action="{P}send">'),
        ("<p title=it's>x<img src=a>", '<p title=it\'s>x<img crossorigin="anonymous" src=a>'),
        ("<p data-x='<img src=a>'>", "<p data-x='<img src=a>'>"),
        ("<textarea><img src=a></textarea>", "<textarea><img src=a></textarea>"),
        ("<script>'<img src=/a>'</script>", "<script>'<img src=/a>'</script>"),
        ("<!-- <img src=/a> -->", "<!-- <img src=/a> -->"),
        ("a < b <img src=a>", 'a < b <img crossorigin="anonymous" src=a>'),
    ],
)
def test_own_files_are_loaded_so_that_their_errors_are_told(text: str, expected: str) -> None:
    assert rewritten("<head></head>" + text) == "<head><SHIM></head>" + expected


def test_library_of_a_public_host_is_taken_from_here_without_its_digest() -> None:
    tag = (
        '<script src="https://cdn.jsdelivr.net/npm/chart.js@4.4.0/dist/chart.umd.min.js" integrity="sha384-x"></script>'
    )
    assert rewritten("<head>" + tag).endswith('<script crossorigin="anonymous" src="/v/chart.global.js"></script>')


@pytest.mark.parametrize(
    ("url", "file"),
    [
        ("https://cdn.jsdelivr.net/npm/chart.js", "chart.global.js"),
        ("https://unpkg.com/react@18/umd/react.production.min.js", "react.global.js"),
        ("https://unpkg.com/react-dom@18.2.0/umd/react-dom.development.js", "react-dom.global.js"),
        ("https://cdnjs.cloudflare.com/ajax/libs/Chart.js/4.4.1/chart.umd.js", "chart.global.js"),
        ("https://esm.sh/preact@10.19.2", "preact.js"),
        ("https://esm.sh/preact@10/hooks", "preact-hooks.js"),
        ("https://esm.sh/htm/preact", "htm-preact.js"),
        ("https://cdn.jsdelivr.net/npm/@picocss/pico@2/css/pico.min.css", "pico.css"),
        ("https://cdn.jsdelivr.net/npm/@picocss/pico@2/css/pico.classless.min.css", "pico.classless.css"),
        ("https://cdn.jsdelivr.net/npm/d3@7", None),
        ("https://unpkg.com/chart.js/plugins/other.js", None),
        ("https://evil.example/npm/react", None),
    ],
)
def test_addresses_of_vendored_libraries_are_known(url: str, file: str | None) -> None:
    assert vendored.in_place_of(url, "/v/") == (f"/v/{file}" if file else None)
    assert file is None or (vendored.FOLDER / file).is_file()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("<head><script type=module>1</script>", f"<head><SHIM>{MAP}<script type=module>1</script>"),
        ("<head></head><body>", f"<head><SHIM>{MAP}</head><body>"),
        ("<h1>", f"<SHIM>{MAP}<h1>"),
        (
            '<head><script type="importmap">{"imports": {"a": "/a.js", "b": "https://esm.sh/preact"}}</script><body>',
            '<head><SHIM><script type="importmap">'
            f'{{"imports":{{"preact":"/v/preact.js","a":"{P}a.js","b":"/v/preact.js"}}}}</script><body>',
        ),
        (
            '<head><script type="importmap">{ broken</script>',
            '<head><SHIM><script type="importmap">{ broken</script>',
        ),
    ],
)
def test_there_is_one_import_map_before_the_first_module(text: str, expected: str) -> None:
    assert rewritten(text, imports={"preact": "/v/preact.js"}) == expected


TAGS = "<head>|<script|</script>|<script src=/a.js>|<!--|-->|<style>|</style>|<img src='/x'>|<body>|<title>|</title>"
MODULES = '<script type="importmap">|{"imports":{"a":"/b"}}|<script type=module>|</head>|<plaintext>|<!doctype html>'
PIECES = st.sampled_from([*"<>/!-\"'= a\né", *TAGS.split("|"), *MODULES.split("|")])


@given(st.lists(PIECES, max_size=30).map("".join), st.integers(1, 7))
def test_the_pieces_in_which_a_page_comes_make_no_difference(text: str, size: int) -> None:
    imports = {"preact": "/v/preact.js"}
    assert rewritten(text, size=size, imports=imports) == rewritten(text, imports=imports)


@given(st.lists(PIECES, max_size=30).map("".join))
def test_nothing_of_a_page_is_lost(text: str) -> None:
    page = Rewriter("", "/")
    out = page.feed(text) + page.close()
    assert out.replace(' crossorigin="anonymous"', "") == text
