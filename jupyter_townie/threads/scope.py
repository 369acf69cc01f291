"""What the answers of a turn may touch, and where their parts go."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .. import protocol as p
from ..edits import Target
from .appcontext import notebook_of, place_of_cells
from .gate import Verdict, verdict

if TYPE_CHECKING:
    from ..apps.app import App
    from .state import TurnRecord


@dataclass(slots=True)
class Scope:
    """The notebook, the cells and the files of one turn, as its answers see them."""

    turn: str
    mode: p.Mode
    bound: p.Binding
    """What it was bound to when it was submitted."""
    home: Target | None
    """What it is asked to change: the text of an answer's only block is that of this one, unless it says otherwise."""
    app: App | None = None
    """What it is about; an app may well come into being by one of its answers."""
    after: str | None = None
    """The cell below which the next new cell goes, None for the end."""
    seen: dict[str, str] = field(default_factory=dict)
    """The sources that the model was shown, by cell id; kept up with what is applied."""

    @classmethod
    def of(cls, turn: TurnRecord) -> Scope:
        """The scope of a turn as it begins, or goes on."""
        started = turn.started
        after = _last_new_cell(turn) or started.binding.after
        return cls(turn.id, started.options.mode, started.binding, _home(started), after=after)

    @property
    def binding(self) -> p.Binding:
        """Where its cells go: the notebook of the person, or that which the app consists of."""
        return place_of_cells(self.bound, self.app)

    @property
    def app_notebook(self) -> str | None:
        """The notebook that the app consists of, if it is one: its cells may be changed as well."""
        return notebook_of(self.app)

    def verdict(self, gate: p.GateClass) -> Verdict:
        """Whether something of that class may be done without asking."""
        return verdict(self.mode, gate)


def _home(started: p.TurnStarted) -> Target | None:
    """The one text that a turn is asked to change; None where the model chooses what it writes."""
    binding = started.binding
    if started.purpose == "edit" and binding.kind == "file":
        return Target("file", binding.path)
    if started.purpose in ("edit", "fix") and binding.kind == "notebook" and binding.cell_id:
        return Target("cell", binding.cell_id)
    return None


def _last_new_cell(turn: TurnRecord) -> str | None:
    """The new cell of a turn below which its next one goes; None when it has none."""
    for record in reversed(turn.actions.values()):
        body = record.body
        if (
            isinstance(body, p.InsertAction)
            and body.path == turn.started.binding.path
            and record.state in ("done", "held")
        ):
            return body.cell_id
    return None
