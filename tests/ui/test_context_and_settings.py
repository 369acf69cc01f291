"""What goes with a message, and what the settings change, in a real browser."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.wire import Reply, WireServer

from .lab import Lab

Notebook = Callable[..., list[str]]


@pytest.fixture(autouse=True)
def opened(lab: Lab, notebook: Notebook) -> None:
    notebook("penguins = [39.1, 39.5]", "b = 2")
    (Path(lab.server.root) / "notes.txt").write_text("the islands are Biscoe, Dream and Torgersen")
    lab.open()


def sent(wire: WireServer) -> str:
    return json.dumps(wire.wait_for(1).body, ensure_ascii=False)


def setting(lab: Lab, name: str, value: object) -> None:
    lab.page.evaluate(
        """async ([name, value]) => {
          const settings = window.jupyterapp.serviceManager.settings;
          await settings.save('jupyter-townie:plugin', JSON.stringify({ askPrivacy: false, [name]: value }));
        }""",
        [name, value],
    )
    lab.reload()
    lab.kernel_is_idle()


def test_chip_of_the_active_cell_takes_the_number_of_its_run(lab: Lab) -> None:
    lab.chat()
    lab.select(0)
    chip = lab.page.locator('[data-townie="chip"][data-kind="cell"]')
    expect(chip).to_contain_text("cell 1")
    for count in (1, 2):
        lab.command("notebook:run-cell")
        expect(chip).to_contain_text(f"cell [{count}]")


def test_file_is_completed_and_sent(lab: Lab, wire: WireServer) -> None:
    lab.chat()
    lab.input.press_sequentially("where? @notes", delay=30)
    choice = lab.get("choice").filter(has_text="notes.txt").first
    choice.wait_for()
    lab.input.press("Enter")
    expect(lab.get("chip").filter(has_text="notes.txt")).to_be_visible()
    lab.input.press("Enter")
    assert "Biscoe, Dream and Torgersen" in sent(wire)


def test_variable_is_completed_and_its_summary_sent(lab: Lab, wire: WireServer) -> None:
    lab.run(0)
    lab.chat()
    lab.input.press_sequentially("what is @", delay=30)
    choice = lab.get("choice").filter(has_text="penguins").filter(has_text="list")
    choice.wait_for()
    # Longer and shorter, the list stands above what is written.
    for more in ("p", "eng"):
        lab.input.press_sequentially(more, delay=30)
        expect(lab.get("choice").filter(has_text="@print")).to_have_count(0)
        choice.wait_for()
        popup, field = lab.get("completion").bounding_box(), lab.input.bounding_box()
        assert popup is not None
        assert field is not None
        assert popup["y"] + popup["height"] <= field["y"]
    lab.input.press("Enter")
    lab.input.press("Enter")
    text = sent(wire)
    assert "penguins" in text
    assert "list" in text


def test_file_that_is_dragged_in_becomes_a_chip(lab: Lab, wire: WireServer) -> None:
    lab.chat()
    item = lab.page.locator(".jp-DirListing-item", has_text="notes.txt")
    source, target = item.bounding_box(), lab.input.bounding_box()
    assert source is not None
    assert target is not None
    mouse = lab.page.mouse
    mouse.move(source["x"] + 30, source["y"] + source["height"] / 2)
    mouse.down()
    mouse.move(source["x"] + 80, source["y"] + 30, steps=5)
    mouse.move(target["x"] + 20, target["y"] + 10, steps=10)
    mouse.up()
    expect(lab.get("chip").filter(has_text="notes.txt")).to_be_visible()


@pytest.mark.own_page
def test_rules_of_the_settings_reach_the_model(lab: Lab, wire: WireServer) -> None:
    setting(lab, "rules", "Always use polars.")
    expect(lab.answer(lab.ask("hi"))).to_contain_text("ready")
    assert "Always use polars." in json.dumps(wire.requests[0].body["system"])


@pytest.mark.own_page
def test_plan_mode_of_the_settings_inserts_nothing(lab: Lab, wire: WireServer) -> None:
    setting(lab, "mode", "plan")
    wire.script = [Reply.text("```python cell=new\nx = 1\n```\n")]
    turn = lab.ask("write")
    expect(lab.get("code", turn)).to_contain_text("x = 1")
    lab.page.wait_for_timeout(500)
    assert lab.sources == ["penguins = [39.1, 39.5]", "b = 2"]


def test_connection_test_shows_the_providers_own_words(lab: Lab, wire: WireServer) -> None:
    wire.script = [Reply.error(401, "invalid x-api-key")]
    lab.command("townie:open-status")
    lab.get("test-connection").first.click()
    expect(lab.get("test-result").first).to_contain_text("invalid x-api-key")


def test_secret_is_taken_out_of_what_is_sent_and_the_receipt_says_so(
    lab: Lab, wire: WireServer, notebook: Notebook
) -> None:
    secret = "ghp_" + "aB3dE6gH9jK2mN5pQ8sT1vW4yZ7bC0dF3gH6"
    notebook(f"token = '{secret}'", path="secret.ipynb")
    lab.open("secret.ipynb", kernel=False)
    turn = lab.ask("what is in this notebook?")
    expect(lab.answer(turn)).to_contain_text("ready")
    assert secret not in sent(wire)
    assert "TOWNIE_SECRET_" in sent(wire)
    lab.get("what-was-sent", turn).click()
    expect(lab.get("receipt-parts")).to_contain_text("redacted", ignore_case=True)


def test_cell_that_is_dragged_in_becomes_a_chip(lab: Lab, wire: WireServer) -> None:
    lab.chat()
    lab.select(0)
    expect(lab.get("chip").filter(has_text="cell 1")).to_be_visible()
    source = lab.cell(1).locator(".jp-InputPrompt").bounding_box()
    target = lab.input.bounding_box()
    assert source is not None
    assert target is not None
    mouse = lab.page.mouse
    mouse.move(source["x"] + 20, source["y"] + source["height"] / 2)
    mouse.down()
    mouse.move(source["x"] + 60, source["y"] + 20, steps=5)
    mouse.move(target["x"] + 20, target["y"] + 10, steps=10)
    mouse.up()
    expect(lab.get("chip").filter(has_text="cell 2")).to_be_visible()
    lab.input.fill("what is this?")
    lab.input.press("Enter")
    assert "b = 2" in sent(wire)
