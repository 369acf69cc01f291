"""Which models there are, and opening one by its name."""

from __future__ import annotations

import contextlib
import importlib
import importlib.util
from typing import TYPE_CHECKING

from .config import ModelConfig
from .keys import find_key
from .model import Model, ModelError
from .profiles import Profile, known_models, profile_of
from .providers import Provider, configured_base_url, is_local, providers
from .served import Served, facts_of, host_of, in_its_place, learn, listed, listed_by_all, may_be_listed

if TYPE_CHECKING:
    from ..protocol import KeyState, ModelInfo, Models

OFFLINE = "offline/tour"


def list_models(config: ModelConfig | None = None) -> Models:
    """Every model that can be picked, the default, and the state of each provider's key.

    Looks into the keyring and asks the servers of this machine for their models, so call it in a thread from an event
    loop; never raises for a provider that is broken.  Models that only a server elsewhere knows are listed once they
    are the default or have a profile in the configuration.
    """
    from ..protocol import LocalServer, Models

    config = config or ModelConfig()
    found, _ = providers()
    askable = [one for one in found.values() if may_be_listed(one, config) and _missing_package(one) is None]
    answers = listed_by_all(askable, config)
    default = default_model(config)
    # What stands at a configured address may be something else than the name says.
    learn(default, config)
    # Of a provider in whose place a program of the user's own answers, its own models are not there.
    own = [name for name, provider in found.items() if not in_its_place(provider, config)]
    names = [f"{provider}/{name}" for provider in own for name in known_models(provider)]
    names += [f"{name}/{found[name].default}" for name in own if found[name].default]
    names += [f"{one}/{model.name}" for one, got in answers.items() if not isinstance(got, ModelError) for model in got]
    names += [*config.profiles, default, OFFLINE]
    states = {name: _key_state(provider) for name, provider in found.items() if name != "offline"}
    order = {name: number for number, name in enumerate(found)}
    names.sort(key=lambda name: order.get(name.partition("/")[0], len(order)))
    entries = [_info(found, name, config, states) for name in dict.fromkeys(names) if "/" in name]
    return Models(
        default=default,
        models=[entry for entry in entries if entry is not None],
        keys=[state for name, state in states.items() if not found[name].cloud],
        servers=[
            LocalServer(
                provider=name,
                label=found[name].label,
                url=host_of(found[name], config),
                models=0 if isinstance(got, ModelError) else len(got),
                problem=got.problem if isinstance(got, ModelError) else None,
            )
            for name, got in answers.items()
            # Nobody misses a server that nobody has set up.
            if not isinstance(got, ModelError) or configured_base_url(found[name], config) is not None
        ],
    )


def open_model(name: str | None = None, config: ModelConfig | None = None) -> Model:
    """The model called ``provider/model``; None is :func:`default_model`.  No connection is made yet.

    A provider alone means its default model.

    :raises ModelError: ``unknown_provider``, ``unknown_model``, ``missing_package``, ``bad_provider``.
    """
    config = config or ModelConfig()
    name = name or default_model(config)
    provider_name, _, model_name = name.partition("/")
    found, broken = providers()
    provider = found.get(provider_name)
    if provider is None:
        if provider_name in broken:
            note = f"The provider {provider_name} can not be loaded."
            raise ModelError("bad_provider", note, "Update or remove the package that adds it.", broken[provider_name])
        raise ModelError(
            "unknown_provider",
            f"There is no provider called {provider_name}.",
            f"Write the model as provider/model. Providers: {', '.join(found)}.",
        )
    problem = _missing_package(provider)
    if problem is not None:
        raise problem
    model_name = model_name or provider.default
    if not model_name:
        raise ModelError(
            "unknown_model",
            f"{provider.label} needs the name of a model.",
            f"Write it as {provider_name}/model.",
        )
    return provider.open(provider, _profile(provider_name, model_name, config), config)


def default_model(config: ModelConfig | None = None) -> str:
    """The configured model, else the default of the first provider that has a key, else the first model of a server
    whose address is configured, else ``offline/tour``.

    A server that merely runs on this machine may be somebody else's, so it has to be picked.  May ask servers.
    """
    config = config or ModelConfig()
    if config.default:
        return config.default
    for name, provider in providers()[0].items():
        if not provider.default or not provider.needs_key or _missing_package(provider) is not None:
            continue
        if find_key(name, provider.key_variables) or configured_base_url(provider, config):
            return f"{name}/{provider.default}"
    for name, provider in providers()[0].items():
        if not may_be_listed(provider, config) or _missing_package(provider) is not None:
            continue
        if configured_base_url(provider, config) is not None:
            models: tuple[Served, ...] = ()
            with contextlib.suppress(ModelError):
                models = listed(provider, config)
            # When it does not answer, asking it says so: that is better than another answer in its place.
            return f"{name}/{models[0].name if models else 'default'}"
    return OFFLINE


def preload(name: str | None = None, config: ModelConfig | None = None) -> None:
    """Imports the client that a model needs, which takes about a second, so that its first answer does not wait for it.

    To be called in a thread as soon as somebody may ask.  Never raises: asking the model says what is wrong.
    """
    config = config or ModelConfig()
    provider = providers()[0].get((name or default_model(config)).partition("/")[0])
    if provider is not None and provider.package and _missing_package(provider) is None:
        with contextlib.suppress(Exception):
            importlib.import_module(provider.package)


def _profile(provider: str, name: str, config: ModelConfig) -> Profile:
    try:
        known = providers()[0].get(provider)
        facts = facts_of(known, name, config) if known is not None else None
        return profile_of(provider, name, config.profiles, facts)
    except (ValueError, TypeError) as error:
        note = f"The configured profile of {provider}/{name} can not be used."
        raise ModelError("bad_provider", note, "Correct it in the configuration.", str(error)) from None


def _info(found: dict[str, Provider], name: str, config: ModelConfig, states: dict[str, KeyState]) -> ModelInfo | None:
    from ..protocol import ModelInfo

    provider_name, _, model_name = name.partition("/")
    provider = found.get(provider_name)
    if provider is None or not model_name:
        return None
    problem = _missing_package(provider)
    try:
        profile = _profile(provider_name, model_name, config)
    except ModelError as error:
        problem, profile = error, profile_of(provider_name, model_name)
    state = states.get(provider_name)
    keyless = state is not None and state.state == "missing" and configured_base_url(provider, config) is None
    if problem is None and state is not None and keyless:
        problem = ModelError(
            "no_key", f"There is no key for {provider.label}.", _key_remedy(provider, "under Models and keys")
        )
    return ModelInfo(
        id=profile.id,
        provider=provider_name,
        label=profile.label,
        window=profile.window,
        max_output=profile.max_output,
        tools=profile.tools,
        vision=profile.vision,
        edit_form=profile.edit_form,
        input_price=profile.prices.input if profile.prices else None,
        output_price=profile.prices.output if profile.prices else None,
        local=is_local(profile.id),
        ready=problem is None,
        problem=problem.problem if problem else None,
    )


def _key_state(provider: Provider) -> KeyState:
    from ..protocol import KeyState

    key = find_key(provider.name, provider.key_variables)
    if key is not None:
        saved = key.source != "environment"
        return KeyState(
            provider=provider.name,
            label=provider.label,
            state="saved" if saved else "environment",
            where=key.source if saved else key.where,
        )
    if not provider.needs_key:
        return KeyState(provider=provider.name, label=provider.label, state="not_needed")
    return KeyState(provider=provider.name, label=provider.label, state="missing", remedy=_key_remedy(provider, "here"))


def _key_remedy(provider: Provider, place: str) -> str:
    variable = provider.key_variables[0] if provider.key_variables else ""
    return f"Add it {place}, or set {variable} before starting Jupyter." if variable else ""


def _missing_package(provider: Provider) -> ModelError | None:
    if not provider.package or importlib.util.find_spec(provider.package) is not None:
        return None
    target = f'"jupyter_townie[{provider.extra}]"' if provider.extra else provider.package
    return ModelError(
        "missing_package",
        f"{provider.label} needs the package {provider.package}, which is not installed.",
        f"Run: pip install {target}, and restart Jupyter.",
    )
