"""Installing packages that an app lacks, for the Python that runs it: a person has seen their names and said so."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import re
import shutil
import signal
import tempfile
import time
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import anyio

from .. import protocol as p
from .app import App
from .observation import Observation
from .packages import unknown
from .refusal import AppRefused

logger = logging.getLogger(__name__)

DEADLINE = 30 * 60.0
"""Seconds that pip may take; a person can stop it at any time."""
TELL_EVERY = 0.3
"""Seconds between two words of how far it is."""
LAST_LINES = 12
"""Of what pip said, when it has failed."""

_REMEDIES = (
    (
        r"externally-managed-environment|Permission denied|not writeable|Read-only file system",
        "This environment can not be written by you. Make one of your own with a kernel, and name that in townie.toml:"
        ' kernel = "its-name".',
    ),
    # pip ends with "No matching distribution" in this case, too.
    (
        r"connection broken|NewConnectionError|name resolution|ProxyError|SSLError|ReadTimeout|ConnectTimeout|dns error"
        r"|Failed to fetch",
        "The package index can not be reached from this server. Try again later, or set pip's index or proxy.",
    ),
    (
        r"No matching distribution|Could not find a version|not found in the package registry|No solution found",
        "The package index has no such package for this Python. Look whether the name and the version are right, or let"
        " Townie try to do without it.",
    ),
    (r"No space left on device", "The disk is full: make room, then try again."),
)


@dataclass
class _Job:
    """One installation."""

    names: list[str]
    phase: Literal["installing", "failed"] = "installing"
    lines: deque[str] = field(default_factory=lambda: deque(maxlen=400))
    remedy: str = ""
    told: float = 0.0
    process: asyncio.subprocess.Process | None = None
    stopped: bool = False


class Installing:
    """All of one server.  *python* finds an app's executable, *observe* who watches it, *done* starts it anew."""

    def __init__(
        self,
        python: Callable[[str | None], Awaitable[str]],
        observe: Callable[[str], Observation],
        done: Callable[[App], Awaitable[None]],
    ) -> None:
        self._python, self._observe, self._done = python, observe, done
        self._jobs: dict[str, _Job] = {}
        self._installed: dict[str, set[str]] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._locks: dict[str, asyncio.Lock] = {}
        """By the executable: two at a time would get in each other's way."""

    def state(self, app: App, python: str) -> p.AppPackages | None:
        """What *app*, which runs with *python*, lacks, by its failures that are known."""
        job = self._jobs.get(app.id)
        if job is not None and job.phase == "installing":
            names = job.names
        else:
            found = (name for one in self._observe(app.id).failures for name in one.missing)
            # What is there and still fails, another installation does not help.
            names = [one for one in dict.fromkeys(found) if one not in self._installed.get(python, ())]
        if not names or not python:
            return None
        if job is None or job.names != names:
            return p.AppPackages(names=names, unknown=unknown(names), into=python)
        lines = list(job.lines)[-1:] if job.phase == "installing" else _telling(job.lines)
        return p.AppPackages(
            names=names,
            unknown=unknown(names),
            into=python,
            phase=job.phase,
            output="\n".join(lines)[:4_000],
            remedy=job.remedy,
        )

    def begin(self, app: App, state: p.AppPackages | None, names: Sequence[str]) -> None:
        """Install *names*, which a person has seen as what is missing; returns at once.

        :raises AppRefused: something else is missing by now.
        """
        if state is not None and state.phase == "installing":
            return
        if state is None or list(names) != state.names:
            message = "The app lacks something else by now."
            raise AppRefused(p.Problem(code="other_packages", message=message, remedy="Look at its panel again."))
        job = self._jobs[app.id] = _Job(state.names)
        self._tasks[app.id] = asyncio.create_task(self._run(app, job))
        self._observe(app.id).state_changed()

    async def stop(self, app: str) -> None:
        """End what pip does for *app*; nothing happens when it does nothing."""
        job, task = self._jobs.get(app), self._tasks.get(app)
        if job is None or task is None or job.phase != "installing":
            return
        job.stopped = True
        if job.process is None:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
        else:
            _kill(job.process)
            await asyncio.wait([task])

    async def close(self) -> None:
        await asyncio.gather(*(self.stop(app) for app in list(self._tasks)), return_exceptions=True)

    async def _run(self, app: App, job: _Job) -> None:
        observation = self._observe(app.id)
        names = ", ".join(job.names)
        began = time.monotonic()
        failure, told = "", False
        try:
            assert app.manifest is not None
            python = await self._python(app.manifest.kernel)
            async with self._locks.setdefault(python, asyncio.Lock()):
                observation.log("townie", f"Installing {names} for {python}.")
                with anyio.fail_after(DEADLINE):
                    code = await self._pip(python, job, observation)
            if code:
                failure = f"{names} could not be installed."
                # pip has said why.
                told = bool(job.lines)
            else:
                self._installed.setdefault(python, set()).update(job.names)
        except AppRefused as refused:
            failure = refused.problem.message
        except TimeoutError:
            failure = f"{names} was not installed within {DEADLINE / 60:.0f} minutes."
        except OSError as error:
            failure = f"pip can not be started: {error.strerror or error}."
        except asyncio.CancelledError:
            job.stopped = True
        except Exception as error:
            logger.exception("Packages of an app could not be installed")
            failure = f"{names} could not be installed: {error}"
        finally:
            if job.process is not None and job.process.returncode is None:
                _kill(job.process)
        if job.stopped:
            del self._jobs[app.id]
            observation.log("townie", f"The installation of {names} was stopped.")
        elif failure:
            job.phase = "failed"
            said = "\n".join(job.lines)
            job.remedy = next((remedy for pattern, remedy in _REMEDIES if re.search(pattern, said)), "")
            if not told:
                job.lines.append(failure)
            observation.log("townie", failure)
        else:
            observation.log("townie", f"Installed {names} after {time.monotonic() - began:.1f} s.")
            del self._jobs[app.id]
            await self._done(app)
        observation.state_changed()

    async def _pip(self, python: str, job: _Job, observation: Observation) -> int:
        """pip's exit code."""
        # In a folder that nobody else writes to: what lies there could be imported instead of pip's own modules.
        with tempfile.TemporaryDirectory(prefix="townie-pip-") as folder:
            command = [python, "-m", "pip", "install", "--disable-pip-version-check", "--no-input"]
            command += ["--progress-bar", "off", "--no-color"]
            if not await _has_pip(python, folder):
                uv = shutil.which("uv")
                if uv is None:
                    job.lines.append(f"There is no pip for {python}: {python} -m ensurepip brings it.")
                    return 1
                command = [uv, "pip", "install", "--python", python, "--no-progress", "--color", "never"]
            process = job.process = await asyncio.create_subprocess_exec(
                *command,
                *job.names,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.STDOUT,
                cwd=folder,
                env=_environment(os.environ),
                limit=1 << 20,
                start_new_session=True,
            )
            assert process.stdout is not None
            while piece := await process.stdout.readline():
                line = piece.decode("utf-8", "replace").rstrip()
                if line.strip():
                    job.lines.append(line.strip()[:500])
                    observation.log("townie", line[:500])
                if time.monotonic() - job.told > TELL_EVERY:
                    job.told = time.monotonic()
                    observation.state_changed()
            return await process.wait()


async def _has_pip(python: str, folder: str) -> bool:
    code = "import importlib.util, sys; sys.exit(importlib.util.find_spec('pip') is None)"
    quiet = asyncio.subprocess.DEVNULL
    process = await asyncio.create_subprocess_exec(python, "-c", code, cwd=folder, stdout=quiet, stderr=quiet)
    return await process.wait() == 0


def _environment(environ: Mapping[str, str]) -> dict[str, str]:
    """The person's own, as pip needs its settings and proxies; what opens Jupyter is not for a package's build."""
    withheld = re.compile(r"JUPYTERHUB_.*|JUPYTER_TOKEN|JPY_.*|.*_API_KEY|PYTHONPATH|PYTHONHOME")
    return {name: value for name, value in environ.items() if not withheld.fullmatch(name)}


def _telling(lines: Sequence[str]) -> list[str]:
    """The last of what pip said, with its errors."""
    kept = list(lines)[-LAST_LINES:]
    errors = [line for line in lines if line.startswith(("ERROR:", "error:")) and line not in kept]
    return [*errors[-3:], *kept]


def _kill(process: asyncio.subprocess.Process) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
