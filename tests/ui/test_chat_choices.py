"""What a chat is begun with, and which model and mode each chat has, in a real browser."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.wire import Reply, WireServer

from .lab import Lab

Notebook = Callable[..., list[str]]


def pick(lab: Lab, picker: str, name: str) -> None:
    lab.get(picker).click()
    lab.page.get_by_role("menuitemradio", name=name).first.click()


@pytest.mark.own_page
def test_each_chat_keeps_its_mode_and_model_and_a_new_one_begins_with_the_last_model(
    lab: Lab, wire: WireServer, notebook: Notebook
) -> None:
    notebook("a = 1")
    lab.open(kernel=False)
    lab.chat()
    mode, model = lab.get("mode-picker"), lab.get("model-picker")
    expect(mode).to_have_text("Ask")
    expect(model).to_have_attribute("aria-label", re.compile("Model: Claude "))
    usual = model.text_content() or ""
    pick(lab, "mode-picker", "Plan")
    model.click()
    other = lab.page.get_by_role("menuitemradio", checked=False).first
    name = (other.locator(".jp-Townie-choiceLabel").text_content() or "").removeprefix("Claude ")
    other.click()
    expect(model).to_have_text(name)
    wire.script = [Reply.text("planned"), Reply.text("asked")]
    expect(lab.answer(lab.ask("first chat"))).to_contain_text("planned")
    lab.get("new-thread").click()
    expect(mode).to_have_text("Ask")
    expect(model).to_have_text(name)
    pick(lab, "model-picker", usual)
    expect(lab.answer(lab.ask("second chat"))).to_contain_text("asked")
    assert wire.requests[0].body["model"] != wire.requests[1].body["model"]
    lab.reload()
    lab.chat()
    expect(mode).to_have_text("Ask")
    lab.get("thread-list-button").click()
    lab.get("thread").filter(has_text="first chat").click()
    expect(mode).to_have_text("Plan")
    expect(model).to_have_text(name)


@pytest.mark.own_page
def test_mode_that_was_picked_and_not_used_yet_survives_a_reload(lab: Lab, notebook: Notebook) -> None:
    notebook("a = 1")
    lab.open(kernel=False)
    lab.chat()
    pick(lab, "mode-picker", "Auto")
    lab.reload()
    lab.chat()
    expect(lab.get("mode-picker")).to_have_text("Auto")


def test_failed_cell_is_offered_to_be_fixed_at_the_start(lab: Lab, wire: WireServer, notebook: Notebook) -> None:
    notebook("a = 1", "undefined_name_of_mine + 1", "b = 2")
    lab.open()
    lab.chat()
    starters = lab.get("starter")
    expect(starters.first).not_to_have_text("Fix this error")
    lab.run(1)
    lab.select(2)
    expect(starters.first).to_have_text("Fix this error")
    wire.script = [Reply.text("It has no value.")]
    starters.first.click()
    turn = lab.get("turn").last
    expect(lab.get("question", turn)).to_contain_text("NameError")
    expect(lab.answer(turn)).to_contain_text("It has no value.", timeout=20_000)
    assert "undefined_name_of_mine" in wire.requests[0].last_user_text
