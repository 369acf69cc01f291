"""What a kernel's variables are, asked without disturbing the kernel.

The work is done in the kernel, by :mod:`jupyter_townie.kernels.inside.variables`; see :mod:`.questions`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from jupyter_townie.kernels.client import KernelClient
from jupyter_townie.kernels.errors import KernelFailed, KernelLanguage
from jupyter_townie.kernels.questions import NAMESPACE, answer, expression, reason
from jupyter_townie.protocol import Privacy

_EXPRESSION = "townie_variables"
SECONDS = 0.1
"""How long the kernel may spend on one question."""
BYTES = 64 * 1024
"""How long its answer may be."""
ANSWER_TIMEOUT = 5.0
"""Seconds to wait for the answer: the kernel's own work is bounded by :data:`SECONDS`, the network is not."""


@dataclass(frozen=True)
class Column:
    """One column of a table."""

    name: str
    dtype: str
    missing: int | None = None
    """How many values are missing, where counting is cheap."""
    samples: tuple[str, ...] = ()


@dataclass(frozen=True)
class VariableSummary:
    """What is known of one variable; values are there only if they were asked for."""

    name: str
    type: str
    module: str = ""
    shape: tuple[int, ...] | None = None
    dtype: str = ""
    length: int | None = None
    items: tuple[str, ...] = ()
    """Types of the items of a container, from its first 200."""
    columns: tuple[Column, ...] = ()
    cut: bool = False
    """Whether there are more columns than are told."""
    missing: int | None = None
    signature: str = ""
    sample: str = ""

    @property
    def text(self) -> str:
        """The summary as the model reads it: one line, and one for each column."""
        parts = [f"{self.module}.{self.type}" if self.module else self.type]
        if self.signature:
            parts[0] += self.signature
        if self.shape is not None:
            parts.append("shape " + "x".join(str(length) for length in self.shape))
        if self.length is not None:
            parts.append(f"length {self.length}")
        if self.dtype:
            parts.append(self.dtype)
        if self.items:
            parts.append("of " + ", ".join(self.items))
        if self.missing:
            parts.append(f"{self.missing} missing")
        line = f"{self.name}: {', '.join(parts)}" + (f" = {self.sample}" if self.sample else "")
        rows = [line]
        for column in self.columns:
            missing = f", {column.missing} missing" if column.missing else ""
            samples = f": {', '.join(column.samples)}" if column.samples else ""
            rows.append(f"  {column.name} ({column.dtype}{missing}){samples}")
        if self.cut or (self.shape is not None and len(self.shape) == 2 and len(self.columns) and self._more_columns):
            rows.append("  ... and more columns")
        return "\n".join(rows)

    @property
    def _more_columns(self) -> bool:
        return self.shape is not None and self.shape[-1] > len(self.columns)


async def summarise(
    client: KernelClient, names: Sequence[str] | None, privacy: Privacy, *, wait: float = 0.0
) -> list[VariableSummary]:
    """Summaries of the variables ``names``, or of all data in the namespace when that is None.

    Names that do not exist are left out.  With privacy *code* nothing is asked unless it is asked for by name; sample
    values are asked with *values* and *outputs* only.

    :raises KernelLanguage: it is not a Python kernel.
    :raises KernelBusy, KernelDied, KernelTimeout: see :meth:`KernelClient.execute_silently`.
    :raises KernelFailed: the kernel could not evaluate the question.
    """
    if privacy == "code" and names is None:
        return []
    samples = privacy in ("values", "outputs")
    wanted = None if names is None else [str(name) for name in names]
    told = await _ask(client, "summarise", [NAMESPACE, wanted, samples, SECONDS, BYTES], wait)
    return [_summary(entry) for entry in told["variables"]]


@dataclass(frozen=True)
class PostMortem:
    """What the failed kernel tells of its last error."""

    function: str = ""
    """The user's innermost function in the traceback; empty when a cell failed at its top level."""
    line: int | None = None
    variables: tuple[VariableSummary, ...] = ()
    """Its locals."""
    versions: Mapping[str, str] = field(default_factory=dict)
    """Of Python, and of the packages in the traceback."""


async def post_mortem(client: KernelClient, ename: str, privacy: Privacy, *, wait: float = 0.0) -> PostMortem | None:
    """Look at the kernel's last error; None when that is not an ``ename``.  Raises as :func:`summarise`."""
    samples = privacy in ("values", "outputs")
    told = await _ask(client, "post_mortem", [ename, privacy != "code", samples, SECONDS, BYTES], wait)
    if not told:
        return None
    return PostMortem(
        told.get("function", ""),
        told.get("line"),
        tuple(_summary(entry) for entry in told.get("variables", ())),
        told.get("versions", {}),
    )


async def names(client: KernelClient, *, wait: float = 0.0) -> list[tuple[str, str]]:
    """``(name, type)`` of everything the user could mean by a name, for completion.  Raises as :func:`summarise`."""
    return [(name, kind) for name, kind in await _ask(client, "names", [NAMESPACE, SECONDS, BYTES], wait)]


async def _ask(client: KernelClient, function: str, arguments: Sequence[Any], wait: float) -> Any:
    if client.language != "python":
        raise KernelLanguage(client.language)
    asked = expression("variables", function, *arguments)
    reply = await client.execute_silently("", {_EXPRESSION: asked}, timeout=ANSWER_TIMEOUT, wait=wait)
    told = answer(reply, _EXPRESSION)
    if told is None:
        raise KernelFailed("list its variables", reason(reply, _EXPRESSION))
    return told


def _summary(entry: dict[str, Any]) -> VariableSummary:
    return VariableSummary(
        name=entry["name"],
        type=entry["type"],
        module=entry.get("module", ""),
        shape=tuple(entry["shape"]) if "shape" in entry else None,
        dtype=entry.get("dtype", ""),
        length=entry.get("length"),
        items=tuple(entry.get("items", ())),
        columns=tuple(
            Column(column["name"], column["dtype"], column.get("missing"), tuple(column.get("samples", ())))
            for column in entry.get("columns", ())
        ),
        cut=entry.get("cut", False),
        missing=entry.get("missing"),
        signature=entry.get("signature", ""),
        sample=entry.get("sample", ""),
    )
