"""Where requests go, and what its failures mean to the person in front of the screen."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from .keys import scrub
from .model import ModelError
from .retries import Attempt, wanted_wait

DETAIL_LENGTH = 300
"""Characters of a provider's own words that are shown."""

NO_PROXY: dict[str, Any] = {"trust_env": False, "mounts": {"http://": None, "https://": None, "all://": None}}
"""Options of an HTTP client that keeps it from the proxies which the environment names."""

_TOO_LONG = re.compile(
    r"prompt is too long|context.?length|context window|maximum context|too many (?:input )?tokens|input is too long"
    r"|exceeds? the (?:available )?context|request_too_large",
    re.IGNORECASE,
)
_WINDOW = re.compile(
    r"context (?:size|length|window)[^0-9]{0,40}?(?:is |of |\()?(\d{3,8})|(?:maximum|>) (\d{3,8}) (?:tokens|maximum)"
    r"|n_ctx\D{1,6}(\d{3,8})",
    re.IGNORECASE,
)
_LOADING = re.compile(r"loading model|model is (?:still )?(?:being loaded|loading)", re.IGNORECASE)
LOADING_WAIT = 2.0
"""Seconds until a server that is still loading its model is asked again."""
_BLIND = re.compile(
    r"image input is not supported|mmproj|does not support (?:image|vision)|not a multimodal model"
    r"|image_url is only supported|no endpoints found that support image",
    re.IGNORECASE,
)
_NO_CREDIT = re.compile(r"credit balance|insufficient_quota|billing|exceeded your current quota", re.IGNORECASE)
_STATUS_OF = {
    "invalid_request_error": 400,
    "authentication_error": 401,
    "billing_error": 402,
    "permission_error": 403,
    "not_found_error": 404,
    "request_too_large": 413,
    "rate_limit_error": 429,
    "timeout_error": 504,
    "overloaded_error": 529,
}
_REPEATABLE = {408, 409, 425, 429}


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One provider's address, as errors speak of it."""

    label: str
    """The provider in the user's words."""
    provider: str
    model: str
    base_url: str
    key_variable: str = ""
    local: bool = False
    """Whether it is a program that the user starts on their own machine."""
    secrets: tuple[str, ...] = field(default=(), repr=False)

    @property
    def spoken(self) -> str:
        """The model in a sentence: of a file, its name."""
        return re.split(r"[/\\]", self.model)[-1] if self.model.endswith(".gguf") else self.model

    @property
    def host(self) -> str:
        """Host and port, without what else a URL may hold (user names, tokens)."""
        parts = urlsplit(self.base_url)
        try:
            port = f":{parts.port}" if parts.port else ""
        except ValueError:
            port = ""
        return f"{parts.hostname or self.label}{port}"

    def quote(self, text: str) -> str:
        """The other side's words, on one line, shortened and without keys."""
        line = " ".join(scrub(text, self.secrets).split())
        return line if len(line) <= DETAIL_LENGTH else f"{line[: DETAIL_LENGTH - 1]}…"

    # ------------------------------------------------------------------------------------------------- explanations

    def explain(self, error: Exception, sdk: Any) -> Attempt:
        """What an exception of a provider's client means.  ``sdk`` is the ``anthropic`` or the ``openai`` module."""
        if isinstance(error, ModelError):
            return Attempt(error, again=False)
        if isinstance(error, sdk.APIStatusError):
            return self._explain_status(error.status_code, error.body, error.response.headers, str(error))
        if isinstance(error, sdk.APITimeoutError) or "Timeout" in type(error).__name__:
            return Attempt(self.timed_out(), again=True)
        if isinstance(error, sdk.APIConnectionError):
            return self._explain_connection(error)
        if isinstance(error, sdk.APIError):
            return self._explain_status(500, {"error": error.body}, {}, str(error))
        if type(error).__module__.partition(".")[0] in ("httpx", "httpx2", "httpcore", "httpcore2", "anyio", "ssl"):
            return self._explain_connection(error)
        if isinstance(error, UnicodeDecodeError):
            note = f"{self.label} sent bytes that are not text (invalid UTF-8)."
            return Attempt(ModelError("bad_response", note, "Try again.", self.quote(str(error))), again=True)
        if isinstance(error, json.JSONDecodeError):
            note = f"{self.label} sent something that is not an answer."
            remedy = f"Check that {self.host} really is a model server, and try again."
            return Attempt(ModelError("bad_response", note, remedy, self.quote(str(error))), again=False)
        note = f"{self.label} could not be asked."
        return Attempt(ModelError("bad_provider", note, "See the detail.", self.quote(repr(error))), again=False)

    def no_key(self) -> ModelError:
        where = f", or set {self.key_variable} before starting Jupyter" if self.key_variable else ""
        return ModelError("no_key", f"There is no key for {self.label}.", f"Add one under Models and keys{where}.")

    def timed_out(self) -> ModelError:
        return ModelError(
            "timed_out", f"{self.label} did not answer in time.", "Try again; a smaller context answers sooner."
        )

    def web_page(self, page: str, status: int) -> ModelError:
        """An HTML page came instead of an answer: a proxy, a login page, a wrong address."""
        title = page_title(page)
        named = f" (“{self.quote(title)}”)" if title else ""
        return ModelError(
            "bad_response",
            f"{self.host} answered with a web page{named} instead of a model's answer, status {status}.",
            "Check the base URL, and whether a proxy or a login page stands in between.",
            self.quote(title),
        )

    async def check_stream(self, response: Any) -> None:
        """:raises ModelError: when what begins to arrive is not a stream of events."""
        kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind not in ("text/html", "application/xhtml+xml", "application/json", "text/plain"):
            return
        text = (await response.aread()).decode("utf-8", "replace")
        if looks_like_html(text):
            raise self.web_page(text, response.status_code)
        raise ModelError(
            "bad_response",
            f"{self.host} answered with something that is not a stream.",
            "Check the base URL; the server must support streaming.",
            self.quote(text),
        )

    def _explain_connection(self, error: Exception) -> Attempt:
        cause: BaseException = error
        while cause.__cause__ is not None:
            cause = cause.__cause__
        detail = self.quote(f"{type(cause).__name__}: {cause}" if str(cause) else type(cause).__name__)
        names = {type(error).__name__, type(error.__cause__).__name__, type(cause).__name__}
        if names & {"UnsupportedProtocol", "InvalidURL", "LocalProtocolError"}:
            remedy = "The base URL must look like https://host/path."
            return Attempt(ModelError("bad_base_url", "The base URL can not be used.", remedy, detail), again=False)
        if names & {"RemoteProtocolError", "ReadError", "WriteError"}:
            note = f"The connection to {self.host} broke off."
            remedy = f"See whether {self.label} still runs, and try again." if self.local else "Try again."
            return Attempt(ModelError("no_network", note, remedy, detail), again=True)
        if self.local:
            remedy = f"Start {self.label}, or correct its base URL in Townie's settings."
        else:
            remedy = "Check the network, the proxy settings and the base URL."
        return Attempt(ModelError("no_network", f"{self.host} can not be reached.", remedy, detail), again=True)

    def _explain_status(self, status: int, body: object, headers: Mapping[str, str], text: str) -> Attempt:
        kind, code, words = _reading(body)
        if status < 400:
            status = _STATUS_OF.get(kind, 500)
        again = status in _REPEATABLE or status >= 500
        if headers.get("x-should-retry") in ("true", "false"):
            again = headers["x-should-retry"] == "true"
        wait = wanted_wait(headers)
        if isinstance(body, str) and looks_like_html(body):
            return Attempt(self.web_page(body, status), again and status >= 500, wait)
        detail = self.quote(words or text)
        said = f"{kind} {code} {words}"
        if status in (500, 503) and _LOADING.search(said):
            note = f"{self.label} is still loading the model."
            error = ModelError("overloaded", note, "Wait until it has, and try again.", detail)
            return Attempt(error, again=True, wait=LOADING_WAIT if wait is None else wait, patient=True)
        error = self._status_error(status, said, detail, wait)
        final = ("no_credit", "context_too_long", "no_images")
        return Attempt(error, again and error.code not in final, wait)

    def _status_error(self, status: int, said: str, detail: str, wait: float | None) -> ModelError:
        label = self.label
        if status == 413 or (status in (400, 422, 500) and _TOO_LONG.search(said)):
            remedy = "Attach less, or start a new chat."
            if self.local:
                remedy = f"Attach less, start a new chat, or start {label} with a larger context."
            return ModelError("context_too_long", f"This is too long for {self.spoken}.", remedy, detail)
        if _BLIND.search(said):
            remedy = "Remove the image, or pick a model that takes images."
            return ModelError("no_images", f"{self.spoken} can not see images.", remedy, detail)
        if status == 402 or (status in (400, 403, 429) and _NO_CREDIT.search(said)):
            remedy = f"Check the plan and the balance in the account at {label}."
            return ModelError("no_credit", f"The account at {label} has no credit left.", remedy, detail)
        if status == 401:
            where = f" or in {self.key_variable}" if self.key_variable else ""
            remedy = f"Replace the key under Models and keys{where}."
            return ModelError("wrong_key", f"{label} does not accept the key.", remedy, detail)
        if status == 403:
            remedy = "Ask whoever owns the account, or pick another model."
            return ModelError("not_allowed", f"The key may not be used for {self.spoken}.", remedy, detail)
        if status == 404 and "model" in said:
            remedy = "Pick another model in the list, or check how its name is spelled."
            return ModelError("unknown_model", f"{label} has no model called {self.model}.", remedy, detail)
        if status in (404, 405) or 300 <= status < 400:
            remedy = "Check the base URL; many servers need it to end in /v1."
            return ModelError("bad_base_url", f"There is no model server at {self.host}.", remedy, detail)
        if status == 429:
            until = f"{wait:.0f} s" if wait and wait < 120 else f"{wait / 60:.0f} min" if wait else "a minute"
            remedy = f"Try again in {until}."
            return ModelError("rate_limited", f"{label} limits how often it may be asked.", remedy, detail)
        if status in (503, 529):
            return ModelError("overloaded", f"{label} is overloaded.", "Try again in a minute.", detail)
        if status in (408, 504):
            return self.timed_out()
        if status >= 500 or status == 409:
            return ModelError("provider_failed", f"{label} had an internal error ({status}).", "Try again.", detail)
        remedy = "See the detail; another model may take the same request."
        return ModelError("bad_request", f"{label} refused the request ({status}).", remedy, detail)


def looks_like_html(text: str) -> bool:
    return bool(re.match(r"\s*<(?:!doctype html|html|head|body)\b", text, re.IGNORECASE))


def page_title(page: str) -> str:
    """The title of a web page, else its first words."""
    found = re.search(r"<title[^>]*>(.*?)</title>", page, re.IGNORECASE | re.DOTALL)
    text = found[1] if found else re.sub(r"<(script|style)\b.*?</\1>|<[^>]+>", " ", page, flags=re.I | re.S)
    words = html.unescape(text).split()
    return " ".join(words[:12])


def check_base_url(url: str) -> str:
    """``url`` without a slash at its end.

    :raises ModelError: ``bad_base_url`` when it is not an http(s) address.
    """
    parts = urlsplit(url.strip())
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ModelError("bad_base_url", "The base URL is not a web address.", "It must look like https://host/path.")
    return url.strip().rstrip("/")


def window_in(words: str) -> int | None:
    """The size of the model's window, in tokens, when an error about a text that is too long names it."""
    found = _WINDOW.search(words.replace(",", ""))
    return int(next(filter(None, found.groups()))) if found else None


def is_loopback(url: str) -> bool:
    """Whether ``url`` is this very machine: a proxy that the environment names can not reach it."""
    host = urlsplit(url).hostname or ""
    return host == "localhost" or host == "::1" or host.startswith("127.")


def _reading(body: object) -> tuple[str, str, str]:
    """Type, code and message of an error body in any provider's shape."""
    if isinstance(body, list) and body:
        body = body[0]
    if not isinstance(body, Mapping):
        return "", "", body if isinstance(body, str) else ""
    inner = body.get("error", body)
    if isinstance(inner, str):
        return "", "", inner
    if not isinstance(inner, Mapping):
        return "", "", json.dumps(body, default=str)
    message = inner.get("message") or inner.get("detail") or ""
    return str(inner.get("type") or ""), str(inner.get("code") or ""), str(message)
