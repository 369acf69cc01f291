"""A language model, in the shapes of OpenAI's Python client, and as one function.

townie.llm("Summarise: ...")                                   -> text
townie.llm.stream("Tell a story")                              -> pieces of text
townie.llm.chat.completions.create(messages=[...])             -> .choices[0].message.content
townie.llm.chat.completions.create(messages=[...], stream=True)-> chunks with .choices[0].delta.content
await townie.llm.acomplete("...")                              -> text, without blocking the event loop
"""

import asyncio
import json
import os
import time
import urllib.error
import urllib.request
import uuid

from .server import channel


class LlmError(Exception):
    """There is no answer; the message says why and what to do.  ``code`` is a short word for the reason."""

    def __init__(self, message, code=""):
        super().__init__(message)
        self.code = code


class Object(dict):
    """A dictionary whose entries are attributes too, as those of OpenAI's client."""

    def __getattr__(self, name):
        try:
            return self[name]
        except KeyError:
            raise AttributeError(name) from None

    def model_dump(self):
        """A plain copy."""
        return json.loads(json.dumps(self))

    to_dict = model_dump


class Completions:
    """``chat.completions``."""

    def create(self, messages=None, model=None, stream=False, max_tokens=None, **others):
        """An answer to *messages*, whole or in chunks.  What else OpenAI's client takes is accepted and not used."""
        limit = max_tokens or others.get("max_completion_tokens")
        events = _events(_messages(messages), model, limit)
        return _chunks(events) if stream else _whole(events)


class Chat:
    completions = Completions()


class Llm:
    """See the module."""

    chat = Chat()

    def __call__(self, prompt, *, system=None, model=None, max_tokens=None):
        """The answer to *prompt* (a text, or messages) as text."""
        return "".join(self.stream(prompt, system=system, model=model, max_tokens=max_tokens))

    complete = ask = __call__

    def stream(self, prompt, *, system=None, model=None, max_tokens=None):
        """The same in pieces, as they come."""
        messages = _messages(prompt)
        if system:
            messages = [{"role": "system", "content": system}, *messages]
        for kind, value in _events(messages, model, max_tokens):
            if kind == "text":
                yield value

    async def acomplete(self, prompt, **options):
        """The answer as text; other requests are answered meanwhile."""
        return await asyncio.get_running_loop().run_in_executor(None, lambda: self(prompt, **options))

    async def astream(self, prompt, **options):
        """The answer in pieces; other requests are answered meanwhile."""
        loop = asyncio.get_running_loop()
        pieces = self.stream(prompt, **options)
        ended = object()
        while True:
            piece = await loop.run_in_executor(None, lambda: next(pieces, ended))
            if piece is ended:
                return
            yield piece


llm = Llm()


def _messages(messages):
    return [{"role": "user", "content": messages}] if isinstance(messages, str) else list(messages or ())


def _events(messages, model, max_tokens):
    """("text", piece) ..., ("end", {"model", "input_tokens", "output_tokens", "stop"})."""
    server = channel()
    if server is None:
        yield from _from_provider(messages, model, max_tokens)
        return
    for answer in server.ask({"type": "llm", "messages": messages, "model": model, "max_tokens": max_tokens}):
        if "refused" in answer:
            raise LlmError(answer["refused"], answer.get("code", ""))
        if "text" in answer:
            yield "text", answer["text"]
        if answer.get("end"):
            yield "end", answer


def _from_provider(messages, model, max_tokens):
    key, base = os.environ.get("OPENAI_API_KEY"), os.environ.get("OPENAI_BASE_URL", "https://api.openai.com/v1")
    if not key and "OPENAI_BASE_URL" not in os.environ:
        raise LlmError("There is no language model: set OPENAI_API_KEY, or OPENAI_BASE_URL of a server.", "no_key")
    model = os.environ.get("OPENAI_MODEL") or model or "gpt-4o-mini"
    body = {"model": model, "messages": messages, "stream": True, "stream_options": {"include_usage": True}}
    if max_tokens:
        body["max_tokens"] = max_tokens
    headers = {"Content-Type": "application/json", "Authorization": "Bearer %s" % (key or "none")}
    request = urllib.request.Request(base.rstrip("/") + "/chat/completions", json.dumps(body).encode(), headers)
    usage, stop = {}, "stop"
    try:
        with urllib.request.urlopen(request, timeout=120) as answer:
            for line in answer:
                if not line.startswith(b"data:") or line[5:].strip() == b"[DONE]":
                    continue
                chunk = json.loads(line[5:])
                usage = chunk.get("usage") or usage
                for choice in chunk.get("choices") or ():
                    stop = choice.get("finish_reason") or stop
                    text = (choice.get("delta") or {}).get("content")
                    if text:
                        yield "text", text
    except urllib.error.HTTPError as error:
        text = error.read(500).decode("utf-8", "replace")
        raise LlmError("The language model answered %d: %s" % (error.code, text)) from None
    except OSError as error:
        raise LlmError("The language model can not be reached: %s" % error) from error
    yield (
        "end",
        {
            "model": model,
            "stop": stop,
            "input_tokens": usage.get("prompt_tokens", 0),
            "output_tokens": usage.get("completion_tokens", 0),
        },
    )


def _whole(events):
    text, end = [], {}
    for kind, value in events:
        if kind == "text":
            text.append(value)
        else:
            end = value
    message = Object(role="assistant", content="".join(text))
    asked, written = end.get("input_tokens", 0), end.get("output_tokens", 0)
    return Object(
        id="chatcmpl-" + uuid.uuid4().hex[:12],
        object="chat.completion",
        created=int(time.time()),
        model=end.get("model", ""),
        choices=[Object(index=0, message=message, finish_reason=end.get("stop", "stop"))],
        usage=Object(prompt_tokens=asked, completion_tokens=written, total_tokens=asked + written),
    )


def _chunks(events):
    identifier, created = "chatcmpl-" + uuid.uuid4().hex[:12], int(time.time())

    def chunk(delta, reason=None, model=""):
        return Object(
            id=identifier,
            object="chat.completion.chunk",
            created=created,
            model=model,
            choices=[Object(index=0, delta=delta, finish_reason=reason)],
        )

    for kind, value in events:
        if kind == "text":
            yield chunk(Object(role="assistant", content=value))
        else:
            yield chunk(Object(content=None), value.get("stop", "stop"), value.get("model", ""))
