"""Outputs as text, images and an error."""

from __future__ import annotations

import base64
import io
import time
from typing import Any

import pytest
from hypothesis import given, strategies as st
from PIL import Image as Pillow

from jupyter_townie.kernels.images import png_size
from jupyter_townie.notebooks.outputs import TEXT_LIMIT, TRACEBACK_LIMIT, plain


def stream(text: Any, name: str = "stdout") -> dict[str, Any]:
    return {"output_type": "stream", "name": name, "text": text}


def display(**data: Any) -> dict[str, Any]:
    return {
        "output_type": "display_data",
        "metadata": {},
        "data": {key.replace("__", "/"): value for key, value in data.items()},
    }


def picture(width: int, height: int, form: str = "PNG") -> str:
    target = io.BytesIO()
    Pillow.new("RGB", (width, height), "red").save(target, form)
    return base64.b64encode(target.getvalue()).decode()


def test_streams_may_be_stored_as_lists_of_lines() -> None:
    assert plain([stream(["a\n", "b\n"])]).text == "a\nb"


def test_text_is_preferred_over_html() -> None:
    shown = plain([display(text__html="<table></table>", text__plain="   a\n0  1")])
    assert shown.text == "   a\n0  1"


def test_a_mere_object_address_gives_way_to_html() -> None:
    html = "<table><tr><th>a</th><th>b</th></tr><tr><td>1</td><td>2</td></tr></table><script>evil()</script>"
    shown = plain([display(text__html=html, text__plain="<IPython.core.display.HTML object>")])
    assert shown.text == "a | b\n1 | 2"


def test_markdown_is_preferred_over_html() -> None:
    assert plain([display(text__html="<b>x</b>", text__markdown="**x**")]).text == "**x**"


def test_an_output_without_text_is_named() -> None:
    data = {"application/vnd.plotly.v1+json": {"data": []}}
    shown = plain([{"output_type": "display_data", "data": data, "metadata": {}}])
    assert shown.text == "[output of type application/vnd.plotly.v1+json]"


def test_an_image_is_kept_whole() -> None:
    data = picture(20, 10)
    (image,) = plain([display(image__png=data, text__plain="<Figure>")]).images
    assert (image.mime, image.data) == ("image/png", data)


def test_a_large_image_is_made_smaller_and_stays_an_image() -> None:
    (image,) = plain([display(image__png=picture(4000, 2000))]).images
    assert png_size(image.data) == (1568, 784)
    Pillow.open(io.BytesIO(base64.b64decode(image.data))).load()


@pytest.mark.parametrize("data", ["not base64 %%%", "", "aGVsbG8=", picture(20, 10)[:40], picture(20, 10)[:60]])
def test_a_broken_image_is_told_instead_of_sent(data: str) -> None:
    shown = plain([display(image__png=data)])
    assert shown.images == ()
    assert "image" in shown.text


def test_an_error_keeps_name_message_and_failing_line_when_it_is_huge() -> None:
    frames = [f"File lib.py:{n}\n" + "x" * 500 for n in range(1000)] + ["File cell:1\n----> 1 boom()", "Boom: why"]
    error = plain(
        [{"output_type": "error", "ename": "Boom", "evalue": "why" + "!" * 1_000_000, "traceback": frames}]
    ).error
    assert error is not None
    assert error.ename == "Boom"
    assert error.evalue.startswith("why!")
    assert "----> 1 boom()" in "\n".join(error.traceback)
    assert len("\n".join(error.traceback)) < TRACEBACK_LIMIT + 1000


@pytest.mark.parametrize(
    "odd",
    [
        None,
        "text",
        [None, 3, [], "x"],
        [{"output_type": "stream"}],
        [{"output_type": "stream", "text": [1, None]}],
        [{"output_type": "display_data", "data": None}],
        [{"output_type": "display_data", "data": {"text/plain": 5, "image/png": None}}],
        [{"output_type": "error", "ename": None, "evalue": 3, "traceback": "no list"}],
        [{"output_type": "pyout", "text": "old"}],
        [{"output_type": "stream", "text": "\udcff lone"}],
    ],
)
def test_odd_outputs_are_passed_over(odd: Any) -> None:
    plain(odd).text.encode()


@given(st.lists(st.builds(stream, st.text(max_size=500), st.sampled_from(["stdout", "stderr"]))), st.integers(0, 400))
def test_text_is_bounded(outputs: list[Any], limit: int) -> None:
    assert len(plain(outputs, limit=limit).text.encode()) <= limit


def test_a_hundred_megabytes_are_cut_in_reasonable_time() -> None:
    began = time.process_time()
    shown = plain([stream("".join(f"line {n}\n" for n in range(2_000_000)) * 5), stream("the end")])
    assert time.process_time() - began < 5
    assert len(shown.text) <= TEXT_LIMIT
    assert shown.text.endswith("the end")


def test_hostile_html_takes_linear_time() -> None:
    began = time.process_time()
    for html in (
        "<" * 300_000,
        "<a " * 100_000,
        "<!--" * 100_000,
        "<td>" * 100_000,
        "&#" * 150_000,
        "<script>" * 40_000,
    ):
        plain([display(text__html=html)])
    assert time.process_time() - began < 10


def test_an_error_that_says_nothing_of_itself_is_what_was_written_to_the_error_stream() -> None:
    complaint = {"output_type": "stream", "name": "stderr", "text": "sh: a warning\nls: /nowhere: No such file\n"}
    status = {"output_type": "error", "ename": "", "evalue": "2", "traceback": []}
    error = plain([stream("before\n"), complaint, status]).error
    assert error is not None
    assert (error.evalue, error.traceback[-1]) == ("ls: /nowhere: No such file", "2")


def test_a_kernel_with_one_stream_alone_says_there_what_failed() -> None:
    status = {"output_type": "error", "ename": "", "evalue": "127", "traceback": []}
    error = plain([stream("bash: rows: command not found\n"), status]).error
    assert error is not None
    assert error.evalue == "bash: rows: command not found"
