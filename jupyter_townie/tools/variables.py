"""Tools on the kernel's variables."""

from __future__ import annotations

from pydantic import Field

from ..kernels.errors import KernelError
from ..kernels.variables import summarise
from .tool import Arguments, Bench, Tool, ToolError


class InspectVariables(Arguments):
    names: list[str] = Field(description="Names in the notebook's kernel", min_length=1, max_length=30)


async def _inspect(bench: Bench, arguments: InspectVariables) -> str:
    try:
        kernel = await bench.kernel()
        if kernel is None:
            raise ToolError("No kernel is running for this notebook, so there are no variables.")
        found = await summarise(kernel, arguments.names, bench.privacy)
    except KernelError as error:
        raise ToolError(f"{error.problem.message} {error.problem.remedy}") from None
    missing = sorted(set(arguments.names) - {summary.name for summary in found})
    lines = [summary.text for summary in found]
    if missing:
        lines.append(f"not defined: {', '.join(missing)}")
    return "\n".join(lines)


INSPECT_VARIABLES = Tool(
    "inspect_variables",
    "Type, shape, columns and dtypes of variables in the notebook's kernel.",
    InspectVariables,
    "read",
    _inspect,
)
