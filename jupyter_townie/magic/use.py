"""One use of the magic: a turn, what is shown of it, and what it leaves for the user to decide."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any

from .. import protocol as p
from ..threads.store import StoreError
from ..threads.thread import Refused
from .answer import Answer
from .command import Command
from .display import display_for
from .page import cell_of
from .panel import Panel, Press, can_show_buttons

if TYPE_CHECKING:
    from .conversation import Conversation
    from .page import Told
    from .session import SessionHost
    from .surface import IPythonSurface
    from .townie import TownieMagics


class Use:
    """Made in the user's thread, while the input that it belongs to runs.

    :param parent: the header of that input when it has ended already.
    """

    def __init__(
        self,
        magics: TownieMagics,
        session: tuple[IPythonSurface, SessionHost, Conversation],
        turn: str,
        command: Command,
        parent: Any = None,
    ) -> None:
        self.turn = turn
        self.command = command
        self.answer = Answer()
        self._magics = magics
        self._shell: Any = magics.shell
        self._surface, _, self._conversation = session
        self._surface.turn = turn
        self._code: list[str] = []
        """What Insert inserts: the code that waited last."""
        self._parent = self._surface.parent = parent or getattr(self._shell, "parent_header", None)
        with self._surface.under(parent):
            shows = magics.buttons and can_show_buttons(self._shell)
            self._panel = Panel(self._shell, busy=parent is None) if shows else None
            if self._panel is not None:
                self._panel.pressed = self._pressed
            below = self._panel.show if self._panel is not None else lambda: None
            self._display = display_for(self._shell, again=parent is not None, appeared=below)
        self._surface.before_run = self._display.appear
        self._lock = threading.Lock()

    # ---------------------------------------------------------------------------- while the user's thread waits

    def submit(self, submission: p.Submit) -> None:
        """Run the turn to its end."""
        self._wait(lambda: self._conversation.submit(submission, self._hear))

    def go_on(self) -> None:
        """Go on with a turn that was cut off."""
        self._wait(lambda: self._conversation.go_on(self.turn, self._hear))

    def _wait(self, start: Callable[[], Future[None]]) -> None:
        try:
            self._conversation.finish(start())
            while self.command.run and not self._stopped and (action := self._next_to_accept()):
                self._conversation.finish(self._accept(action))
        except (Refused, StoreError) as refusal:
            self._refused(refusal)
        if self.command.run and self._shows_only():
            message = "Nothing was run: the answer shows code, but not as a cell."
            self.answer.notices.append(
                p.Problem(code="not_run", message=message, remedy="Ask for it as a cell, or copy what you need.")
            )
        self._offer()
        self._conclude()

    # --------------------------------------------------------------------- when a button was pressed afterwards

    def start(self, submission: p.Submit) -> Future[None]:
        """Run the turn while the user's thread goes on."""
        future = self._conversation.submit(submission, self._hear)
        future.add_done_callback(self._done)
        return future

    def _pressed(self, button: Press) -> None:
        if button == "stop":
            self._conversation.stop(self.turn)
            return
        if self._panel is not None:
            # A repair has its own buttons, below it.
            self._panel.offer(["stop"] if button != "fix" and self._panel.heard_while_busy else [])
        with self._lock:
            if button == "run":
                action = self._next_to_accept()
                accepted = self._accept(action) if action else self._conversation.run(self.turn, self._hear)
                accepted.add_done_callback(self._done)
            elif button == "insert" and self._panel is not None:
                self._panel.page.insert(self._code, self._moved)
            elif button == "undo" and self._panel is not None and self._panel.page.holds_cells:
                self._panel.page.undo(self._moved)
            elif button == "undo":
                self._magics.foreground.call(self._restore)
                self._conversation.undo(self.turn, self._hear).add_done_callback(self._done)
            else:
                self._magics.foreground.call(self._fix)

    def _fix(self) -> None:
        if self._magics.fix_again(self._parent) is None:
            self._conclude()

    def _restore(self) -> None:
        names = self._surface.restore_names()
        if names:
            listed = ", ".join(f"`{name}`" for name in names)
            message = f"Bound again to what they were: {listed}. Objects that were changed in place stay changed."
            self.answer.notices.append(p.Problem(code="restored", message=message))

    def _moved(self, told: Told) -> None:
        """The page has inserted cells, or taken them back, or neither."""
        if told.where or told.undone:
            self.answer.inserted = told.where
        self.answer.page_problem = told.problem
        self._conclude()

    def _done(self, future: Future[None]) -> None:
        error = None if future.cancelled() else future.exception()
        if isinstance(error, (Refused, StoreError)):
            self._refused(error)
        self._conclude()

    # ------------------------------------------------------------------------------------------------------- both

    def _hear(self, event: p.Event) -> None:
        if event.turn == self.turn or event.turn is None:
            self.answer.interrupted = self._surface.interrupted
            self.answer.see(event)
            self._display.show(self.answer)
            if self._panel is not None:
                self._panel.offer_stop()

    @property
    def _stopped(self) -> bool:
        return self.answer.ended is not None and self.answer.ended.reason == "stopped"

    def _shows_only(self) -> bool:
        """Whether the whole answer is there, with code that was put nowhere."""
        ended, code = self.answer.ended, (part.kind == "code" for part in self.answer.parts.values())
        return ended is not None and ended.reason == "done" and not self.answer.actions and any(code)

    def _next_to_accept(self) -> str | None:
        """An action that the user's wish to run covers; installing something is never meant by it."""
        for action in self.answer.waits_for_decision:
            if not isinstance(self.answer.body(action), p.InstallAction):
                return action
        return None

    def _accept(self, action: str) -> Future[None]:
        return self._conversation.decide(p.Decide(action=action, decision="accept_and_run"), self._hear)

    def _refused(self, refusal: Refused | StoreError) -> None:
        problem = refusal.problem if isinstance(refusal, Refused) else p.Problem(code="store", message=str(refusal))
        self.answer.notices.append(problem)

    def _offer(self) -> None:
        sources = self._sources()
        if not sources or (self._panel is not None and self._panel.page.can_insert):
            return
        # A cell magic takes everything below it, so only one such cell fits into an input.
        alone = any(source.lstrip().startswith("%%") for source in sources)
        self._shell.set_next_input(sources[0] if alone else "\n\n".join(sources), replace=False)
        self.answer.offered = "next cell" if cell_of(self._shell) else "next input"

    def _sources(self) -> list[str]:
        """The code that waits."""
        sources = list(self._surface.offered)
        for action in self.answer.waits_for_decision:
            body = self.answer.body(action)
            if isinstance(body, p.EditAction):
                sources.append(body.after)
            elif isinstance(body, p.InstallAction):
                sources.append("%pip install " + " ".join(body.packages))
            elif isinstance(body, p.RunAction):
                sources += self._surface.sources(body.cell_ids)
        return sources

    def _conclude(self) -> None:
        # What waits in the surface belongs to the turn that was begun last, which may be another one by now; what
        # waits after Undo is what was there before.
        if self._surface.turn == self.turn and self.answer.undone is None:
            self._code = self._sources() or self._code
            panel = self._panel
            by_button = panel is not None and not panel.page.can_insert and not self.answer.offered
            self.answer.loose = by_button and bool(self._sources())
        else:
            self.answer.loose = False
        self._display.show(self.answer, final=True)
        if self._panel is not None:
            self._panel.offer(self._useful_buttons())

    def _useful_buttons(self) -> list[Press]:
        page = self._panel.page if self._panel is not None else None
        useful: list[Press] = []
        if page is not None and self._code and not self.answer.offered and not page.holds_cells and page.can_insert:
            useful.append("insert")
        if self.answer.undone is None and (self._surface.offered or self._next_to_accept()):
            useful.append("run")
        if self.answer.failed and self.answer.undone is None:
            useful.append("fix")
        ran = self.answer.undone is None and (self._surface.changed_names or self.answer.ran)
        if ran or (page is not None and page.holds_cells):
            useful.append("undo")
        return useful
