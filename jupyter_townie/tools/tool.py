"""A tool: what the model is told of it, how its arguments are checked, and what it does."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from ..models.model import ToolSchema
from ..protocol import CellsRan, GateClass, Image, Privacy

if TYPE_CHECKING:
    from ..context.files import FileText
    from ..edits import Edit
    from ..kernels.client import KernelClient
    from ..notebooks.surface import Surface
    from .apps import AppStep


class Arguments(BaseModel):
    """Base of all arguments: a name that does not exist is an error that the model is told of."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class ToolError(Exception):
    """The tool could not do it; the message is for the model and says what would have been right."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a tool returns when that is more than a text."""

    text: str
    images: tuple[Image, ...] = ()


class Bench(Protocol):
    """What tools work on: the turn's notebook, its kernel, and the workspace."""

    @property
    def privacy(self) -> Privacy: ...

    @property
    def surface(self) -> Surface | None: ...

    async def kernel(self) -> KernelClient | None: ...

    async def read_file(self, path: str) -> FileText:
        """:raises ValueError: it can not be shown; the message says why.  :raises FileNotFoundError: there is none."""
        ...

    async def list_files(self, path: str) -> Sequence[str]: ...

    def proposed(self, cell_id: str | None, path: str, source: str) -> str:
        """What a change of this turn that still waits makes of ``source``; ``source`` itself where none does."""
        ...

    async def propose(self, cell_id: str | None, path: str, before: str, edit: Edit) -> str:
        """Show an edit to the user, or apply it where the gate allows that; what became of it, in words.

        :param before: what is there, without the change that waits and from which the edit goes on.
        """
        ...

    async def run_cells(self, cell_ids: Sequence[str]) -> CellsRan: ...

    async def look_at_app(self) -> Answer:
        """How the app of the turn looks.  :raises ToolError: the turn has none."""
        ...

    async def use_app(self, steps: Sequence[AppStep], *, reload: bool) -> Answer:
        """Use the app of the turn, or ask the person whether that may be.  :raises ToolError: it can not be used."""
        ...


A = TypeVar("A", bound=Arguments)


@dataclass(frozen=True, slots=True)
class Tool(Generic[A]):
    """One thing that the model may do."""

    name: str
    description: str
    arguments: type[A]
    gate: GateClass
    run: Callable[[Bench, A], Awaitable[str | Answer]]
    asks: bool = False
    """Whether it asks the person itself where the gate wants that; others are not offered then."""

    @property
    def schema(self) -> ToolSchema:
        schema = self.arguments.model_json_schema()
        schema.pop("title", None)
        schema.pop("description", None)
        return ToolSchema(self.name, self.description, schema)

    async def call(self, bench: Bench, arguments: dict[str, Any] | None) -> str | Answer:
        """Check the arguments and do it.

        :raises ToolError: wrong arguments, or it could not be done.
        """
        if arguments is None:
            raise ToolError(f"The arguments of {self.name} must be a JSON object. {self._right()}")
        try:
            checked = self.arguments.model_validate(arguments)
        except ValidationError as error:
            wrong = "; ".join(
                f"{'.'.join(str(part) for part in fault['loc']) or 'arguments'}: {fault['msg']}"
                for fault in error.errors(include_url=False, include_input=False)[:5]
            )
            raise ToolError(f"Wrong arguments for {self.name}: {wrong}. {self._right()}") from None
        return await self.run(bench, checked)

    def _right(self) -> str:
        fields = ", ".join(
            f"{name}: {(field.annotation.__name__ if isinstance(field.annotation, type) else field.annotation)}"
            for name, field in self.arguments.model_fields.items()
        )
        return f"It takes {{{fields}}}."
