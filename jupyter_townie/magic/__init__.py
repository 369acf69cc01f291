"""Townie in IPython: ``%load_ext jupyter_townie``, then ``%townie`` and ``%%townie``.

Loading registers the magic and nothing else; the loop, the store and a model's client are imported by the first use.
"""

from __future__ import annotations

from typing import Any


def load(ipython: Any) -> None:
    """Register the magic in an IPython shell; again is harmless."""
    from .input_lines import keep_prompts
    from .townie import TownieMagics

    if isinstance(ipython.magics_manager.registry.get("TownieMagics"), TownieMagics):
        return
    ipython.register_magics(TownieMagics(shell=ipython, parent=ipython))
    if keep_prompts not in ipython.input_transformers_cleanup:
        ipython.input_transformers_cleanup.append(keep_prompts)


def unload(ipython: Any) -> None:
    """Take the magic out of an IPython shell."""
    from .input_lines import keep_prompts
    from .townie import TownieMagics

    magics = ipython.magics_manager.registry.pop("TownieMagics", None)
    if isinstance(magics, TownieMagics):
        magics.close()
    for kind in ("line", "cell"):
        ipython.magics_manager.magics[kind].pop("townie", None)
    if keep_prompts in ipython.input_transformers_cleanup:
        ipython.input_transformers_cleanup.remove(keep_prompts)
