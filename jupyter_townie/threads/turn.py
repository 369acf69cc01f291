"""The loop: ask the model, act on what it wrote, observe, repeat until done, stopped, or out of budget."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from .. import protocol as p
from ..models.model import ModelError
from ..models.served import learn
from . import endings
from .answer import Answer
from .appwork import goes_on, next_try
from .blocks import Blocks
from .endings import TurnFailed
from .exchange import exchange
from .joining import open_part
from .refusals import empty_answer, internal
from .request import compose
from .scope import Scope
from .spending import check_cost, unknown_price
from .told import candidate_message, failure_message, go_on_message
from .tries import why_not_again

if TYPE_CHECKING:
    from ..models.model import Model, ToolCalled
    from .appwork import AppWork
    from .exchange import Reply
    from .joining import OpenPart
    from .prepare import Shown
    from .rehearsal import Rehearsal
    from .thread import Thread


CONTINUATIONS = 3
"""How often in a turn an answer that is longer than the model gives at once goes on by itself."""
FULL = 0.8
"""Share of a model's window above which there is no room to go on."""


class Turn:
    """One run of the loop.  All that it knows is in the log, so a turn can go on after a decision or a restart."""

    def __init__(self, thread: Thread, turn: str, open_: OpenPart | None = None) -> None:
        self.id = turn
        self._open = open_
        self._thread = thread
        self._log, self._actions, self._host = thread.log, thread.actions, thread.host
        self._record = thread.state.turns[turn]
        self._started = self._record.started
        self._options = self._started.options
        self._bench = thread.bench(self._record)
        self._apps = thread.app_work(self._record)
        self._answer: Answer | None = None
        self._text = ""
        self._scope = Scope.of(self._record)
        self._retried_edit = False
        self._refused: tuple[str, int] | None = None
        """Why a change was refused that the model may mend, and how many actions there were by then."""
        self._bettered = False
        self._continued = 0

    async def run(self) -> None:
        """Work until there is nothing more to do; the log then says how it ended."""
        try:
            await self._run()
        finally:
            if self._apps is not None:
                await self._apps.leave()

    async def _run(self) -> None:
        try:
            # A server on the user's own machine is asked how much its model takes.
            await asyncio.to_thread(learn, self._started.model, self._host.config)
            reason, problem, summary = await self._within_window(self._host.open_model(self._started.model))
        except asyncio.CancelledError:
            await self._keep_what_arrived()
            self._end("stopped")
            return
        except TurnFailed as failed:
            await self._keep_what_arrived()
            self._end(failed.reason, failed.problem)
            return
        except ModelError as error:
            await self._keep_what_arrived()
            self._end("failed", error.problem)
            return
        except Exception as error:
            await self._keep_what_arrived()
            self._end("failed", internal(error))
            raise
        self._end(reason, problem, summary)

    async def _within_window(self, model: Model) -> tuple[str, p.Problem | None, str]:
        """The loop; once more with less, when it turns out that the model takes less than was thought."""
        try:
            return await self._loop(model)
        except ModelError as error:
            smaller = self._host.open_model(self._started.model)
            if error.code != "context_too_long" or smaller.profile.window >= model.profile.window:
                raise
            window = f"{smaller.profile.window:,}"
            problem = p.Problem(
                code="smaller_window",
                message=f"{smaller.profile.label} takes {window} tokens at once: less was sent than you see here.",
                detail=error.detail,
            )
            self._log.append(p.Notice, turn=self.id, level="info", problem=problem)
            # Else what waits for the rest of the refused answer would wait for ever.
            await self._keep_what_arrived()
            try:
                return await self._loop(smaller)
            finally:
                await smaller.close()
        finally:
            await model.close()

    async def _loop(self, model: Model) -> tuple[str, p.Problem | None, str]:
        asked = await self._thread.preparation.privacy(self._record, model)
        if asked is not None:
            return "limit", asked, ""
        shown = await self._thread.show(self._record, model)
        self._scope.seen.update(shown.sources)
        servers = self._host.limits.cost
        unpriced = unknown_price(self._record, servers, model.profile)
        if unpriced is not None and not self._thread.state.price_told:
            self._log.append(p.Notice, turn=self.id, level="info", problem=unpriced)
        for _ in range(self._host.limits.steps):
            check_cost(self._record, servers)
            reply = await self._ask(model, shown)
            if reply.finished.stop == "cut":
                return "limit", endings.cut(reply.finished.note), ""
            if reply.repeats:
                return "limit", endings.repeats(), ""
            if reply.finished.stop == "length":
                if self._goes_on(reply, model):
                    continue
                return "limit", endings.length(), ""
            if not await self._act(reply):
                if not self._record.answered:
                    return "failed", empty_answer(model.profile.label), ""
                return "done", None, ""
        return "limit", endings.steps(self._host.limits.steps), ""

    def _goes_on(self, reply: Reply, model: Model) -> bool:
        """Whether an answer that reached the model's output limit goes on by itself: within a cell, change or file.

        Half of that is of no use, and it was asked for; of prose, the user decides.
        """
        open_ = open_part(self._record, self._log)
        failed = any(ran.failure is not None for ran in reply.outcome.ran)
        if open_ is None or not open_.is_code or failed or self._continued >= CONTINUATIONS:
            return False
        if reply.tokens > FULL * model.profile.window:
            return False
        self._continued += 1
        self._open = open_
        self.observe(go_on_message(open_))
        return True

    # ---------------------------------------------------------------------------------------------------------- ask

    async def _ask(self, model: Model, shown: Shown) -> Reply:
        request, parts = compose(self._thread, self._record, model, shown, self._scope.seen, self._bench.schemas())
        self._scope.app = self._thread.about(self._record)
        blocks = Blocks(
            self._log,
            self._actions,
            self._scope,
            self._host.read_text,
            rehearse=self._rehearse if self._started.purpose == "fix" else None,
            may_better=self._may_better,
            app_files=self._apps.files if self._apps is not None else None,
        )
        self._answer = Answer(self._log, self.id, self._record.parts, blocks, self._open)
        self._open = None
        reply = await exchange(self._thread, self._record, model, request, parts, self._answer)
        self._answer = None
        return reply

    # ---------------------------------------------------------------------------------------------------------- act

    @property
    def _begun(self) -> int:
        """How many actions of this turn there are."""
        return sum(record.turn == self.id for record in self._thread.state.actions.values())

    async def _act(self, reply: Reply) -> bool:
        """Do what the answer asks for; True when the model should hear of it and go on."""
        outcome = reply.outcome
        if reply.calls:
            for call in reply.calls:
                await self._call(call)
            return True
        if outcome.failed:
            self._bettered = True
            self.observe(candidate_message(outcome.failed), outcome.failed[-1])
            return True
        if (outcome.refused or outcome.there) and not self._retried_edit:
            # Most refusals are a stale or ambiguous quotation, which the model mends when it sees the real lines.
            self._retried_edit = True
            self._refused = (outcome.refused[0], self._begun) if outcome.refused else None
            self.observe("<edit-refused>\n" + "\n\n".join([*outcome.refused, *outcome.there]) + "\n</edit-refused>")
            return True
        if outcome.refused:
            raise TurnFailed(endings.not_placed(outcome.refused[0]))
        if self._refused is not None and self._refused[1] == self._begun:
            # The model has given it up; only the model was told why so far.
            raise TurnFailed(endings.given_up(self._refused[0]))
        if self._apps is not None:
            self._apps.applied([*outcome.applied, *outcome.inserted])
        ran = list(outcome.ran)
        if self._started.purpose == "fix" and outcome.applied and self._started.binding.cell_id:
            # In auto mode the loop itself finds out whether the fix works.
            ran.append(await self._actions.run(self.id, self._path, [self._started.binding.cell_id]))
            await self._thread.remembered.ran(self._record, ran[-1])
        failure = next((event.failure for event in ran if event.failure), None)
        if failure is not None:
            return self.may_try_again(failure, raising=True)
        return self._apps is not None and await self._look_at_apps(self._apps)

    async def _look_at_apps(self, apps: AppWork) -> bool:
        """How the apps do that the answer has written; True when the model should mend something."""
        again = False
        for found in await apps.look():
            if isinstance(found, str):
                self.observe(found)
                again = True
            elif goes_on(self._record, found):
                words, problem = next_try(self._record, found)
                if problem is not None:
                    raise TurnFailed(problem, "limit")
                self.observe(words, found.failures[0].failure)
                again = True
        return again

    async def _rehearse(self, bodies: Sequence[p.EditAction]) -> Sequence[Rehearsal] | None:
        return await self._thread.preparation.rehearse(self._record, bodies)

    def _may_better(self) -> bool:
        """Whether the model may answer a candidate that fails when it is tried: once, and as one of the tries."""
        return not self._bettered and self._record.rehearsed + 1 < self._options.max_tries

    async def _call(self, call: ToolCalled) -> None:
        self._log.append(
            p.ToolCalled, turn=self.id, call=call.id, name=call.name, arguments=call.arguments or {"raw": call.raw}
        )
        ok, answer = await self._bench.use(call)
        self._log.append(
            p.ToolReturned, turn=self.id, call=call.id, ok=ok, text=answer.text, images=list(answer.images)
        )
        for cell in _cells_of(call):
            # The model knows these anew, as they are now.
            self._scope.seen.pop(cell, None)

    # ------------------------------------------------------------------------------------------------------ observe

    def observe(self, text: str, failure: p.Failure | None = None) -> None:
        """Tell the model something with its next request."""
        self._log.append(p.Observed, turn=self.id, text=text, failure=failure)

    def may_try_again(self, failure: p.Failure, *, raising: bool = False) -> bool:
        """Whether another try at ``failure`` makes sense; then the model is told of it.

        :raises TurnFailed: with ``raising``, when it does not.
        """
        problem = why_not_again(self._record, failure)
        if problem is not None:
            if raising:
                raise TurnFailed(problem, "limit")
            return False
        self.observe(failure_message(failure), failure)
        return True

    # ---------------------------------------------------------------------------------------------------------- end

    @property
    def _path(self) -> str:
        return self._started.binding.path or ""

    async def _keep_what_arrived(self) -> None:
        answer, self._answer = self._answer, None
        if answer is None:
            return
        await answer.abandon()
        if answer.text:
            self._log.append(p.Replied, turn=self.id, content=[{"type": "text", "text": answer.text}], stop="stopped")

    def _end(self, reason: str, problem: p.Problem | None = None, summary: str = "") -> None:
        self._log.append(p.TurnEnded, turn=self.id, reason=reason, problem=problem, summary=summary)


def _cells_of(call: ToolCalled) -> list[str]:
    """The cells that a call has read or changed."""
    named = [(call.arguments or {}).get("cell_id"), *_listed((call.arguments or {}).get("cell_ids"))]
    return [cell for cell in named if isinstance(cell, str)]


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
