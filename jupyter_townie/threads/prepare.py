"""Before the model is asked: what failed, what it needs to see, and whether a rule already knows the answer."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import re
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from .. import protocol as p
from ..kernels.errors import KernelError
from ..models.providers import is_free
from ..notebooks.surface import SurfaceError
from .appcontext import files_of, reported
from .applook import app_views
from .instantfixes import InstantFixes

if TYPE_CHECKING:
    from ..apps.app import App
    from ..context.build import Context
    from ..context.files import FileText
    from ..context.findings import Finding
    from ..kernels.client import KernelClient
    from ..kernels.variables import VariableSummary
    from ..models.model import Model
    from .actions import Actions
    from .host import Host
    from .rehearsal import Rehearsal
    from .remembered import Remembered
    from .state import ActionRecord, TurnRecord

logger = logging.getLogger(__name__)

_DISTRIBUTION = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?(?:\[[A-Za-z0-9,._-]+\])?\Z")
INSTALL_SECONDS = 600.0
PATIENCE = 1.0
"""Seconds for a kernel to become idle before its variables are asked for, as after a completion or a short cell."""
DIED = "KernelDied"
"""The name under which a page reports the death of a kernel as an error."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What the model is shown with the message of a turn."""

    context: Context
    sources: Mapping[str, str]
    """The sources of the notebook's cells at that moment, by id: what an answer is an answer to."""
    notices: tuple[p.Problem, ...] = ()
    app: App | None = None
    """The app that the turn is about."""


class Preparation:
    """Reads notebooks, kernels and files for one thread; changes nothing but by :meth:`install`."""

    def __init__(self, host: Host, actions: Actions, remembered: Remembered) -> None:
        self._host = host
        self._actions = actions
        self.instant_fixes = InstantFixes(self, remembered)

    async def model(self, name: str | None) -> str:
        """The model that answers, when the user has chosen ``name`` or nothing."""
        from ..models.registry import default_model

        if name:
            return name
        # The keys decide, and a keyring can take its time.
        found: str = await asyncio.to_thread(default_model, self._host.config)
        return found

    # ----------------------------------------------------------------------------------------------------- failures

    async def failure(self, command: p.Submit) -> p.Failure | None:
        """The failure that a ``fix`` or ``explain`` is about, or None for other purposes.

        :raises Refused: an app is meant that reports none.
        """
        if command.binding.kind == "app" and command.purpose in ("fix", "explain") and self._host.apps is not None:
            return reported(self._host.apps, command.binding.path or "")
        error = command.error
        if error is None:
            return None
        from ..failures import failure_from_error

        binding = command.binding
        snapshot = await self.read(command.turn, binding, outputs=False)
        cells = [(cell.id, cell.source) for cell in snapshot.cells] if snapshot else []
        count = (
            next((cell.execution_count for cell in snapshot.cells if cell.id == binding.cell_id), None)
            if snapshot
            else None
        )
        return failure_from_error(
            error,
            source="kernel" if error.ename == DIED else "console" if binding.kind == "console" else "cell",
            path=binding.path,
            cell_id=binding.cell_id,
            execution_count=count,
            cells=cells,
            language=snapshot.language if snapshot else "python",
        )

    # ------------------------------------------------------------------------------------------------------ privacy

    async def privacy(self, turn: TurnRecord, model: Model) -> p.Problem | None:
        """Look up what the model may see of the notebook; a question to the user when that has to be chosen first."""
        binding, options = turn.started.binding, turn.started.options
        if binding.path is None or binding.kind != "notebook" or self._host.data is None:
            return None
        place = self._host.place(binding.path)
        if place is None:
            return None
        from ..context.privacy import FILE, Choices

        try:
            turn.chosen = await asyncio.to_thread(Choices(self._host.data / FILE).of, place)
        except OSError:
            logger.warning("What was chosen for notebooks could not be read", exc_info=True)
        # What stays on the user's own machine needs no question.
        if turn.chosen is not None or not options.ask_privacy or is_free(model.profile):
            return None
        return p.Problem(
            code="privacy",
            message=f"What may {model.profile.label} see of {PurePosixPath(binding.path).name}, beside what you type?",
            remedy="Nothing has been sent yet. Your choice is kept for this notebook. What looks like a key or a "
            "password is taken out in any case.",
        )

    # ------------------------------------------------------------------------------------------------------ context

    async def context(self, turn: TurnRecord, model: Model, app: App | None = None) -> Shown:
        """What the model is shown with the message of a turn, and what the user should know about it."""
        from ..context.build import build
        from ..context.slice import slice_cells

        started = turn.started
        notices: list[p.Problem] = []
        snapshot = await self.read(turn.id, started.binding, outputs=turn.privacy == "outputs")
        snapshot, unseen = (snapshot, 0) if model.profile.vision else without_images(snapshot)
        failure = turn.failures[-1] if turn.failures else None
        variables = await self._variables(turn, snapshot, notices)
        attachments = [*await self._inputs(started, failure), *started.attachments]
        files = [*await self._files(started.attachments, notices)]
        if app is not None:
            files += await files_of(self._host, app, failure)
        slice_ids = None
        if snapshot is not None and failure is not None:
            cells = [
                (cell.id, cell.source, cell.execution_count) for cell in snapshot.cells if cell.cell_type == "code"
            ]
            if any(cell_id == started.binding.cell_id for cell_id, _, _ in cells):
                slice_ids = await asyncio.to_thread(slice_cells, cells, started.binding.cell_id or "")
        found = await self._findings(turn, snapshot, failure)
        views = await app_views(self._host.apps, turn, model.profile.vision, notices) if app is not None else ()
        budget = max(1000, min(self._host.limits.context_tokens, model.profile.room // 2))
        # Looking for secrets in a large notebook takes longer than other people's text may wait for.
        context = await asyncio.to_thread(
            build,
            message=started.text,
            snapshot=snapshot,
            binding=started.binding,
            attachments=attachments,
            privacy=turn.privacy,
            failure=failure,
            variables=variables,
            files=files,
            findings=found,
            views=views,
            slice_ids=slice_ids,
            budget=budget,
        )
        if unseen:
            label = f"{unseen} image{'' if unseen == 1 else 's'}"
            part = p.ContextPart(kind="image", label=label, tokens=0, note="not sent: this model reads text only")
            context = replace(context, parts=(*context.parts, part))
        sources = {cell.id: cell.source for cell in snapshot.cells} if snapshot is not None else {}
        return Shown(context, sources, tuple(notices), app)

    async def _inputs(self, started: p.TurnStarted, failure: p.Failure | None) -> list[p.Attachment]:
        """What a console ran before that its failed input depends on."""
        binding = started.binding
        if binding.kind != "console" or failure is None or failure.source == "kernel":
            return []
        from .consoleinputs import earlier_inputs

        failed = next((chip.text for chip in started.attachments if chip.ref == binding.cell_id and chip.text), "")
        return await earlier_inputs(await self.kernel(binding.path, binding.kernel_id), binding, failed)

    async def _findings(
        self, turn: TurnRecord, snapshot: p.NotebookSnapshot | None, failure: p.Failure | None
    ) -> Sequence[Finding]:
        """Locals, versions and origins of the names, for the failure of a Python cell."""
        if snapshot is None or failure is None or failure.language != "python" or failure.source == "kernel":
            return ()
        from ..context.findings import findings
        from ..kernels.variables import post_mortem

        binding, told = turn.started.binding, None
        kernel = await self.kernel(binding.path, binding.kernel_id or snapshot.kernel_id)
        if kernel is not None and kernel.language == "python":
            try:
                told = await post_mortem(kernel, failure.ename, turn.privacy)
            except KernelError as error:
                logger.info("The failed frame was not looked at: %s", error)
        return await asyncio.to_thread(findings, snapshot.cells, failure.cell_id, told)

    async def read(self, turn: str, binding: p.Binding, *, outputs: bool) -> p.NotebookSnapshot | None:
        if binding.path is None or binding.kind != "notebook":
            return None
        try:
            return await self._actions.surface(turn, binding.path).read(outputs=outputs)
        except SurfaceError as error:
            logger.info("Not read: %s", error.problem.message)
            return None

    async def _variables(
        self, turn: TurnRecord, snapshot: p.NotebookSnapshot | None, notices: list[p.Problem]
    ) -> Sequence[VariableSummary]:
        started = turn.started
        wanted = [chip.ref for chip in started.attachments if chip.kind == "variable"]
        if turn.privacy == "code" and not wanted:
            return ()
        if snapshot is not None and snapshot.language not in ("python", "ipython"):
            return ()
        kernel_id = started.binding.kernel_id or (snapshot.kernel_id if snapshot else None)
        kernel = await self.kernel(started.binding.path, kernel_id)
        if kernel is None:
            return ()
        from ..kernels.variables import summarise

        try:
            return await summarise(kernel, wanted or None, turn.privacy, wait=PATIENCE)
        except KernelError as error:
            notices.append(
                p.Problem(
                    code="variables_unread",
                    message=f"The variables were not read: {error}",
                    remedy="Townie goes on with the notebook's code; ask again when the kernel is idle.",
                )
            )
            return ()

    async def kernel(self, path: str | None, kernel_id: str | None) -> KernelClient | None:
        try:
            return await self._host.kernel(path, kernel_id)
        except KernelError:
            return None

    async def _files(self, attachments: Sequence[p.Attachment], notices: list[p.Problem]) -> Sequence[FileText]:
        from ..context.files import FileText

        files = []
        for chip in attachments:
            if chip.kind != "file":
                continue
            try:
                text = chip.text
                files.append(FileText(chip.ref, text) if text is not None else await self._host.show_file(chip.ref))
            except (ValueError, OSError) as error:
                notices.append(
                    p.Problem(
                        code="file_unread",
                        message=f"{chip.ref} was not sent: {error}",
                        remedy="Remove it from the message, or attach another file.",
                    )
                )
        return files

    async def rehearse(self, turn: TurnRecord, bodies: Sequence[p.EditAction]) -> Sequence[Rehearsal] | None:
        """What alternatives for one cell do to the failure of a turn, each tried in a copy of the kernel.

        None when no cell is meant, or nothing is to be tried.
        """
        binding = turn.started.binding
        if bodies[0].cell_id is None or binding.cell_id is None or binding.kind != "notebook":
            return None
        if not self._host.limits.dry_runs:
            return None
        failure = turn.started.failure
        if failure is not None and failure.source == "kernel":
            from ..kernels.dryrun import untried
            from .rehearsal import Rehearsal

            return [Rehearsal(untried("the kernel has died, and its variables with it").proof)] * len(bodies)
        snapshot = await self.read(turn.id, binding, outputs=False)
        if snapshot is None:
            return None
        from .rehearsal import rehearse

        kernel = await self.kernel(binding.path, binding.kernel_id or snapshot.kernel_id)
        with self.trying(turn.id):
            return await rehearse(kernel, snapshot.cells, binding.cell_id, bodies, snapshot.language)

    def trying(self, turn: str) -> AbstractContextManager[None]:
        """Around a trial for a turn, which says so when it takes long."""
        from .rehearsal import told_when_slow

        return told_when_slow(partial(self._actions.tell, turn))

    # ----------------------------------------------------------------------------------------------------- packages

    async def install(self, record: ActionRecord, body: p.InstallAction) -> None:
        """Install packages into the kernel's environment with ``%pip``; the log tells what pip said."""
        wrong = [name for name in body.packages if not _DISTRIBUTION.match(name)]
        if wrong:
            self._actions.change(record, "failed", f"Not a package name: {', '.join(wrong)}")
            return
        kernel = await self.kernel(body.path, None)
        if kernel is None:
            self._actions.change(record, "failed", "No kernel is running for this notebook; start one and try again.")
            return
        said: list[str] = []

        def listen(message: dict[str, Any]) -> None:
            if message["msg_type"] == "stream":
                said.append(str(message["content"].get("text", "")))

        self._actions.change(record, "running", "pip install " + " ".join(body.packages))
        try:
            done = await kernel.execute(
                "%pip install --quiet --disable-pip-version-check " + " ".join(body.packages),
                listen,
                store_history=False,
                timeout=INSTALL_SECONDS,
            )
        except KernelError as error:
            self._actions.change(record, "failed", f"{error.problem.message} {error.problem.remedy}")
            return
        except asyncio.CancelledError:
            self._actions.change(record, "failed", "Townie stopped waiting; the installation may go on in the kernel.")
            raise
        with contextlib.suppress(KernelError):
            # What was installed a moment ago is not found otherwise, where a folder's listing was cached before.
            await kernel.execute_silently("", {"_": "__import__('importlib').invalidate_caches()"})
        text = "".join(said)
        failed = done.status != "ok" or re.search(r"^ERROR: ", text, re.MULTILINE)
        last = [line for line in text.splitlines() if line.strip()][-3:]
        self._actions.change(record, "failed" if failed else "done", "\n".join(last)[:1000])


def without_images(snapshot: p.NotebookSnapshot | None) -> tuple[p.NotebookSnapshot | None, int]:
    """The notebook for a model that reads text only, and how many images it has: they must not take others' room."""
    if snapshot is None:
        return None, 0
    cells = [cell.model_copy(update={"images": []}) if cell.images else cell for cell in snapshot.cells]
    return snapshot.model_copy(update={"cells": cells}), sum(len(cell.images) for cell in snapshot.cells)
