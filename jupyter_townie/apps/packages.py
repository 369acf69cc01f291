"""From an import that failed in an app's backend to what pip would have to install.

What a backend says of itself decides nothing here: a package is offered when it is well known by the name that was
imported, or when the app's ``townie.toml`` lists it.  A person sees its name before anything is installed.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping, Sequence
from typing import Any

from .app import App

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


def explained(app: App, error: Mapping[str, Any]) -> dict[str, Any]:
    """*error*, as the runner reports it, with what is missing, and how that comes there as its hint."""
    missing = lacking(app.manifest.requirements if app.manifest is not None else (), error)
    if not missing:
        return {**error, "missing": []}
    command = "pip install " + shlex.join(missing)
    how = f"in a cell of {app.notebook}: %{command}" if app.notebook else f"in its panel, or there with: {command}"
    hint = f"Not installed in the app's environment: {', '.join(missing)}. Install it {how}"
    return {**error, "missing": missing, "hint": hint}


def lacking(requirements: Sequence[str], error: Mapping[str, object]) -> list[str]:
    """What has to be installed so that *error* does not come again: requirements as pip takes them, or none.

    :param requirements: those of the app's ``townie.toml``.  Those that its Python lacks too come along, so that the
        next start does not ask for the next one.
    :param error: what the runner reports; ``module`` is what could not be imported, and ``absent`` which of the
        requirements are not there.
    """
    from ..failures.rules.missing_package import distributions, optional

    said = error.get("absent")
    absent = [one for one in requirements if isinstance(said, list) and one in said]
    module = error.get("module")
    if not isinstance(module, str) or not module:
        found = optional(str(error.get("ename") or "").rpartition(".")[2], str(error.get("evalue") or "")[:4_000])
        names = {found} - {None}
        known = found
    else:
        root = module.partition(".")[0]
        known = distributions().get(module) or distributions().get(root)
        names = {known, root} - {None}
    listed = [one for one in requirements if name_of(one) in {_normal(str(name)) for name in names}]
    if listed:
        # With the versions that the app wants.
        return [*listed, *(one for one in absent if one not in listed)]
    if known is not None:
        return [known, *absent]
    # One of those that are listed brings a module of another name.
    return absent


def unknown(requirements: Sequence[str]) -> list[str]:
    """Those of *requirements* that are no well-known packages: their names may be made up."""
    from ..failures.rules.missing_package import distributions
    from .manifest import ENTRIES

    known = {_normal(name) for name in (*distributions().values(), *distributions(), *ENTRIES)}
    return [one for one in requirements if name_of(one) not in known]


def name_of(requirement: str) -> str:
    """The package's name, as PEP 503 writes it."""
    found = _NAME.match(requirement)
    return _normal(found[0]) if found else ""


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
