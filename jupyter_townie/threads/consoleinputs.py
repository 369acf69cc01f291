"""What a console has run before: the inputs that a failed one depends on, which no file holds."""

from __future__ import annotations

import asyncio
import logging

from .. import protocol as p
from ..kernels.client import KernelClient
from ..kernels.errors import KernelError

logger = logging.getLogger(__name__)

MOST_TOKENS = 4_000
"""Of many inputs those nearest to the failed one are shown."""
SECONDS = 2.0


async def earlier_inputs(kernel: KernelClient | None, binding: p.Binding, failed: str) -> list[p.Attachment]:
    """A chip with the inputs that *failed*, the source of a failed input, depends on; none when none is known.

    The kernel's own history tells them.  Only their code is shown, as all levels of privacy allow.
    """
    if kernel is None or kernel.language != "python" or not failed.strip():
        return []
    try:
        ran = await kernel.inputs(timeout=SECONDS)
    except KernelError as error:
        logger.info("The inputs of the console were not read: %s", error)
        return []
    return await asyncio.to_thread(_chips, ran, binding, failed)


def _chips(ran: list[tuple[int, str]], binding: p.Binding, failed: str) -> list[p.Attachment]:
    from ..context.slice import slice_cells
    from ..context.tokens import estimate_tokens

    last = next((number for number, source in reversed(ran) if source.strip() == failed.strip()), None)
    number = ran[-1][0] + 1 if last is None and ran else last or 1
    cells = [(str(one), source, one) for one, source in ran if one < number]
    sources = {name: source for name, source, _ in cells}
    nearest = slice_cells([*cells, (str(number), failed, number)], str(number))
    shown: list[str] = []
    room = MOST_TOKENS
    for name in nearest:
        room -= estimate_tokens(sources[name])
        if room < 0:
            break
        shown.insert(0, name)
    if not shown:
        return []
    text = "\n\n".join(f"# In [{name}]\n{sources[name]}" for name in shown)
    few = shown if len(shown) <= 4 else [*shown[:2], "...", shown[-1]]
    left = len(nearest) - len(shown)
    label = f"input{'s' if len(shown) > 1 else ''} {', '.join(f'[{name}]' for name in few)}" + (
        f", {left} left out" if left else ""
    )
    return [p.Attachment(kind="selection", ref=f"inputs-{number}", label=label, path=binding.path, text=text)]
