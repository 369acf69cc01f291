"""The person's language model for apps that were allowed to use it: who answers, and how much one app may ask."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from ..protocol import Problem
from .app import App
from .consents import Consents
from .register import Register

REQUESTS_A_MINUTE = 20
REQUESTS_A_DAY = 300
TOKENS_A_DAY = 100_000
MOST_OUTPUT = 4_096
"""Tokens of one answer."""
LARGEST_REQUEST = 200_000
"""Characters of one request's messages."""
_SCHEMA = """
CREATE TABLE IF NOT EXISTS llm_use (path TEXT, day TEXT, requests INTEGER, tokens INTEGER, PRIMARY KEY (path, day));
"""


@dataclass(frozen=True, slots=True)
class LlmText:
    """More of the answer."""

    text: str


@dataclass(frozen=True, slots=True)
class LlmEnd:
    """The answer has ended."""

    model: str
    input_tokens: int
    output_tokens: int
    stop: str = "stop"
    """*stop* or *length*, as OpenAI's format names it."""


class LlmBackend(Protocol):
    """Who answers: the person's configured model, reached by the server with the person's key."""

    def stream(
        self, messages: Sequence[Mapping[str, Any]], *, model: str | None, max_tokens: int
    ) -> AsyncGenerator[LlmText | LlmEnd, None]:
        """The answer to *messages* (``role`` and ``content``, as in OpenAI's format); the last event is an LlmEnd.

        *model* is the name that the app asks for; who answers may use another.

        :raises LlmRefused: there is no answer.
        """
        ...


class LlmRefused(Exception):
    """There is no answer; ``problem`` says why, ``status`` is the fitting HTTP status."""

    def __init__(self, problem: Problem, status: int = 429) -> None:
        super().__init__(problem.message)
        self.problem = problem
        self.status = status


class _Use:
    """Requests and tokens of each app by the day, which count on when the server starts anew."""

    def __init__(self, register: Register) -> None:
        self._register = register
        register.prepare(_SCHEMA)

    def on(self, path: str, day: str) -> tuple[int, int]:
        rows = self._register.do(
            "SELECT requests, tokens FROM llm_use WHERE path = ? AND day = ?", self._register.key(path), day
        )
        return (int(str(rows[0][0])), int(str(rows[0][1]))) if rows else (0, 0)

    def add(self, path: str, day: str, requests: int, tokens: int) -> None:
        self._register.do(
            "INSERT INTO llm_use VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE"
            " SET requests = requests + excluded.requests, tokens = tokens + excluded.tokens",
            self._register.key(path),
            day,
            requests,
            tokens,
        )


class AppLlm:
    """One app's access: consent and budget are checked here, for its page and its backend alike."""

    def __init__(self, app: App, consents: Consents, register: Register, backend: LlmBackend | None) -> None:
        self.app = app
        self._consents = consents
        self._use = _Use(register)
        self._backend = backend
        self._recent: deque[float] = deque(maxlen=REQUESTS_A_MINUTE)
        self._open = 0
        """Tokens that the requests which are being answered may come to."""

    async def stream(
        self, messages: Any, *, model: str | None = None, max_tokens: int | None = None
    ) -> AsyncGenerator[LlmText | LlmEnd, None]:
        """The answer to an app's request.  :raises LlmRefused: it is not allowed, not possible, or over the limit."""
        backend = self._admitted()
        checked = _messages(messages)
        most = min(max(max_tokens or MOST_OUTPUT, 1), MOST_OUTPUT)
        # About four characters a token.
        asked = sum(len(message["content"]) for message in checked)
        expected = asked // 4 + most
        if self._open and self.used()[1] + self._open + expected > TOKENS_A_DAY:
            # What is asked at once counts together, so that it is no way around the budget.
            raise _over_budget()
        self._open += expected
        day = time.strftime("%Y-%m-%d")
        self._recent.append(time.monotonic())
        self._use.add(self.app.path, day, 1, 0)
        written = 0
        ended = False
        try:
            async for event in backend.stream(checked, model=model, max_tokens=most):
                if isinstance(event, LlmEnd):
                    ended = True
                    self._use.add(self.app.path, day, 0, event.input_tokens + event.output_tokens)
                else:
                    written += len(event.text)
                yield event
        finally:
            self._open -= expected
            if not ended:
                # Broken off, which is no way around the budget either.
                self._use.add(self.app.path, day, 0, (asked + written) // 4)

    def used(self) -> tuple[int, int]:
        """Requests and tokens of today."""
        return self._use.on(self.app.path, time.strftime("%Y-%m-%d"))

    def _admitted(self) -> LlmBackend:
        manifest = self.app.manifest
        if manifest is None or not manifest.permissions.llm:
            message = "This app has not asked for a language model."
            remedy = "Set llm = true under [permissions] in townie.toml."
            raise LlmRefused(Problem(code="llm_not_asked", message=message, remedy=remedy), 403)
        if "llm" not in self._consents.allowed(self.app.path):
            message = "Nobody has allowed this app to use a language model yet."
            raise LlmRefused(Problem(code="consent", message=message, remedy="Allow it in the app's panel."), 403)
        if self._backend is None:
            message = "There is no language model here."
            raise LlmRefused(
                Problem(code="no_model", message=message, remedy="Choose one below the input of the chat."), 503
            )
        now = time.monotonic()
        if len(self._recent) == REQUESTS_A_MINUTE and now - self._recent[0] < 60:
            message = f"The app has asked {REQUESTS_A_MINUTE} times within a minute."
            raise LlmRefused(Problem(code="llm_rate", message=message, remedy="Wait a minute."))
        requests, tokens = self.used()
        if requests >= REQUESTS_A_DAY or tokens >= TOKENS_A_DAY:
            raise _over_budget()
        return self._backend


def _over_budget() -> LlmRefused:
    message = f"The app has used up its {REQUESTS_A_DAY} requests or {TOKENS_A_DAY:,} tokens of today."
    return LlmRefused(Problem(code="llm_budget", message=message, remedy="Try again tomorrow."))


def _messages(messages: Any) -> list[dict[str, Any]]:
    problem = Problem(
        code="llm_bad_request",
        message="The messages are not a list of objects with a role and a text as content.",
        remedy='Send [{"role": "user", "content": "..."}].',
    )
    if isinstance(messages, str):
        messages = [{"role": "user", "content": messages}]
    if not isinstance(messages, list) or not messages or len(messages) > 200:
        raise LlmRefused(problem, 400)
    checked = []
    for message in messages:
        if not isinstance(message, dict) or message.get("role") not in ("system", "developer", "user", "assistant"):
            raise LlmRefused(problem, 400)
        content = message.get("content")
        if isinstance(content, list):
            content = "\n".join(str(part.get("text", "")) for part in content if isinstance(part, dict))
        if not isinstance(content, str):
            raise LlmRefused(problem, 400)
        checked.append({"role": message["role"], "content": content})
    if sum(len(message["content"]) for message in checked) > LARGEST_REQUEST:
        message = f"The request is longer than {LARGEST_REQUEST:,} characters."
        raise LlmRefused(Problem(code="llm_too_long", message=message, remedy="Send less text."), 413)
    return checked
