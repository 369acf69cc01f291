"""What somebody typed after ``%townie``: options first, then text that is never touched."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from typing import Literal

Verb = Literal["ask", "app", "fix", "explain", "continue", "models", "status", "cost", "help"]

VERBS: tuple[Verb, ...] = ("fix", "explain", "continue", "models", "status", "cost", "help")
_WITH_HINT = ("fix", "explain")
_FLAGS = {"--run": "run", "--no-context": "no_context"}
_VALUES = {"--model": "model", "--files": "files", "-m": "model", "-f": "files"}
_OPTION = re.compile(r"--?[A-Za-z]")

HELP = """\
```text
%townie Plot body mass by species          ask; the code is offered as the next cell
%%townie                                   the same for a text of several lines
%townie --run Drop rows without a sex      ask, and run the code in this session
%townie What is wrong with @df?            @name adds a summary of that variable, and nothing else does
%townie fix                                repair the cell that failed last
%townie explain                            say why it failed
%townie app "A timer with laps"            make an app, and show it below the cell
%townie continue                           go on with an answer that was cut off or stopped
%townie models | status | cost | help
```

Options come before the text; `--` ends them.

| option | meaning |
| --- | --- |
| `--run` | run the new code in this session as soon as it is complete |
| `--model provider/name` | ask this model |
| `--files a.py,"my data.csv"` | show these files to the model |
| `--no-context` | do not send the cells of this session |

Ctrl-C, or interrupting the kernel, stops Townie and keeps what has arrived.
"""


class UsageError(ValueError):
    """The command line cannot be understood; the message says what to write instead."""


@dataclass(frozen=True, slots=True)
class Command:
    """One use of the magic.  ``text`` is exactly what was typed after the options."""

    verb: Verb
    text: str = ""
    run: bool = False
    model: str | None = None
    files: tuple[str, ...] = ()
    context: bool = True


def parse(line: str, cell: str | None = None) -> Command:
    """Read the rest of a ``%townie`` line, or the line and the body of a ``%%townie`` cell.

    A verb counts as one only when it stands alone: ``fix`` repairs, ``fix the legend`` is a request.  After ``app``
    comes what to make.  The body of a
    cell is always text; below ``fix`` or ``explain`` it is the hint that goes with them.

    :raises UsageError: for an option that does not exist or has no value.
    """
    options, rest = _take_options(line.lstrip())
    if rest == "--" or rest.startswith("-- "):
        rest = rest[3:]
    elif (word := _first_token(rest)) in VERBS:
        # After a verb there is no text that a dash could belong to.
        more, left = _take_options(rest[len(word) :].lstrip())
        if not left:
            options, rest = options + more, word

    making = _first_token(rest) == "app"
    if making:
        more, rest = _take_options(rest[len("app") :].lstrip())
        options = options + more
    head, body = rest.strip(), (cell or "")
    verb: Verb = "ask"
    text = head if not body.strip() else (f"{rest.rstrip()}\n{body}" if head else body)
    if head in VERBS and (not body.strip() or head in _WITH_HINT):
        verb = next(known for known in VERBS if known == head)
        text = body
    elif not text.strip() and not making:
        verb, text = "help", ""
    if making:
        verb, text = "app", text if text is body else _whole(text)
        if not text.strip():
            raise UsageError('Say what the app should do, for example `%townie app "A timer with laps"`.')
    values = dict(options)
    return Command(
        verb,
        text.strip("\n"),
        run="run" in values,
        model=values.get("model"),
        files=tuple(path for name, value in options if name == "files" for path in _split_files(value)),
        context="no_context" not in values,
    )


def _whole(text: str) -> str:
    """A text that is quoted as a whole, without its quotes."""
    text = text.strip()
    quoted = len(text) > 1 and text[0] == text[-1] and text[0] in "\"'" and text[0] not in text[1:-1]
    return text[1:-1] if quoted else text


def _take_options(text: str) -> tuple[list[tuple[str, str]], str]:
    """The options at the start of ``text`` as (name, value), and what follows them."""
    options: list[tuple[str, str]] = []
    while (token := _first_token(text)) and _OPTION.match(token):
        name, equals, value = token.partition("=")
        text = text[len(token) :].lstrip()
        if name in _FLAGS and not equals:
            options.append((_FLAGS[name], ""))
        elif name in _VALUES:
            if not equals:
                value = _first_token(text)
                text = text[len(value) :].lstrip()
            if not value:
                raise UsageError(f"{name} needs a value, for example `{_example(name)}`.")
            options.append((_VALUES[name], _unquoted(value) if _VALUES[name] == "model" else value))
        else:
            raise UsageError(_unknown(name))
    return options, text


def _first_token(text: str) -> str:
    """The text up to the first space that is not quoted, quotes included."""
    quote = ""
    for index, character in enumerate(text):
        if quote:
            quote = "" if character == quote else quote
        elif character in "\"'":
            quote = character
        elif character.isspace():
            return text[:index]
    return text if not quote else text.split(maxsplit=1)[0]


def _split_files(value: str) -> list[str]:
    """The paths of a list that is separated by commas, where quotes protect commas and spaces."""
    parts = re.findall(r"""(?:"[^"]*"|'[^']*'|[^,"'])+""", value)
    return [path for part in parts if (path := _unquoted(part.strip()))]


def _unquoted(text: str) -> str:
    return re.sub(r"""(["'])(.*?)\1""", r"\2", text)


def _example(name: str) -> str:
    return f"{name} data.csv,notes.md" if _VALUES[name] == "files" else f"{name} anthropic/claude-sonnet-5"


def _unknown(name: str) -> str:
    near = difflib.get_close_matches(name, [*_FLAGS, *_VALUES], n=1)
    hint = f"Did you mean `{near[0]}`? " if near else ""
    return f"There is no option `{name}`. {hint}A text that begins with a dash goes after `--`."
