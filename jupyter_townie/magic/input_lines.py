"""Keeps a prompt a prompt.

IPython reads a cell as Python before it runs a line magic: a line that ends in ``?`` becomes a request for help on its
last word, and a quote or bracket that is not closed swallows the lines below.  The transformer here hands ``%townie``
lines to the magic before any of that.  ``%townie?`` alone is still IPython's own help, and a line that ends in a
backslash is still continued.
"""

from __future__ import annotations

import re

_LINE = re.compile(r"(?P<indent>[ \t]*)%townie[ \t]+(?P<text>.*[^\s\\])\s*\Z")


def keep_prompts(lines: list[str]) -> list[str]:
    """An input transformer for ``input_transformers_cleanup``: lines in, lines out."""
    result = list(lines)
    for number, line in enumerate(lines):
        match = _LINE.match(line)
        if match and number in _statement_starts(result):
            result[number] = f"{match['indent']}get_ipython().run_line_magic('townie', {match['text']!r})\n"
    return result


def _statement_starts(lines: list[str]) -> set[int]:
    """Numbers (from 0) of the lines on which a statement begins, so that no string is touched."""
    from IPython.core.inputtransformer2 import make_tokens_by_line

    ended = [line if line.endswith("\n") else line + "\n" for line in lines]
    starts = set()
    for tokens in make_tokens_by_line(ended):
        first = next((token for token in tokens if token.string.strip()), None)
        if first is not None:
            starts.add(first.start[0] - 1)
    return starts
