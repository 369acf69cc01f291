"""``%townie`` and ``%%townie``."""

from __future__ import annotations

import os
import uuid
from concurrent.futures import Future
from pathlib import Path
from typing import TYPE_CHECKING, Any

from IPython.core.error import UsageError
from IPython.core.magic import Magics, line_cell_magic, magics_class, no_var_expand
from traitlets import Bool, Dict, Enum, Float, Integer, Unicode

from .command import HELP, Command, UsageError as WrongUsage, parse
from .mentions import mentions, split_known

if TYPE_CHECKING:
    from .. import protocol as p
    from ..apps.apps import Apps
    from .conversation import Conversation
    from .foreground import Foreground
    from .history import SessionHistory
    from .session import SessionHost
    from .surface import IPythonSurface
    from .use import Use


@magics_class
class TownieMagics(Magics):
    """Townie in an IPython session; configure with ``c.TownieMagics...`` or ``%config TownieMagics...``."""

    model = Unicode("", help="The model that answers, as provider/model; empty chooses by the keys there are.").tag(
        config=True
    )
    base_urls = Dict(help="Base URLs by provider, for gateways and local servers.").tag(config=True)
    headers = Dict(help="HTTP headers by provider, sent with every request.").tag(config=True)
    profiles = Dict(help="What is known of a model, by provider/model.").tag(config=True)
    privacy = Enum(
        ["types", "values"], "types", help="What the summary of an @variable holds: types and shapes, or values too."
    ).tag(config=True)
    rules = Unicode("", help="Standing instructions; they become part of every request.").tag(config=True)
    max_tries = Integer(3, min=1, max=20, help="How often a repair is tried with --run.").tag(config=True)
    max_cost = Float(None, allow_none=True, help="US dollars that one use may spend; None is no limit.").tag(
        config=True
    )
    buttons = Bool(True, help="Whether answers carry buttons where the page can show them.").tag(config=True)
    store_path = Unicode("", help="The file of the threads; empty is the one that Jupyter's server uses.").tag(
        config=True
    )

    def __init__(self, shell: Any, **settings: Any) -> None:
        super().__init__(shell, **settings)
        from .foreground import Foreground
        from .history import SessionHistory

        self.history: SessionHistory = SessionHistory(shell)
        self.history.watch()
        self._foreground: Foreground = Foreground(shell)
        self._session: tuple[IPythonSurface, SessionHost, Conversation] | None = None
        self._apps: Apps | None = None

    @no_var_expand
    @line_cell_magic
    def townie(self, line: str, cell: str | None = None) -> None:
        """Ask Townie, an AI companion.  ``%townie help`` says what it can do."""
        try:
            command = parse(line, cell)
        except WrongUsage as error:
            raise UsageError(str(error)) from None
        getattr(self, f"_{command.verb}")(command)

    def close(self) -> None:
        """Stop following the session, and what is going on."""
        self.history.unwatch()
        if self._session is not None:
            self._session[2].close()
            self._session = None

    # -------------------------------------------------------------------------------------------------------- verbs

    def _help(self, _: Command) -> None:
        self._say(HELP)

    def _models(self, _: Command) -> None:
        from ..models.registry import list_models
        from .tables import models_table

        self._say(models_table(list_models(self._config())))

    def _status(self, _: Command) -> None:
        from ..models.registry import list_models
        from .tables import status_table

        self._say(status_table(list_models(self._config()), self.model or None, self._store(), self._failed()))

    def _cost(self, _: Command) -> None:
        from .tables import cost_table

        thread = self._session[2].thread if self._session else None
        self._say(cost_table(thread.log.events if thread else []))

    def _ask(self, command: Command) -> None:
        self._turn(command, "chat")

    def _app(self, command: Command) -> None:
        from .apps import apps_at, place_of, show, written

        _, host, _ = self._opened()
        place = place_of(self.shell)
        if self._apps is None or self._apps.root != place.root.resolve():
            self._apps = apps_at(place)
        host.apps = self._apps
        try:
            use = self._turn(command, "app")
        finally:
            host.apps = None
        app = written(self._apps, map(use.answer.body, use.answer.actions))
        if app is not None:
            show(self.shell, self._apps, app, place)

    def _fix(self, command: Command) -> None:
        self._about_failure(command, "fix")

    def _explain(self, command: Command) -> None:
        self._about_failure(command, "explain")

    def _continue(self, command: Command) -> None:
        from .use import Use

        thread = self._session[2].thread if self._session else None
        if thread is None or not thread.state.turns:
            self._say("There is nothing to continue: nothing has been asked in this session yet.")
            return
        *_, turn = thread.state.turns
        ended = thread.state.turns[turn].ended
        if ended is not None and ended.reason == "done":
            self._say("There is nothing to continue: the last answer is complete. Ask on with `%townie ...`.")
            return
        opened = self._opened()
        with self._foreground.attending(lambda: opened[2].stop(turn)):
            Use(self, opened, turn, command).go_on()

    # ------------------------------------------------------------------------------------------------------ turns

    def _about_failure(self, command: Command, purpose: p.Purpose) -> None:
        failed = self.history.failed
        if failed is None or failed.error is None:
            self._say(
                "Nothing to repair: no cell of this session has failed since it last ran well. "
                "Run the cell that fails, then `%townie fix`."
            )
            return
        from .history import raw_error

        self._turn(command, purpose, failed.cell_id, raw_error(self.shell, failed.error))

    def _turn(
        self, command: Command, purpose: p.Purpose, cell_id: str | None = None, error: p.RawError | None = None
    ) -> Use:
        from .use import Use

        surface, _, conversation = opened = self._opened()
        surface.begin(None if command.context else {cell_id} if cell_id else set())
        turn = uuid.uuid4().hex
        with self._foreground.attending(lambda: conversation.stop(turn)):
            use = Use(self, opened, turn, command)
            use.submit(self.submission(use, command, purpose, cell_id, error))
        return use

    def submission(
        self, use: Any, command: Command, purpose: p.Purpose, cell_id: str | None, error: p.RawError | None
    ) -> p.Submit:
        """The command that starts a turn of the loop."""
        from .. import protocol as p

        surface, host, _ = self._opened()
        known, use.answer.unknown = split_known(mentions(command.text), self._namespace)
        attachments = [p.Attachment(kind="variable", ref=name, label=name) for name in known]
        if command.context:
            attachments.append(p.Attachment(kind="notebook", ref=surface.path, label="this session"))
        attachments += [p.Attachment(kind="file", ref=host.name_file(path), label=path) for path in command.files]
        return p.Submit(
            turn=use.turn,
            purpose=purpose,
            text=command.text,
            binding=p.Binding(path=surface.path, cell_id=cell_id),
            attachments=attachments,
            options=p.Options(
                model=command.model or self.model or None,
                mode="auto" if command.run else "ask",
                # Without an explicit @name nothing of a variable leaves the session.
                privacy=self.privacy if known else "code",
                rules=self.rules,
                max_tries=self.max_tries,
                max_cost=self.max_cost,
                keep_trying=command.run,
            ),
            error=error,
        )

    def fix_again(self, asked: Any) -> Future[None] | None:
        """Start a repair of what failed last without holding the user's thread: a button was pressed.

        :param asked: the header of the input under whose output the repair is shown.
        """
        from .history import raw_error
        from .use import Use

        failed = self.history.failed
        if failed is None or failed.error is None:
            return None
        opened = self._opened()
        opened[0].begin(None)
        use = Use(self, opened, uuid.uuid4().hex, Command("fix"), asked)
        return use.start(self.submission(use, use.command, "fix", failed.cell_id, raw_error(self.shell, failed.error)))

    # ---------------------------------------------------------------------------------------------------- session

    @property
    def _namespace(self) -> dict[str, Any]:
        shell: Any = self.shell
        namespace: dict[str, Any] = shell.user_ns
        return namespace

    @property
    def foreground(self) -> Foreground:
        return self._foreground

    def _opened(self) -> tuple[IPythonSurface, SessionHost, Conversation]:
        if self._session is None:
            import logging

            # What goes wrong is told in the answer; without a handler Python would print it under the cell as well.
            logging.getLogger("jupyter_townie").addHandler(logging.NullHandler())
            from ..threads.host import Limits
            from .conversation import Conversation
            from .session import SessionHost, SessionKernel, notebook_of
            from .surface import IPythonSurface

            file = notebook_of(self.shell) or Path(os.environ.get("JPY_SESSION_NAME") or "IPython")
            path = f"{file.name} (session {os.getpid()})"
            surface = IPythonSurface(path, self.shell, self.history, self._foreground)
            kernel = SessionKernel(self.shell, self._foreground)
            host = SessionHost(surface, kernel, self._config(), Limits(cost=self.max_cost))
            self._session = surface, host, Conversation(self._store(), host, self._foreground, path)
        self._session[1].config = self._config()
        return self._session

    def _config(self) -> Any:
        from ..models.config import ModelConfig

        return ModelConfig(
            default=self.model or None, base_urls=self.base_urls, headers=self.headers, profiles=self.profiles
        )

    def _store(self) -> Path:
        if self.store_path:
            return Path(self.store_path).expanduser()
        from jupyter_core.paths import jupyter_data_dir

        return Path(jupyter_data_dir()) / "townie" / "threads.sqlite"

    def _failed(self) -> str:
        failed = self.history.failed
        return f"{type(failed.error).__name__} in [{failed.count}]" if failed and failed.error else ""

    def _say(self, markdown: str) -> None:
        from .display import say

        say(self.shell, markdown)
