"""``jupyter townie``: its arguments, its exit status, and what interrupts it."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import signal
import sys
from collections.abc import Sequence

FIXED, NO_FIX, USAGE = 0, 1, 2
STOPPED = 130
"""What a shell reports of a command that was ended by SIGINT."""

_STATUS = """\
exit status:
  0  nothing to fix, or a fix was found
  1  a cell fails and there is no fix, or the fix failed when it was tried
  2  the notebook, the cell or its kernel could not be used; nothing was run
"""


def run(arguments: Sequence[str] | None = None) -> int:
    """Parse *arguments* (default: the process's own) and carry them out."""
    parser = _parser()
    options = parser.parse_args(arguments)
    if options.command is None:
        parser.print_help()
        return USAGE
    try:
        return asyncio.run(_until_stopped(options))
    except (KeyboardInterrupt, asyncio.CancelledError):
        sys.stderr.write("Stopped. The kernel was shut down, and the notebook is as it was.\n")
        return STOPPED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="jupyter townie", description="An AI coding companion for notebooks.")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    fix = commands.add_parser(
        "fix",
        help="run a notebook and print the fix of its first failing cell",
        description="Runs a notebook in a fresh kernel up to its first failing cell, and prints the fix that Townie "
        "would offer, with its proof. The cells run with the notebook's folder as their working directory and do "
        "whatever they do; the notebook itself changes with --write alone.",
        epilog=_STATUS,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    fix.add_argument("notebook", metavar="NOTEBOOK.ipynb")
    fix.add_argument("--cell", metavar="ID", help="run up to this cell, past others that fail, and fix this one")
    fix.add_argument("--instant", action="store_true", help="local rules only: no model, no network")
    fix.add_argument(
        "--dry-run",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="try the fix in a fork of the kernel before it is offered (default: do)",
    )
    fix.add_argument("--json", action="store_true", help="print one JSON object instead of text")
    fix.add_argument("--write", action="store_true", help="save the fix into the notebook")
    return parser


async def _until_stopped(options: argparse.Namespace) -> int:
    """Both signals end the work as a cancellation, so that the kernel is shut down on the way out."""
    from .session import fix

    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    assert task is not None
    for number in (signal.SIGINT, signal.SIGTERM):
        with contextlib.suppress(NotImplementedError):  # Windows raises KeyboardInterrupt by itself
            loop.add_signal_handler(number, task.cancel)
    return await fix(options)
