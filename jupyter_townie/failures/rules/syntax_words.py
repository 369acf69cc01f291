"""A missing colon, a misspelt keyword, an operator of another language, ``=`` in a condition, a missing comma."""

from __future__ import annotations

import keyword
import re
import tokenize
from collections.abc import Iterator

from ..case import Case, Fix
from ..spelling import near_match
from .syntax import Stop, code_only, repair, tokens

_HEADER = re.compile(r"^\s*(?:async\s+)?(if|elif|else|for|while|def|class|try|except|finally|with|match|case)\b")


def missing_colon(case: Case) -> Fix | None:
    return repair(case, _colon)


def _colon(at: Stop) -> Iterator[str]:
    for line in dict.fromkeys((at.line, at.line - 1)):
        if not 0 < line <= len(at.lines):
            continue
        text = at.lines[line - 1]
        if not _HEADER.match(text):
            continue
        bare = code_only(text).rstrip()
        if not bare or bare.endswith((":", ",", "\\", "(", "[", "{")):
            continue
        if bare.endswith((";", ".")) and bare.count("(") == bare.count(")"):
            yield at.with_line(f"{text[: len(bare) - 1]}:{text[len(bare) :]}", line)
            continue
        yield at.with_line(f"{text[: len(bare)]}:{text[len(bare) :]}", line)
        if "expected ':'" in at.message and line == at.line and 0 < at.column < len(bare):
            head = text[: at.column].rstrip()
            yield at.with_line(f"{head}: {text[at.column :]}", line)


def misspelt_keyword(case: Case) -> Fix | None:
    return repair(case, _keyword)


_STATEMENT_WORDS = (
    "import",
    "from",
    "return",
    "def",
    "class",
    "for",
    "while",
    "if",
    "elif",
    "else",
    "try",
    "except",
    "finally",
    "with",
    "lambda",
    "yield",
    "raise",
    "assert",
    "global",
    "pass",
    "break",
    "continue",
    "del",
    "async",
    "await",
    "not",
    "and",
    "in",
    "is",
    "as",
    "or",
)
_OTHER_WORDS = {
    "elseif": "elif",
    "elsif": "elif",
    "elsif:": "elif",
    "function": "def",
    "func": "def",
    "fn": "def",
    "catch": "except",
    "foreach": "for",
    "define": "def",
    "sub": "def",
    "throw": "raise",
    "include": "import",
    "then": "",
    "let": "",
    "var": "",
    "const": "",
}


def _keyword(at: Stop) -> Iterator[str]:
    for line in dict.fromkeys((at.line, at.line - 1)):
        if not 0 < line <= len(at.lines):
            continue
        text = at.lines[line - 1]
        for token in tokens(text):
            if token.type != tokenize.NAME or keyword.iskeyword(token.string):
                continue
            first = not text[: token.start[1]].strip()
            meant = _OTHER_WORDS.get(token.string) if first or token.string in ("then",) else None
            after = text[token.end[1] :]
            if meant is None:
                if token.string.lower() in _STATEMENT_WORDS:
                    meant = token.string.lower()
                elif token.string in (
                    "esle",
                    "els",
                    "elese",
                    "eles",
                    "fro",
                    "ofr",
                    "whlie",
                    "wile",
                    "dfe",
                    "ni",
                    "si",
                    "fi",
                    "nad",
                    "ro",
                    "ad",
                    "fot",
                    "imort",
                    "retrun",
                    "retunr",
                    "reutrn",
                    "defn",
                    "clas",
                    "calss",
                    "ture",
                    "form",
                    "tyr",
                    "trye",
                    "wiht",
                    "whit",
                    "impot",
                    "imprt",
                    "ipmort",
                    "improt",
                    "iport",
                    "forr",
                    "iff",
                    "inn",
                    "excpet",
                    "exept",
                    "lamda",
                    "lamba",
                    "andd",
                    "dff",
                    "asn",
                    "elf",
                    "elfi",
                    "eilf",
                    "rom",
                    "frm",
                    "frmo",
                    "ifm",
                ):
                    meant = {
                        "esle": "else",
                        "els": "else",
                        "elese": "else",
                        "eles": "else",
                        "fro": "for" if not re.search(r"\bimport\b", after) else "from",
                        "ofr": "for",
                        "whlie": "while",
                        "wile": "while",
                        "dfe": "def",
                        "ni": "in",
                        "si": "is",
                        "fi": "if",
                        "nad": "and",
                        "ro": "or",
                        "ad": "and",
                        "fot": "for",
                        "defn": "def",
                        "dff": "def",
                        "form": "from" if first else "for",
                        "tyr": "try",
                        "trye": "try",
                        "wiht": "with",
                        "whit": "with",
                        "iff": "if",
                        "inn": "in",
                        "forr": "for",
                        "andd": "and",
                        "asn": "as",
                        "elfi": "elif",
                        "eilf": "elif",
                        "elf": "elif",
                        "rom": "from",
                        "frm": "from",
                        "frmo": "from",
                        "ifm": "if",
                        "lamda": "lambda",
                        "lamba": "lambda",
                    }.get(token.string) or near_match(token.string, _STATEMENT_WORDS, api=True)
                else:
                    meant = near_match(token.string, [word for word in _STATEMENT_WORDS if len(word) > 3], api=True)
            if meant is None:
                continue
            if first and re.match(r"\s*(=(?!=)|\.|\[|\()", after) and meant not in ("elif", "if", "while", "return"):
                continue
            replaced = text[: token.start[1]] + meant + (after if meant else after.lstrip())
            yield at.with_line(replaced, line)
        joined = re.match(r"^(\s*)(else\s+if)\b(.*)$", text)
        if joined:
            yield at.with_line(f"{joined.group(1)}elif{joined.group(3)}", line)
        glued = re.match(r"^(\s*)(def|class|import|from|return|for|while|if|elif)(?=[a-z_]\w*)(\w+.*)$", text)
        if glued and not keyword.iskeyword((re.match(r"\s*(\w+)", text) or glued).group(1)):
            yield at.with_line(f"{glued.group(1)}{glued.group(2)} {glued.group(3)}", line)


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


def missing_comma(case: Case) -> Fix | None:
    """Between two items of a list, a dictionary or a call."""
    return repair(case, _comma)


def _comma(at: Stop) -> Iterator[str]:
    if (
        "forgot a comma" not in at.message
        and "invalid syntax" not in at.message
        and "was never closed" not in at.message
    ):
        return
    for line in dict.fromkeys((at.line, at.line - 1, at.line + 1)):
        if not 0 < line <= len(at.lines):
            continue
        text = at.lines[line - 1]
        bare = code_only(text)
        previous = None
        for token in tokens(text):
            if token.type not in (tokenize.NAME, tokenize.NUMBER, tokenize.STRING, tokenize.OP):
                continue
            if token.type == tokenize.OP and token.string not in ("(", "[", "{", ")", "]", "}"):
                previous = None
                continue
            if previous is not None and _ends_item(previous) and _starts_item(token):
                place = previous.end[1]
                if (
                    text[place : token.start[1]].strip() == ""
                    and token.start[1] > place
                    and _in_collection(at, line, place, bare)
                    and not _may_be_a_colon(bare, place)
                    and not _may_be_an_operator(previous, token, bare, place)
                ):
                    yield at.with_line(f"{text[:place]},{text[place:]}", line)
            previous = token
        if (
            line < len(at.lines)
            and re.search(r"[\w'\"\])}]\s*$", bare)
            and bare.strip()
            and _in_collection(at, line, len(bare.rstrip()), bare)
        ):
            following = at.lines[line].strip()
            if following[:1] and (following[0].isalnum() or following[0] in "'\"_[({"):
                place = len(bare.rstrip())
                yield at.with_line(f"{text[:place]},{text[place:]}", line)


def _may_be_a_colon(bare: str, place: int) -> bool:
    """Whether braces open before *place* and no key has had its colon yet: ``{'a' 1}`` may be a dictionary or a set."""
    inner = bare[bare.rfind("{", 0, place) : place]
    return inner.startswith("{") and "}" not in inner and ":" not in inner and "," not in inner


def _may_be_an_operator(before: tokenize.TokenInfo, after: tokenize.TokenInfo, bare: str, place: int) -> bool:
    """Whether a sign is missing rather than a comma: ``2 x``, and ``"a" + name "b"``."""
    if before.type == tokenize.NUMBER and after.type == tokenize.NAME:
        return True
    argument = re.split(r"[,(\[{]", bare[:place])[-1]
    return tokenize.STRING in (before.type, after.type) and re.search(r"\+", argument) is not None


def _ends_item(token: tokenize.TokenInfo) -> bool:
    return token.string in (")", "]", "}") or _is_value(token)


def _starts_item(token: tokenize.TokenInfo) -> bool:
    return token.string == "{" or _is_value(token)


def _is_value(token: tokenize.TokenInfo) -> bool:
    if token.type in (tokenize.NUMBER, tokenize.STRING):
        return True
    return token.type == tokenize.NAME and (
        not keyword.iskeyword(token.string) or token.string in ("True", "False", "None")
    )


def _in_collection(at: Stop, line: int, place: int, bare: str) -> bool:
    """Whether the place is inside the brackets of a list, a dictionary or a call."""
    before = [code_only(text) for text in at.lines[: line - 1]] + [bare[:place]]
    stack: list[str] = []
    for text in before[-60:]:
        for index, character in enumerate(text):
            if character in "([{":
                called = character == "(" and re.search(r"[\w\])]$", text[:index].rstrip()) is not None
                stack.append("call" if called else character)
            elif character in ")]}" and stack:
                stack.pop()
    return bool(stack) and stack[-1] in ("call", "[", "{")


def shell_command(case: Case) -> Fix | None:
    """``pip install x`` among Python code needs its percent sign."""
    return repair(case, _commands)


def _commands(at: Stop) -> Iterator[str]:
    found = re.match(r"^(\s*)((?:pip3?|conda)\s+(?:install|uninstall|list|show)\b.*)$", at.text)
    if found:
        yield at.with_line(f"{found.group(1)}%{found.group(2).replace('pip3', 'pip', 1)}")
