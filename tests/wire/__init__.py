"""A local endpoint that speaks the wire formats of model providers, for tests, benchmarks and demonstrations.

It stands for the model and for nothing else: real clients talk to it over real HTTP.  It answers

- ``POST /v1/messages``, as Anthropic's Messages API (``WireServer.url`` is the base URL),
- ``POST /v1/chat/completions``, as OpenAI's Chat Completions (``WireServer.openai_url`` is the base URL),
- ``GET /v1/models``, in a shape that both clients read,
- the paths of Bedrock and Vertex, where Anthropic's clients for them look (base URLs ``url`` and ``openai_url``),

streamed (server-sent events) or whole, as the request says.  What it answers is scripted: a list of replies, used up
one for each request in order, or a function from the received request to a reply.

::

    from tests.wire import Reply, WireServer

    with WireServer([Reply.error(529), Reply.text("Hello", chunk=2, delay=0.01)]) as wire:
        ...  # ANTHROPIC_BASE_URL=wire.url
        assert wire.requests[0].body["model"] == "claude-opus-5-5"

    def rule(request):
        return Reply.text("pong") if "ping" in request.last_user_text else Reply.error(404)

    with WireServer(rule) as wire:
        ...

The server runs in a thread with its own event loop, so it serves sync and async tests alike.  ``wire.script = [...]``
starts a new script; ``wire.requests`` keeps everything that was received:

- ``Received.path``, ``headers`` (lower-case names), ``body``, ``time`` (seconds since the epoch), ``api_key``,
- ``writes``: when each group of bytes was written and its size, ``Write(time, size)``, the first with the headers,
- ``done`` and ``gone``: events that are set when the reply is complete, and when the client left before that;
  ``left_at`` is the time of the latter.

Replies, each with ``chunk`` (characters for each delta), ``delay`` (seconds between deltas), ``first_delay`` (before
the first byte), ``usage`` (tokens) and ``stop``:

``Reply.text(text)``, ``Reply.tool(name, arguments, text="")``, ``Reply.thinking(thought, text)``,
``Reply.of(part, part, ...)`` from ``TextPart``, ``ThinkingPart``, ``ToolPart``, ``Reply.refusal(text)``,
``Reply.endless(text)``, ``Reply.hang()`` (no byte at all), ``Reply.error(status, message, retry_after=..)``,
``Reply.html(status)``; and on any of the first kind: ``.cut(after=N)`` closes the connection after N deltas,
``.hang_after(N)`` falls silent, ``.wait_after(N)`` does so until ``wire.go_on()``, ``.fail_after(N)`` sends an error
event in the stream, ``.garbage_after(N)`` puts bytes that are not UTF-8 into it.

From the command line, for browsers and other processes::

    python -m tests.wire --port 8700 --script replies.json

prints ``{"url": ..., "openai_url": ...}`` and serves until it is interrupted.  A ``.json`` script is a list of
``{"reply": "text", "text": "Hello", "chunk": 4}`` (the name of a constructor and its arguments; with an optional
``"then": {"cut": 3}``); a ``.py`` script defines ``script``.  ``--repeat`` starts a list again when it has ended.
There ``GET /_wire/requests`` shows what was received, and ``PUT /_wire/script`` takes a new JSON script.
"""

from .reply import Reply, TextPart, ThinkingPart, Tokens, ToolPart
from .server import Received, Script, WireServer, Write

__all__ = [
    "Received",
    "Reply",
    "Script",
    "TextPart",
    "ThinkingPart",
    "Tokens",
    "ToolPart",
    "WireServer",
    "Write",
]
