"""An unclosed bracket, one closed twice, or one closed by another kind, where one place is right."""

# ruff: noqa: E501 -- patterns and tables read better unbroken

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from ...kernels.cell_code import parse_cell
from ..case import Case, Fix
from .reasons import because
from .syntax import Stop, code_only, repair

_CLOSES = {"(": ")", "[": "]", "{": "}"}
_ONE_NUMBER = frozenset(["min", "max", "sum", "len", "int", "float", "round", "abs"])
_BINARY = re.compile(r"[\w)\]'\"]\s*(?:\*\*|//|<<|>>|[-+*/%@|&^])\s*[\w('\"\[-]")


@because("A bracket is opened and never closed.")
def unclosed(case: Case) -> Fix | None:
    fix = repair(case, _closers)
    source = next((fix[key] for key in ("failing_cell", "source") if key in fix), "") if fix else ""
    return None if _takes_two(case, source) or _has_one_too_few(source) else fix


def _has_one_too_few(source: str) -> bool:
    """Whether a call of the repair cannot work with what its brackets now hold: ``max(min(a, b, c))``."""
    for call in ast.walk(parse_cell(source) or ast.Module([], [])):
        if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Name) or len(call.args) != 1:
            continue
        name, only = call.func.id, call.args[0]
        if call.keywords or isinstance(only, ast.Starred):
            continue
        if name in ("isinstance", "issubclass", "pow", "divmod", "setattr", "getattr", "hasattr", "map", "filter"):
            return True
        inner = getattr(only.func, "id", "") if isinstance(only, ast.Call) else ""
        if name in ("max", "min", "sum", "zip", "enumerate") and inner in _ONE_NUMBER:
            return True
    return False


def _takes_two(case: Case, source: str) -> bool:
    """Whether two positions are taken from something by a repair, in a notebook without arrays or tables."""
    taken = [
        node
        for node in ast.walk(parse_cell(source) or ast.Module([], []))
        if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Tuple) and isinstance(node.value, ast.Name)
    ]
    return bool(taken) and not re.search(r"\b(?:numpy|pandas|torch|typing)\b", "\n".join(case.cells))


def _closers(at: Stop) -> Iterator[str]:
    if not re.search(
        r"was never closed|invalid syntax|unexpected EOF|unterminated|does not match|forgot a comma|expected|cannot assign",
        at.message,
    ):
        return
    lines = at.lines
    opened = _first_unclosed(lines)
    if opened is None:
        return
    links = [line for line in range(opened[0], len(lines)) if _unclosed_link(lines, line)]
    if links:
        if len(links) == 1:
            yield from _closed_link(at, links[0])
        return
    start, column = opened
    if _ambiguous(lines, start, column) or _is_closed_below(lines, start):
        return
    for line in range(start, min(start + 40, len(lines))):
        stack = _open_at_end(lines, start, line)
        if stack is None:
            return
        if not stack:
            continue
        text = lines[line]
        bare = code_only(text).rstrip()
        if not bare and line > start:
            continue
        following = next((one for one in lines[line + 1 :] if one.strip()), "")
        closing = "".join(_CLOSES[one] for one in reversed(stack))
        header = re.match(r"^\s*(?:async )?(if|elif|for|while|def|class|with|except|else)\b", lines[start])
        if bare.endswith(":") and header:
            yield at.with_line(f"{text[: len(bare) - 1]}{closing}:{text[len(bare) :]}", line + 1)
            return
        proposal = at.with_line(f"{text[: len(bare)]}{closing}{text[len(bare) :]}", line + 1)
        if bare.endswith(("(", "[", "{", ",", ":", "=")) and not following:
            return  # the rest of the cell is lost
        if bare.endswith(("(", "[", "{", ",")) and line > start and not _continues(following):
            yield at.with_line(f"{text[: len(bare)]}{closing}{text[len(bare) :]}", line + 1)
            continue
        if bare.endswith(("(", "[", "{", ",", "\\")) and _continues(following):
            continue
        yield proposal
        if not _continues(following):
            return


def _is_closed_below(lines: list[str], start: int) -> bool:
    """Whether a closing bracket stands alone under the line that opens just one: what is not closed is between them."""
    opened = _open_at_end(lines, start, start)
    if opened is None or len(opened) != 1:
        return False
    indent = re.match(r"\s*", lines[start]).group()  # type: ignore[union-attr]
    return any(text.rstrip() == indent + _CLOSES[opened[0]] for text in lines[start + 1 :])


def _unclosed_link(lines: list[str], line: int) -> bool:
    """Whether a line of a chain of methods opens a bracket that the next link of the chain, at its depth, leaves open."""
    link, following = lines[line], next((one for one in lines[line + 1 :] if one.strip()), "")
    depths = [len(text) - len(text.lstrip()) for text in (link, following)]
    chained = all(re.match(r"\s*\.\w", text) for text in (link, following)) and depths[0] == depths[1]
    return chained and bool(_open_at_end(lines, line, line))


def _closed_link(at: Stop, line: int) -> Iterator[str]:
    text = at.lines[line]
    bare = code_only(text).rstrip().removesuffix("\\").rstrip()
    opened = _first_unclosed([text])
    stack = _open_at_end(at.lines, line, line)
    if opened is not None and stack is not None and len(stack) == 1 and not _ambiguous(at.lines, line, opened[1]):
        yield at.with_line(f"{text[: len(bare)]}{_CLOSES[stack[0]]}{text[len(bare) :]}", line + 1)


def _continues(text: str) -> bool:
    return text[:1] in (" ", "\t", ")", "]", "}")


def _first_unclosed(lines: list[str]) -> tuple[int, int] | None:
    """The place of the bracket that stays open at the end of the cell, the outermost of the last such group."""
    stack: list[tuple[int, int]] = []
    for number, text in enumerate(_blanked(lines)):
        for column, character in enumerate(text):
            if character in _CLOSES:
                stack.append((number, column))
            elif character in ")]}":
                if not stack:
                    return None
                opening = lines[stack[-1][0]][stack[-1][1]]
                if _CLOSES[opening] != character:
                    # `foo(a[1)`: the inner one was not closed.
                    return stack[-1]
                stack.pop()
    return stack[0] if stack else None


def _blanked(lines: list[str]) -> list[str]:
    return [code_only(text) for text in lines]


def _open_at_end(lines: list[str], start: int, line: int) -> list[str] | None:
    """Brackets open at the end of *line*, counted from *start*; None when they do not match."""
    stack: list[str] = []
    for text in _blanked(lines[start : line + 1]):
        for character in text:
            if character in _CLOSES:
                stack.append(character)
            elif character in ")]}":
                if not stack or _CLOSES[stack[-1]] != character:
                    return None
                stack.pop()
    return stack


def _ambiguous(lines: list[str], line: int, column: int) -> bool:
    """Whether the bracket could as well have been meant to end earlier: `sum(values / len(values)`."""
    text = code_only(lines[line])
    before, inside = text[:column].rstrip(), text[column + 1 :]
    if text[column] != "(":
        return False
    called = re.search(r"[\w\])]$", before) is not None
    name = (re.search(r"([\w.]+)$", before) or [""])[0]
    depth, flat = 0, []
    for character in inside:
        if character in _CLOSES:
            depth += 1
        elif character in ")]}":
            depth -= 1
        if depth == 0 or character in _CLOSES or character in ")]}":
            flat.append(character)
    operators = _BINARY.findall("".join(flat))
    if not called:
        return bool(operators)
    if name in ("print", "display") or name.endswith((".append", ".write", ".show")):
        return False
    arguments = "".join(flat)
    return bool(operators) and "," not in arguments and not re.match(r"^\s*$", before[: -len(name)])


@because("A bracket is closed by one of another kind.")
def mismatched(case: Case) -> Fix | None:
    """A closing bracket of the wrong kind, or one too many."""
    return repair(case, _other_kind)


def _other_kind(at: Stop) -> Iterator[str]:
    found = re.search(r"closing parenthesis '(.)' does not match opening parenthesis '(.)'", at.message)
    text, bare = at.text, code_only(at.text)
    if found:
        wrong, opening = found.groups()
        if at.column < len(bare) and bare[at.column] == wrong:
            yield at.with_line(text[: at.column] + _CLOSES[opening] + text[at.column + 1 :])
            yield at.with_line(text[: at.column] + _CLOSES[opening] + text[at.column :])
        return
    extra = re.search(r"unmatched '(.)'", at.message)
    if not extra:
        return
    sign = extra.group(1)
    rest = bare[at.column + 1 :].strip() if at.column < len(bare) else ""
    if at.column < len(bare) and bare[at.column] == sign and (not rest or rest == ":" or set(rest) <= set(")]}:, ")):
        yield at.with_line(text[: at.column] + text[at.column + 1 :])
    opener = {")": "(", "]": "[", "}": "{"}[sign]
    word = re.match(r"^(\s*(?:\w+\s*=\s*)?)([A-Za-z_][\w.]*)( ?)((?:['\"\w\[]).*)\)\s*$", text)
    if word and opener == "(" and text.rstrip().endswith(")") and word.group(3) and not _is_statement(word.group(2)):
        yield at.with_line(f"{word.group(1)}{word.group(2)}({word.group(4)})")


def _is_statement(word: str) -> bool:
    import keyword

    return keyword.iskeyword(word)
