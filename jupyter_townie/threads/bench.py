"""What the tools of one turn work on, behind the gate."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from .. import protocol as p
from ..edits import syntax_problem
from ..kernels.errors import KernelError
from ..models.model import ToolCalled, ToolSchema
from ..notebooks.surface import SurfaceError
from ..tools import APP_TOOLS, TOOLS, Answer, ToolError
from .actions import edit_action
from .applook import shows_picture, shows_text, told_of, told_of_use
from .gate import verdict

if TYPE_CHECKING:
    from ..apps.app import App
    from ..apps.driving import Step
    from ..context.files import FileText
    from ..edits import Edit
    from ..kernels.client import KernelClient
    from ..notebooks.surface import Surface
    from ..tools.apps import AppStep
    from .actions import Actions
    from .host import Host
    from .state import TurnRecord


class TurnBench:
    """Implements :class:`jupyter_townie.tools.Bench` for one turn."""

    def __init__(
        self,
        host: Host,
        actions: Actions,
        turn: TurnRecord,
        app: Callable[[], App | None],
        allowed: Callable[[App], bool],
    ) -> None:
        """*app* is what the turn works on at this moment; *allowed* says whether the person lets it be used."""
        self._host, self._actions, self._turn, self._app, self._allowed = host, actions, turn, app, allowed
        self._binding = turn.started.binding
        self._mode = turn.started.options.mode
        self._call: str | None = None

    @property
    def privacy(self) -> p.Privacy:
        return self._turn.privacy

    def schemas(self) -> tuple[ToolSchema, ...]:
        """The tools that the gate lets this turn use without asking."""
        may = {name: verdict(self._mode, tool.gate) for name, tool in TOOLS.items()}
        names = [name for name, said in may.items() if said == "allow" or (said == "ask" and TOOLS[name].asks)]
        if self.privacy == "code":
            names.remove("inspect_variables")
        if verdict(self._mode, "edit") == "deny":
            names.remove("edit_cell")
        if self._app() is None:
            names = [name for name in names if name not in APP_TOOLS]
        elif self._host.apps is None or not self._host.apps.usable:
            names = [name for name in names if name != "use_app"]
        return tuple(TOOLS[name].schema for name in names)

    async def use(self, call: ToolCalled) -> tuple[bool, Answer]:
        """Carry out a call of the model: whether it went well, and what the model is told."""
        offered = [schema.name for schema in self.schemas()]
        if call.name not in offered:
            return False, Answer(f"There is no tool {call.name!r} here. The tools are: {', '.join(offered)}.")
        self._call = call.id
        try:
            found = await TOOLS[call.name].call(self, call.arguments)
            answer = found if isinstance(found, Answer) else Answer(found)
            return True, replace(answer, text=await asyncio.to_thread(redacted, answer.text))
        except ToolError as error:
            return False, Answer(str(error))
        except (KernelError, SurfaceError) as error:
            return False, Answer(f"{error.problem.message} {error.problem.remedy}".strip())

    @property
    def surface(self) -> Surface | None:
        path = self._binding.path
        if path is None or self._binding.kind != "notebook":
            return None
        return self._actions.surface(self._turn.id, path)

    async def kernel(self) -> KernelClient | None:
        return await self._host.kernel(self._binding.path, self._binding.kernel_id)

    async def read_file(self, path: str) -> FileText:
        return await self._host.show_file(path)

    async def list_files(self, path: str) -> Sequence[str]:
        return await self._host.list_files(path)

    def proposed(self, cell_id: str | None, path: str, source: str) -> str:
        earlier = self._actions.waiting_for(self._turn.id, path, cell_id, source)
        return earlier.body.after if earlier is not None and isinstance(earlier.body, p.EditAction) else source

    async def propose(self, cell_id: str | None, path: str, before: str, edit: Edit) -> str:
        note = syntax_problem(before, edit.after, "python") or ""
        body = edit_action(path, cell_id, before, edit.after, note)
        earlier = self._actions.waiting_for(self._turn.id, path, cell_id, before)
        if earlier is not None:
            self._actions.change(earlier, "joined")
        apply = verdict(self._mode, "edit") == "allow" and not note
        record = self._actions.start(self._turn.id, body, "edit", "running" if apply else "waiting", call=self._call)
        if not apply:
            return f"The change is shown to the person, who decides about it; it is not applied yet. {note}".strip()
        done = await self._actions.apply_edit(record)
        return "Applied." if done else f"Not applied ({record.state}): the person has changed the cell meanwhile."

    async def run_cells(self, cell_ids: Sequence[str]) -> p.CellsRan:
        return await self._actions.run(self._turn.id, self._binding.path or "", cell_ids, call=self._call)

    async def look_at_app(self) -> Answer:
        from ..apps.refusal import NoSuchApp

        app, apps = self._app(), self._host.apps
        if app is None or apps is None:
            raise ToolError("This turn is about no app.")
        try:
            look = await apps.look(app.id, picture=shows_picture(self._turn, app))
        except NoSuchApp:
            raise ToolError("The app is not there any more.") from None
        if not look.tree and look.image is None:
            raise ToolError(f"{app.path} could not be seen: {look.problem}")
        text = told_of(app, look, text=shows_text(self._turn, app))
        return Answer(text, () if look.image is None else (look.image,))

    async def use_app(self, steps: Sequence[AppStep], *, reload: bool) -> Answer:
        from ..apps.driving import Step
        from ..apps.refusal import AppRefused, NoSuchApp

        app, apps = self._app(), self._host.apps
        if app is None or apps is None:
            raise ToolError("This turn is about no app.")
        wanted = [Step(step.do, step.role, step.name, step.text) for step in steps]
        if verdict(self._mode, "run") != "allow" and not self._allowed(app):
            self._ask_to_use(app, wanted)
            return Answer(
                "The person is asked whether you may use the app; nothing was done yet. Say in a sentence what you want"
                " to try, and stop: you go on when they have decided."
            )
        known = {one.failure.id: one.count for one in apps.failures(app.id)}
        try:
            used = await apps.use(app.id, wanted, fresh=reload, picture=shows_picture(self._turn, app))
        except AppRefused as refused:
            raise ToolError(f"{refused.problem.message} {refused.problem.remedy}".strip()) from None
        except NoSuchApp:
            raise ToolError("The app is not there any more.") from None
        new = [one for one in apps.failures(app.id) if one.count > known.get(one.failure.id, 0)]
        text = told_of_use(app, used, new, text=shows_text(self._turn, app))
        return Answer(text, () if used.look.image is None else (used.look.image,))

    def _ask_to_use(self, app: App, steps: Sequence[Step]) -> None:
        title = app.manifest.title if app.manifest else app.path
        body = p.UseAppAction(path=app.path, app=app.id, title=title, steps=[str(step)[:200] for step in steps])
        waits = any(
            isinstance(record.body, p.UseAppAction) and record.state == "waiting"
            for record in self._turn.actions.values()
        )
        if not waits:
            self._actions.start(self._turn.id, body, "run", "waiting", call=self._call)


def redacted(text: str) -> str:
    """``text`` without secrets."""
    from ..context.redaction import redact

    return redact(text)[0]
