"""Sending a request again when that can help, and saying so before each wait."""

from __future__ import annotations

import asyncio
import email.utils
import random
import time
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing
from dataclasses import dataclass

from .answer import Answer
from .config import ModelConfig
from .model import Finished, ModelError, Retrying, StreamEvent


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """Durations are seconds.  ``deadline`` is the latest that an attempt may begin, after the first one began."""

    attempts: int = 5
    deadline: float = 180.0
    first: float = 0.5
    longest: float = 30.0

    @classmethod
    def of(cls, config: ModelConfig) -> RetryPolicy:
        return cls(attempts=config.attempts, deadline=config.retry_deadline)

    def wait(self, attempt: int, wanted: float | None) -> float:
        """How long to wait after the ``attempt``-th failure (from 1); ``wanted`` is what the provider asked for.

        Otherwise exponential back-off with jitter between half and all of it, so that many clients that failed
        together do not come back together.
        """
        if wanted is not None:
            return max(0.0, wanted)
        most: float = min(self.longest, self.first * 2 ** (attempt - 1))
        return most * random.uniform(0.5, 1.0)  # noqa: S311 - no secret depends on it


@dataclass(frozen=True, slots=True)
class Attempt:
    """What went wrong with one attempt."""

    error: ModelError
    again: bool
    """Whether the same request may succeed later."""
    wait: float | None = None
    """Seconds that the provider asked for."""
    patient: bool = False
    """Whether it is only a matter of time, so that the deadline alone counts."""


async def answer_with_retries(
    attempt: Callable[[Answer], AsyncGenerator[StreamEvent, None]],
    describe: Callable[[Exception], Attempt],
    policy: RetryPolicy,
    model: str,
) -> AsyncGenerator[StreamEvent, None]:
    """The events of ``attempt``, which may be made several times, and exactly one :class:`Finished` at their end.

    An attempt that fails once part of its answer has been passed on is not repeated: the answer ends as cut.

    :raises ModelError: when the last attempt failed without any answer, and for a refusal.
    """
    begun = time.monotonic()
    number = 0
    while True:
        number += 1
        answer = Answer(model)
        failed: Attempt | None = None
        try:
            async with aclosing(attempt(answer)) as events:
                async for event in events:
                    yield event
                    if isinstance(event, Finished):
                        return
        except Exception as error:
            failed = describe(error)
        if not answer.empty and not (failed and failed.error.code == "refused"):
            yield answer.finished("cut", failed.error.message if failed else "The connection broke off.")
            return
        if failed is None:
            broken = ModelError("bad_response", "The answer broke off before it began.", "Try again.")
            failed = Attempt(broken, again=True)
        # Raised outside of the handler: the client's own exception, with its request and headers, must not hang on it.
        wait = policy.wait(number, failed.wait)
        enough = number >= policy.attempts and not failed.patient
        if not failed.again or enough or time.monotonic() - begun + wait > policy.deadline:
            raise failed.error
        if wait > 0:
            yield Retrying(wait, failed.error.message)
            await asyncio.sleep(wait)


def wanted_wait(headers: Mapping[str, str]) -> float | None:
    """Seconds that ``retry-after-ms`` or ``retry-after`` (a number or a date, RFC 9110 section 10.2.3) ask for."""
    try:
        return float(headers["retry-after-ms"]) / 1000
    except (KeyError, ValueError):
        pass
    value = headers.get("retry-after", "")
    try:
        return float(value)
    except ValueError:
        pass
    try:
        return max(0.0, email.utils.parsedate_to_datetime(value).timestamp() - time.time())
    except (TypeError, ValueError):
        return None
