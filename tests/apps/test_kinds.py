"""The kinds of apps: their templates work, and requests are told apart."""

from __future__ import annotations

import ast
import json
from pathlib import Path

import pytest

from jupyter_townie import protocol as p
from jupyter_townie.apps.kinds import KINDS, asked_for, example, guide, template
from jupyter_townie.apps.manifest import Manifest
from jupyter_townie.edits import BlockEnded, ReplyParser

from .working import HOST, Workspace

AWKWARD = 'Ada\'s "first" <app> \\ {x}'
FOLDERS = [kind for kind in KINDS if template(kind, "x", "x")]


@pytest.mark.parametrize("kind", FOLDERS)
def test_template_reads_back_with_any_title(kind: p.AppKind, tmp_path: Path) -> None:
    for path, text in template(kind, AWKWARD, "ada").items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(text)
        assert "{{" not in text or path.endswith((".js", ".css"))
        if path.endswith(".py"):
            ast.parse(text)
        elif path.endswith(".ipynb"):
            json.loads(text)
        elif path.endswith(".html"):
            assert "<app>" not in text
    manifest = Manifest.read(tmp_path)
    assert (manifest.title, manifest.name, manifest.kind) == (AWKWARD, "ada", kind)


@pytest.mark.parametrize("kind", FOLDERS)
def test_data_of_an_app_is_not_committed(kind: p.AppKind) -> None:
    assert "data/" in template(kind, "x", "x")[".gitignore"].splitlines()


@pytest.mark.parametrize("kind", [kind for kind in FOLDERS if kind != "voila"])
def test_example_is_written_as_a_model_has_to_write_it(kind: p.AppKind) -> None:
    parser = ReplyParser()
    pieces = [*parser.feed(example(kind)), *parser.close()]
    blocks = [piece.text for piece in pieces if isinstance(piece, BlockEnded)]
    expected = template(kind, "Example", "example")
    del expected[".gitignore"]
    assert sorted(blocks) == sorted(text.rstrip("\n") for text in expected.values())
    assert blocks[0] == expected["townie.toml"].rstrip("\n")


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_has_a_short_guide(kind: p.AppKind) -> None:
    assert 50 < len(guide(kind)) < 1200


async def test_fullstack_template_keeps_notes(workspace: Workspace) -> None:
    app = await workspace.apps.create("fullstack", "Notes")
    workspace.apps.allow(app.id)
    pool = (await workspace.apps.endpoint(app.id)).pool
    status, page = await workspace.get(app)
    assert (status, "<h1>Notes</h1>" in page) == (200, True)
    for text, expected in (("Hello", 201), ("", 422)):
        sent = json.dumps({"text": text}).encode()
        answer = await pool.request("POST", "/api/notes", [*HOST, (b"content-type", b"application/json")], sent)
        [_ async for _ in answer.body()]
        assert answer.status == expected
    _, notes = await workspace.get(app, "/api/notes")
    assert [note["text"] for note in json.loads(notes)] == ["Hello"]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Make me a guest book that several people can use at once", "fullstack"),
        ("Build a snake game", "web"),
        ("I want a to-do app with a database", "fullstack"),
        ("Write a Streamlit dashboard of the penguins", "streamlit"),
        ("A gradio demo for the classifier", "gradio"),
        ("plotly dash, please, with a dropdown", "dash"),
        ("Use ipywidgets to explore df", "widgets"),
        ("Mach mir eine App für Notizen", "web"),
        ("メモのアプリを作って", "web"),
        ("Plot body mass by species", None),
        ("What does apply do?", None),
        ("Why is this web page so slow to download?", None),
        ("Create a table of dashes", None),
    ],
)
def test_request_for_an_app_is_told_from_others(text: str, kind: str | None) -> None:
    assert asked_for(text) == kind
