"""Claude on Bedrock and Vertex, through Anthropic's own clients for them."""

from __future__ import annotations

import pytest

from jupyter_townie.models import Model, ModelConfig, ModelError, ToolCalled, open_model
from tests.models.asking import ask, end_of, only, text_of
from tests.wire import Reply, WireServer


def bedrock(wire: WireServer) -> Model:
    return open_model("bedrock/us.anthropic.claude-opus-5-5", ModelConfig(base_urls={"bedrock": wire.url}, attempts=1))


def vertex(wire: WireServer) -> Model:
    return open_model("vertex/claude-opus-5-5", ModelConfig(base_urls={"vertex": wire.openai_url}, attempts=1))


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("botocore")
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nowhere")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nowhere")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret-access-key")


@pytest.fixture
def google(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("google.auth")
    monkeypatch.setenv("CLOUD_ML_REGION", "europe-west1")
    monkeypatch.setenv("ANTHROPIC_VERTEX_PROJECT_ID", "our-project")
    monkeypatch.setenv("NO_GCE_CHECK", "true")
    monkeypatch.setenv("CLOUDSDK_CONFIG", "/nowhere")
    monkeypatch.delenv("GOOGLE_APPLICATION_CREDENTIALS", raising=False)


@pytest.mark.usefixtures("aws")
async def test_bedrock_streams_text_and_tools() -> None:
    with WireServer([Reply.tool("run", {"cell": "a"}, text="Grüße", chunk=2)]) as wire:
        events = await ask(bedrock(wire))
        request = wire.requests[0]
    assert text_of(events) == "Grüße"
    assert only(ToolCalled, events)[0].arguments == {"cell": "a"}
    assert end_of(events).stop == "tool"
    assert request.path == "/model/us.anthropic.claude-opus-5-5/invoke-with-response-stream"
    assert "AKIDEXAMPLE" in request.headers["authorization"]


@pytest.mark.usefixtures("aws")
async def test_bedrock_without_credentials_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    # Anthropic's client keeps one AWS session for each region.
    monkeypatch.setenv("AWS_REGION", "eu-west-3")
    with WireServer() as wire, pytest.raises(ModelError) as caught:
        await ask(bedrock(wire))
    assert caught.value.code == "no_key"
    assert "AWS" in caught.value.remedy


@pytest.mark.usefixtures("google")
async def test_vertex_streams_text(monkeypatch: pytest.MonkeyPatch) -> None:
    import google.oauth2.credentials

    class LoggedIn(google.oauth2.credentials.Credentials):  # type: ignore[misc]
        """As after ``gcloud auth application-default login``; Google itself is not asked."""

        def refresh(self, request: object) -> None:
            self.token = "short-lived"

    monkeypatch.setattr("google.auth.default", lambda **options: (LoggedIn(None), "our-project"))
    with WireServer([Reply.text("Grüße", chunk=2)]) as wire:
        events = await ask(vertex(wire))
        request = wire.requests[0]
    assert text_of(events) == "Grüße"
    assert request.path.endswith("/publishers/anthropic/models/claude-opus-5-5:streamRawPredict")
    assert request.api_key == "short-lived"


@pytest.mark.usefixtures("google")
async def test_vertex_without_credentials_says_what_to_do() -> None:
    with WireServer() as wire, pytest.raises(ModelError) as caught:
        await ask(vertex(wire))
    assert caught.value.code == "no_key"
    assert "gcloud auth application-default login" in caught.value.remedy


@pytest.mark.usefixtures("google")
async def test_vertex_without_a_region_says_to_set_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CLOUD_ML_REGION")
    with WireServer() as wire, pytest.raises(ModelError) as caught:
        await ask(vertex(wire))
    assert (caught.value.code, "CLOUD_ML_REGION" in caught.value.remedy) == ("no_key", True)
