"""What models put around an edit: their thinking, a tool call written out as text, a tag around a whole text."""

from __future__ import annotations

import ast
import html
import json
import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from .fences import fenced_blocks
from .refusal import refuse

_THINKING = re.compile(r"\s{0,99}<(think|thinking)>")
_THOUGHT_ENDS = re.compile(r"</(?:think|thinking)>[ \t]*(?:\r?\n|$)")
_BEGINS_EDIT = re.compile(r"^(?:```|~~~|<<<<<|-------|@@|\*\*\* )", re.MULTILINE)
_ESCAPED_MARKER = "&lt;&lt;&lt;&lt;&lt;"
_CALL_TAG = re.compile(r"</?(?:tool_call|tool_use|function_call)>")
_OPENING_TAG = re.compile(r"<([A-Za-z][\w-]{0,40})(?:\s[^<>]{0,400})?>$")
_PARAMETER = re.compile(r"<parameter(?:\s+name=\"|=)([\w-]{1,40})\"?>(.*?)</parameter>", re.DOTALL)
_SMALL_TAG = re.compile(r"<(path|file_path|filename|name|language)>[^<]{0,400}</\1>$")
_TEXT_TAGS = frozenset(
    (
        "answer", "antartifact", "artifact", "boltaction", "boltartifact", "cell", "code", "codeblock", "content",
        "document", "dyad-write", "file", "file_content", "new_content", "newcode", "output", "response",
        "updated_code", "updated_file", "write_to_file",
    )
)  # fmt: skip
_PATCH_KEYS = ("patch", "diff", "input", "patch_text", "patchText", "command", "cmd")
_INNER_KEYS = ("arguments", "parameters", "input", "function", "tool_calls", "edits", "replacements", "changes", "args")
_JSON = json.JSONDecoder(strict=False)
_MOST_PARSED = 1_000_000
_MOST_EVALUATED = 50_000
_DEEPEST = 8


def unwrapped(reply: str, before: str) -> str:
    """The reply without the thinking before its answer, and the patch alone where a tool call carries one.

    Nothing is taken off that ``before`` begins with itself. Raises `EditRefused` (``incomplete``) where the reply is
    thinking that does not end.
    """
    if "think" in reply and "think" not in before:
        reply = _answer(reply)
    if _ESCAPED_MARKER in reply and "<<<<<" not in reply:
        reply = html.unescape(reply)
    if "<parameter" in reply and reply.count("<parameter") == reply.count("</parameter>"):
        reply = _PARAMETER.sub(r"<\1>\2</\1>", reply)
    if reply.lstrip()[:1] in ("{", "[", "<"):
        for value in written_calls(reply):
            patch = _patch_in(value)
            if patch is not None:
                return patch
    return reply


def _answer(reply: str) -> str:
    """What follows the thinking; chat templates may swallow the tag that opens it."""
    opening = _THINKING.match(reply)
    closing = _THOUGHT_ENDS.search(reply)
    if opening is None:
        alone = closing is not None and reply[: closing.start()].rpartition("\n")[2].strip() == ""
        if closing is None or not alone or _BEGINS_EDIT.search(reply, 0, closing.start()):
            return reply
    elif closing is None:
        raise refuse("incomplete", f"the reply ends within its <{opening[1]}>.")
    return reply[closing.end() :].lstrip("\r\n")


@lru_cache(2)
def written_calls(reply: str) -> tuple[Any, ...]:
    """The values of the JSON that is the whole reply, or in its fenced blocks, or between tags of a tool call."""
    values: list[Any] = []
    texts = [block.text for block in fenced_blocks(reply) if block.closed]
    if not texts:
        texts = _CALL_TAG.split(reply) if "_call>" in reply or "tool_use>" in reply else [reply]
    for text in texts:
        text = text.strip()
        if text[:1] in ("{", "[") and len(text) < _MOST_PARSED:
            value = _value_of(text)
            if value is not None:
                values.append(value)
    return tuple(values)


def _value_of(text: str) -> Any:
    """JSON as models write it: with real line ends in strings; failing that, with single quotes and last commas."""
    try:
        return _JSON.decode(text)
    except (ValueError, RecursionError):
        pass
    if len(text) > _MOST_EVALUATED:
        return None
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError, RecursionError, MemoryError, TypeError):
        return None


def inner_values(value: dict[str, Any]) -> Iterator[Any]:
    """What the arguments of a tool call hold, parsed where they are text themselves."""
    for key in _INNER_KEYS:
        inner = value.get(key)
        if isinstance(inner, str) and inner.lstrip()[:1] in ("{", "["):
            inner = _value_of(inner.strip())
        if isinstance(inner, dict | list):
            yield inner


def _patch_in(value: Any, depth: int = 0) -> str | None:
    """The patch that a tool call carries, for example as the last argument of the command ``apply_patch``."""
    if depth > _DEEPEST:
        return None
    if isinstance(value, str):
        return value if "*** Begin Patch" in value or value.startswith(("--- ", "@@", "diff --git ")) else None
    if isinstance(value, list):
        inner = value[-3:] if all(isinstance(item, str) for item in value) else value[:1] if len(value) == 1 else []
    elif isinstance(value, dict):
        inner = [value[key] for key in _PATCH_KEYS if key in value] + list(inner_values(value))
    else:
        return None
    return next((patch for item in inner if (patch := _patch_in(item, depth + 1)) is not None), None)


def text_within(text: str, before: str) -> str:
    """A whole text without the tags, or the JSON, that it stands in; ``before`` says what belongs to it."""
    first = before.lstrip()[:1]
    begins = text.lstrip()
    if begins[:1] == "{" and first not in ("{", "["):
        for value in written_calls(text):
            if isinstance(value, dict):
                for inner in (value, *inner_values(value)):
                    if isinstance(inner, dict) and isinstance(inner.get("content"), str):
                        return str(inner["content"])
    if begins[:1] != "<" or before.lstrip("\n").partition("\n")[0].strip() == begins.partition("\n")[0].strip():
        return text
    lines = text.strip("\n").split("\n")
    for _ in range(_DEEPEST):
        begin = next((n for n, line in enumerate(lines) if line.strip()), len(lines))
        while begin < len(lines) and _SMALL_TAG.match(lines[begin].strip()):
            lines = lines[begin + 1 :]
            begin = next((n for n, line in enumerate(lines) if line.strip()), len(lines))
        tag = _OPENING_TAG.match(lines[begin].strip()) if len(lines) - begin > 2 else None
        while lines and not lines[-1].strip():
            del lines[-1]
        if tag is None or lines[-1].strip() != f"</{tag[1]}>":
            break
        if first == "<" and tag[1].lower() not in _TEXT_TAGS:
            break
        lines = lines[begin + 1 : -1]
    else:
        return text
    return "\n".join(lines) + "\n"
