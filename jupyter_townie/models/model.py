"""What a model is to everybody else: a request goes in, a stream of events comes out.

Nothing here belongs to one provider, and nothing here needs a package from outside the standard library.

A conversation is a sequence of :class:`ChatMessage`, each made of :data:`Block` values.  A model's answer arrives as
:data:`StreamEvent` values and always ends with exactly one :class:`Finished`, or with a :class:`ModelError`.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Literal, Protocol

if TYPE_CHECKING:
    from ..protocol import Problem, Usage
    from .profiles import Profile

Role = Literal["user", "assistant"]
Stop = Literal["end", "length", "tool", "cut"]
"""*end*: the model was done. *length*: the output limit was reached. *tool*: it waits for tool results. *cut*: the
stream broke off, or the provider failed in the middle of it; what arrived before is kept."""


# ------------------------------------------------------------------------------------------------------------- request


@dataclass(frozen=True, slots=True)
class Text:
    """Plain text.  ``cache`` marks the end of a prefix that will be sent again unchanged."""

    text: str
    cache: bool = False


@dataclass(frozen=True, slots=True)
class ImageData:
    """An image, for models whose profile says ``vision``; others get a line of text in its place."""

    mime: str
    data_base64: str
    cache: bool = False


@dataclass(frozen=True, slots=True)
class ToolUse:
    """The model asks for a tool.  ``arguments`` is None when what it wrote is not a JSON object; see ``raw``."""

    id: str
    name: str
    arguments: dict[str, Any] | None
    raw: str = ""
    """The arguments as the model wrote them, kept only when they could not be read."""


@dataclass(frozen=True, slots=True)
class ToolResult:
    """What a tool returned, in the user message that follows the :class:`ToolUse` with the same ``id``."""

    id: str
    text: str
    ok: bool = True
    images: tuple[ImageData, ...] = ()
    cache: bool = False


@dataclass(frozen=True, slots=True)
class Thinking:
    """The model's own reasoning, as the provider needs it back; it is shown to the model that wrote it alone."""

    text: str
    model: str
    """``provider/model`` that wrote it."""
    signature: str = ""
    redacted: str = ""
    """Opaque data in place of ``text``, as the provider sent it."""


Block = Text | ImageData | ToolUse | ToolResult | Thinking


@dataclass(frozen=True, slots=True)
class ChatMessage:
    """One message.  An assistant message holds Text, Thinking and ToolUse; a user message Text, images, ToolResult."""

    role: Role
    content: tuple[Block, ...]

    @classmethod
    def user(cls, text: str, *, cache: bool = False) -> ChatMessage:
        return cls("user", (Text(text, cache),))

    @classmethod
    def assistant(cls, content: Iterable[Mapping[str, Any]]) -> ChatMessage:
        """The message that :attr:`Finished.content` stands for."""
        return cls("assistant", content_from_json(content))


@dataclass(frozen=True, slots=True)
class ToolSchema:
    """A tool the model may use; ``parameters`` is a JSON schema of type object."""

    name: str
    description: str
    parameters: dict[str, Any]


@dataclass(frozen=True, slots=True)
class ModelRequest:
    """All that is asked of a model at once."""

    messages: tuple[ChatMessage, ...]
    system: tuple[Text, ...] = ()
    tools: tuple[ToolSchema, ...] = ()
    max_output: int | None = None
    """Tokens; None is the profile's limit."""
    prediction: str | None = None
    """A text that the answer will mostly repeat; used where the profile supports it."""
    purpose: str = "chat"
    metadata: Mapping[str, Any] = field(default_factory=dict)
    """Never sent to a provider.  The offline model reads ``last_user_text`` (str), ``failure`` (a mapping with the
    fields of :class:`jupyter_townie.protocol.Failure`) and ``is_app`` (a function: whether a folder of the workspace is
    an app's)."""


# -------------------------------------------------------------------------------------------------------------- events


@dataclass(frozen=True, slots=True)
class TextDelta:
    """More text of the answer."""

    text: str


@dataclass(frozen=True, slots=True)
class ThinkingDelta:
    """More of the model's reasoning."""

    text: str


@dataclass(frozen=True, slots=True)
class ToolCallStarted:
    """The model began to write a tool call; its arguments follow."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class ToolCallDelta:
    """More of the JSON text of a tool call's arguments."""

    id: str
    text: str


@dataclass(frozen=True, slots=True)
class ToolCalled:
    """A tool call is complete.  ``arguments`` is None when ``raw`` is not a JSON object."""

    id: str
    name: str
    arguments: dict[str, Any] | None
    raw: str = ""


@dataclass(frozen=True, slots=True)
class Retrying:
    """The request is sent again after ``seconds``.  Sent once before each wait."""

    seconds: float
    reason: str
    """In plain words, to be shown: "Anthropic is overloaded"."""


@dataclass(frozen=True, slots=True)
class UsageSeen:
    """Tokens of this request so far; the last one seen counts.

    ``input`` excludes what was read from or written to a prompt cache, so the four counts add up to all tokens.
    """

    model: str
    input: int = 0
    output: int = 0
    cache_read: int = 0
    cache_write: int = 0
    cost: float | None = None
    """US dollars by the profile's prices; None where it has none."""

    @property
    def usage(self) -> Usage:
        """The same as it travels in the thread's log."""
        from ..protocol import Usage

        return Usage(**asdict(self))


@dataclass(frozen=True, slots=True)
class Finished:
    """The answer has ended.

    ``content`` is the whole answer as JSON-able blocks; :meth:`ChatMessage.assistant` turns it back into exactly the
    message to send as history.  A tool call that was cut off half-way is not in it.
    """

    stop: Stop
    content: list[dict[str, Any]]
    note: str = ""
    """With ``cut``: why, in plain words."""


StreamEvent = TextDelta | ThinkingDelta | ToolCallStarted | ToolCallDelta | ToolCalled | Retrying | UsageSeen | Finished


class ModelError(Exception):
    """The model gave no answer.  ``code`` is one of

    ``no_key``, ``wrong_key``, ``not_allowed``, ``no_credit``, ``unknown_model``, ``unknown_provider``,
    ``no_network``, ``timed_out``, ``bad_base_url``, ``bad_response``, ``provider_failed``, ``rate_limited``,
    ``overloaded``, ``context_too_long``, ``no_images``, ``refused``, ``bad_request``, ``missing_package``,
    ``bad_provider``.

    ``message`` and ``remedy`` are for people, ``detail`` holds the provider's own words, shortened and without keys.
    """

    def __init__(self, code: str, message: str, remedy: str = "", detail: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.remedy = remedy
        self.detail = detail

    @property
    def problem(self) -> Problem:
        """The same as it travels in the thread's log."""
        from ..protocol import Problem

        return Problem(code=self.code, message=self.message, remedy=self.remedy, detail=self.detail)


class Model(Protocol):
    """Somebody who answers."""

    @property
    def profile(self) -> Profile: ...

    def body(self, request: ModelRequest) -> dict[str, Any]:
        """The exact request as it is handed to the provider's client: JSON-able, without keys.

        :meth:`stream` sends this and nothing else.
        """
        ...

    def stream(self, request: ModelRequest) -> AsyncGenerator[StreamEvent, None]:
        """The answer, as it arrives.

        Cancelling the task that waits for the next event closes the connection at once.  A consumer that may stop in
        between (``break``, an exception of its own) wraps it in :func:`contextlib.aclosing`.

        :raises ModelError: when there is no answer at all.
        """
        ...

    async def close(self) -> None:
        """Give back connections.  The model can not be used afterwards."""
        ...


# --------------------------------------------------------------------------------------------------- content and JSON

_KINDS: dict[str, type[Any]] = {
    "text": Text,
    "image": ImageData,
    "tool_use": ToolUse,
    "tool_result": ToolResult,
    "thinking": Thinking,
}
_NAMES = {kind: name for name, kind in _KINDS.items()}


def content_to_json(content: Iterable[Block]) -> list[dict[str, Any]]:
    """Blocks as JSON-able dictionaries, each with its ``type``; fields at their default are left out."""
    return [_block_to_json(block) for block in content]


def content_from_json(content: Iterable[Mapping[str, Any]]) -> tuple[Block, ...]:
    """The inverse of :func:`content_to_json`.

    :raises ValueError: for a ``type`` or a field that does not exist.
    """
    return tuple(_block_from_json(entry) for entry in content)


def _block_to_json(block: Block) -> dict[str, Any]:
    fields = asdict(block)
    optional = {"cache": False, "raw": "", "signature": "", "redacted": "", "images": ()}
    return {"type": _NAMES[type(block)]} | {
        name: value for name, value in fields.items() if name not in optional or value != optional[name]
    }


def _block_from_json(entry: Mapping[str, Any]) -> Block:
    fields = dict(entry)
    kind = _KINDS.get(fields.pop("type", ""))
    if kind is None:
        raise ValueError(f"no such block: {entry.get('type')!r}")
    if "images" in fields:
        fields["images"] = tuple(ImageData(**image) for image in fields["images"])
    try:
        block: Block = kind(**fields)
    except TypeError as error:
        raise ValueError(f"not a {entry['type']} block: {error}") from None
    return block
