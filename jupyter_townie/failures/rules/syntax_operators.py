"""An operator of another language, or ``=`` where a comparison is asked for."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..case import Case, Fix
from .reasons import because
from .syntax import Stop, code_only, repair


@because("This operator is one of another language.")
def other_operators(case: Case) -> Fix | None:
    """``&&``, ``||``, ``!x``, ``===``, ``=>``, ``i++``, and ``=`` where a comparison is asked for."""
    return repair(case, _operators)


def _operators(at: Stop) -> Iterator[str]:
    text, bare = at.text, code_only(at.text)
    changed, position = [], 0
    # `found =! found` and `x => x + 1` are no comparisons.
    compares = re.match(r"^\s*(?:if|elif|while|assert|return)\b", bare) is not None
    table = {"&&": " and ", "||": " or ", "===": "==", "!==": "!=", "=>": ">=", "=<": "<=", "=!": "!="}
    for found in re.finditer(r"\s*(&&|\|\|)\s*|!==|===|=>|=<(?!<)|=!(?!=)", bare):
        sign = found.group(1) or found.group(0).strip()
        called = bare[: found.start()].count("(") > bare[: found.start()].count(")")
        if not compares and (sign == "=!" or (sign == "=>" and called)):
            return
        changed.append(text[position : found.start()] + table[sign])
        position = found.end()
    if changed:
        yield at.with_line("".join(changed) + text[position:])
    negated = re.sub(r"(?<![\w=!<>%])!(?=[\w(])", "not ", bare)
    if negated != bare and not bare.lstrip().startswith("!"):
        yield at.with_line(_spliced(text, bare, r"(?<![\w=!<>%])!(?=[\w(])", "not "))
    step = re.match(r"^(\s*)([\w.\[\]]+)(\+\+|--)\s*;?\s*$", bare)
    if step:
        yield at.with_line(f"{step.group(1)}{text[step.start(2) : step.end(2)]} {step.group(3)[0]}= 1")
    condition = re.match(r"^\s*(?:if|elif|while)\b", bare)
    if condition and (
        "'=='" in at.message
        or "invalid syntax" in at.message
        or "expected ':'" in at.message
        or "cannot assign" in at.message
    ):
        single = list(re.finditer(r"(?<![=!<>:+\-*/%&|^])=(?!=)", _outside_brackets(bare)))
        if len(single) == 1 and not _is_read(bare[single[0].end() :]):
            place = single[0].start()
            yield at.with_line(f"{text[:place]}=={text[place + 1 :]}")
    if "'=='" in at.message and not condition:
        return


def _is_read(value: str) -> bool:
    """Whether the value is something that is taken and kept, as in ``while chunk = file.read(2)``: no comparison."""
    return (
        re.search(r"\b(?:read\w*|re\.\w+|next|pop\w*|get|match|search|input|fetch\w*|recv\w*|find\w*)\(", value)
        is not None
    )


def _spliced(text: str, bare: str, pattern: str, new: str) -> str:
    pieces, position = [], 0
    for found in re.finditer(pattern, bare):
        pieces.append(text[position : found.start()] + new)
        position = found.end()
    return "".join(pieces) + text[position:]


def _outside_brackets(bare: str) -> str:
    depth, result = 0, []
    for character in bare:
        if character in "([{":
            depth += 1
        elif character in ")]}":
            depth -= 1
        result.append(" " if depth > 0 and character == "=" else character)
    return "".join(result)
