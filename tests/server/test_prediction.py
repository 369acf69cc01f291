"""Rewriting a short cell tells models that can use it what the answer will mostly be."""

from __future__ import annotations

from typing import Any

import pytest

from tests.wire import Reply, WireServer

from .conftest import Connect

SOURCE = "total = 0\nfor n in range(10):\n    total += n"
PREDICTING, OTHER = "openai/gpt-4.1", "openai/gpt-6-luna"


@pytest.fixture
def openai(monkeypatch: pytest.MonkeyPatch) -> Any:
    with WireServer([]) as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.url + "/v1")
        monkeypatch.setenv("OPENAI_API_KEY", "sk-test-0123456789")
        yield server


async def bodies(openai: Any, connect: Connect, cell: str, source: str, model: str, **fields: Any) -> list[Any]:
    """What the model was sent for an edit of ``cell`` that it answers with ``source``."""
    openai.script = [Reply.text(f"```python cell={cell}\n{source}\n```")]
    page = await connect()
    turn = await page.submit(
        "count to 20",
        binding={"path": "work.ipynb", "cell_id": cell},
        options={"model": model},
        attachments=[{"kind": "notebook", "ref": "work.ipynb", "label": "work"}],
        **fields,
    )
    assert (await page.ended(turn))["reason"] == "done"
    return [request.body for request in openai.requests if request.body.get("messages")]


async def test_short_cell_is_sent_as_the_prediction_of_its_rewriting(
    openai: Any, connect: Connect, notebook: Any
) -> None:
    (cell,) = notebook(SOURCE)
    (body,) = await bodies(openai, connect, cell, SOURCE.replace("10", "20"), PREDICTING, purpose="edit")
    assert body["prediction"] == {"type": "content", "content": SOURCE}
    assert "tools" not in body


@pytest.mark.parametrize(
    ("source", "model", "purpose"),
    [
        (SOURCE, OTHER, "edit"),
        (SOURCE, PREDICTING, "chat"),
        ("\n".join(f"x{n} = {n}" for n in range(31)), PREDICTING, "edit"),
        ('key = "sk-ant-api03-' + "a1B2" * 20 + '"\n' + SOURCE, PREDICTING, "edit"),
    ],
    ids=["model without predictions", "chat", "long cell", "cell with a secret"],
)
async def test_no_prediction_where_it_would_not_help_or_would_tell_more(
    openai: Any, connect: Connect, notebook: Any, source: str, model: str, purpose: str
) -> None:
    (cell,) = notebook(source)
    sent = await bodies(openai, connect, cell, source + "\n# more", model, purpose=purpose)
    assert sent and all("prediction" not in body for body in sent)
