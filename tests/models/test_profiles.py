"""What is known of models, and what of those that nobody knows."""

from __future__ import annotations

import pytest

from jupyter_townie.models.profiles import Prices, known_models, profile_of


def test_known_model_has_its_limits_and_prices() -> None:
    profile = profile_of("anthropic", "claude-opus-5-5")
    assert (profile.id, profile.label) == ("anthropic/claude-opus-5-5", "Claude Opus 5.5")
    assert (profile.window, profile.max_output) == (1_000_000, 128_000)
    assert profile.prices == Prices(4.0, 20.0, 0.2, 5.0)


@pytest.mark.parametrize("provider", ["anthropic", "openai", "offline"])
def test_every_profile_in_the_file_is_well_formed(provider: str) -> None:
    assert known_models(provider)
    for name in known_models(provider):
        profile = profile_of(provider, name)
        assert 0 < profile.max_output <= profile.window
        assert profile.cost(1, 1) is not None


@pytest.mark.parametrize(
    ("provider", "name"),
    [
        ("anthropic", "claude-opus-5-5-20260922"),
        ("anthropic", "claude-opus-5-5-latest"),
        ("bedrock", "us.anthropic.claude-opus-5-5-20260922-v1:0"),
        ("bedrock", "anthropic.claude-opus-5-5"),
        ("vertex", "claude-opus-5-5@20260922"),
        ("openai", "gpt-6.1-sol-2026-09-29"),
    ],
)
def test_variant_of_a_name_is_the_same_model(provider: str, name: str) -> None:
    assert profile_of(provider, name).window >= 1_000_000


@pytest.mark.parametrize("name", ["claude-opus-5-7", "claude-opus-5-5-turbo", "my-claude-opus-5-5"])
def test_another_model_of_a_similar_name_is_unknown(name: str) -> None:
    assert profile_of("anthropic", name).prices is None


def test_cloud_models_have_no_prices_because_they_differ_by_region() -> None:
    assert profile_of("bedrock", "anthropic.claude-haiku-5-5").cost(200_000, 10) is None


def test_unknown_model_gets_the_defaults_of_its_provider() -> None:
    profile = profile_of("ollama", "something-new")
    assert (profile.label, profile.window, profile.tools, profile.edit_form) == ("something-new", 8192, False, "whole")
    assert profile.cost(10, 10) is None


def test_configuration_overrides_single_fields() -> None:
    overrides = {"anthropic/claude-opus-5-5": {"prices": {"input": 1.0, "output": 2.0}, "vision": False}}
    profile = profile_of("anthropic", "claude-opus-5-5", overrides)
    assert profile.prices == Prices(1.0, 2.0, 1.0, 1.0)
    assert (profile.vision, profile.window) == (False, 1_000_000)


def test_override_of_a_field_that_does_not_exist_is_named() -> None:
    with pytest.raises(ValueError, match=r"no field 'windows'"):
        profile_of("openai", "x", {"openai/x": {"windows": 1}})


def test_override_with_half_a_price_is_named() -> None:
    with pytest.raises(ValueError, match="prices of openai/x lack 'output'"):
        profile_of("openai", "x", {"openai/x": {"prices": {"input": 1.0}}})


def test_long_prompts_have_their_own_prices() -> None:
    profile = profile_of("anthropic", "claude-haiku-5-5")
    assert profile.cost(100_000, 0) == pytest.approx(0.01)
    assert profile.cost(100_000, 0, cache_read=1) == pytest.approx(0.05, rel=1e-4)
