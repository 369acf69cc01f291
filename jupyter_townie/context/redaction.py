"""Secrets are taken out of everything before it leaves the machine.

The patterns of providers' keys are those of detect-secrets; added to them are newer providers of models, passwords in
URLs and connection strings, values that are assigned to names that sound secret, and the values of this process's own
environment variables of such names.  Detection by entropy is left out on purpose: hashes, base64 images and identifiers
are what notebooks are full of.
"""

# ruff: noqa: E501 -- patterns and tables read better unbroken

from __future__ import annotations

import hashlib
import hmac
import os
import re
import secrets
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from .literals import folded, required

PLACEHOLDER = re.compile(r"TOWNIE_SECRET_[0-9a-f]{12}")
SHORTEST = 6
"""Characters of the shortest password that is looked for by its name; shorter ones would hit ordinary words."""
LONGEST_LINE = 20_000
"""A longer line is looked at in pieces of this length (with an overlap), so that the time stays linear."""

_PASSED_OVER = frozenset({"Public IP (ipv4)", "Base64 High Entropy String", "Hex High Entropy String", "Secret Keyword",
                          "Basic Auth Credentials", "Private Key", "IBM COS HMAC Credentials", "OpenAI Token"})  # fmt: skip

_KEYS = {
    "Anthropic key": r"\bsk-ant-[\w-]{16,}",
    "OpenRouter key": r"\bsk-or-v1-[0-9a-f]{32,}",
    "API key": r"\bsk-(?:proj-|svcacct-|admin-|None-)?[A-Za-z0-9][\w-]{18,}",
    "Google key": r"\bAIza[\w-]{30,}",
    "Google token": r"\bya29\.[\w-]{20,}",
    "Hugging Face token": r"\bhf_[A-Za-z0-9]{20,}",
    "Groq key": r"\bgsk_[A-Za-z0-9]{20,}",
    "xAI key": r"\bxai-[A-Za-z0-9]{20,}",
    "Cerebras key": r"\bcsk-[A-Za-z0-9]{20,}",
    "Perplexity key": r"\bpplx-[A-Za-z0-9]{20,}",
    "NVIDIA key": r"\bnvapi-[\w-]{20,}",
    "Replicate token": r"\br8_[A-Za-z0-9]{20,}",
    "Databricks token": r"\bdapi[0-9a-f]{32}",
    "GitHub token": r"\bgh[pousr]_[A-Za-z0-9]{30,}",
    "GitHub fine-grained token": r"\bgithub_pat_\w{20,}",
    "GitLab token": r"\bglpat-[\w-]{16,}",
    "Slack token": r"\bxox[abposr]-[\w-]{10,}",
    "AWS access key": r"\b(?:AKIA|ASIA|ABIA|ACCA)[0-9A-Z]{16}\b",
    "JSON web token": r"\beyJ[\w-]{10,}\.[\w-]{10,}\.[\w-]{5,}",
    "Stripe key": r"\b[rs]k_(?:live|test)_[A-Za-z0-9]{16,}",
    "SendGrid key": r"\bSG\.[\w-]{16,}\.[\w-]{16,}",
}
_PRIVATE_KEY = re.compile(
    r"-----BEGIN [A-Z ]{0,40}PRIVATE KEY(?: BLOCK)?-----[\s\S]{0,20000}?(?:-----END [A-Z ]{0,40}-----|\Z)"
)
_URL = re.compile(r"\b[a-zA-Z][a-zA-Z0-9+.-]{1,30}://[^\s:/@'\"<>]{0,200}:([^\s/@'\"<>]{1,300})@")
_SECRET_NAME = (
    r"(?:(?:api_?key|access_?key|secret|passw(?:or)?d|passphrase|\bpwd|auth_?token|access_?token|private_?key|"  # noqa: S105
    r"client_?secret|account_?key|sharedaccesskey|credential|_token|_pass|_pwd|bearer|authtoken|apikey)[\w-]{0,40})"
)
_ASSIGNED = re.compile(
    rf"(?i){_SECRET_NAME}['\"]?\]?\s{{0,4}}(?::\s{{0,4}}str\s{{0,4}}=|[:=]|=>)\s{{0,4}}[rbuf]?(['\"])([^'\"\n]{{{SHORTEST},400}})\1"
)
_PAIR = re.compile(rf"(?i)({_SECRET_NAME})=([^;&\s'\"<>(){{}}\[\]]{{{SHORTEST},400}})")
_CONNECTION = re.compile(r"(?i)\b(?:server|data source|user id|uid|host|accountname|endpoint|database)=[^;\n]{1,200};")
_HEADER = re.compile(
    r"(?i)\b(?:authorization['\"]?\s{0,4}[:=]\s{0,4}['\"]?)(?:bearer|basic|token)\s{1,4}([\w.~+/=-]{12,2000})"
)
_AUTH = re.compile(
    rf"(?i)\b(?:auth)\s{{0,4}}=\s{{0,4}}\(\s{{0,4}}['\"][^'\"\n]{{1,100}}['\"]\s{{0,4}},\s{{0,4}}['\"]([^'\"\n]{{{SHORTEST},200}})['\"]"
)
_NOT_SECRET = re.compile(
    r"(?i)^(?:<.*>|\*+|x{3,}|\.{3,}|\$\{?.*|%.*%|\{.*\}|.*\b(?:your|example|placeholder|changeme|change_me|dummy|insert|todo|redacted)\b.*|"
    r"your[_-].*|none|null|true|false|os\.environ.*|getpass.*|input|password|secret|token|[\w.]+\(.*)$"
)
_SECRET_VARIABLE = re.compile(r"(?i)(?:key|token|secret|passw|credential|_pwd|_pass|auth)")
_HARMLESS_VARIABLE = re.compile(
    r"(?i)(?:_path$|_file$|_dir$|_url$|sock|keyring|xauth|session_type|ssh_auth|jpy_|keymap|gpg_key|_home$)"
)


@dataclass(frozen=True)
class Redaction:
    """One secret that was taken out."""

    placeholder: str
    kind: str
    """What it is, in words for the receipt."""
    start: int
    """Where the placeholder begins in the redacted text, in characters."""
    secret: str = field(repr=False)


class Redactor:
    """Placeholders are equal for equal secrets, and tell nothing about them without *salt*."""

    def __init__(self, salt: bytes | None = None, environment: Mapping[str, str] | None = None) -> None:
        self._salt = salt or secrets.token_bytes(16)
        self._environment = environment

    def placeholder(self, secret: str) -> str:
        digest = hmac.new(self._salt, secret.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()
        return f"TOWNIE_SECRET_{digest[:12]}"

    def redact(self, text: str) -> tuple[str, list[Redaction]]:
        """*text* with a placeholder for each secret, and what was taken out, in order."""
        spans = [span for span in _merged(self._found(text)) if not PLACEHOLDER.search(text, span[0], span[1])]
        if not spans:
            return text, []
        pieces: list[str] = []
        redactions: list[Redaction] = []
        position = length = 0
        for start, end, kind in spans:
            pieces.append(text[position:start])
            length += start - position
            placeholder = self.placeholder(text[start:end])
            redactions.append(Redaction(placeholder, kind, length, text[start:end]))
            pieces.append(placeholder)
            length += len(placeholder)
            position = end
        pieces.append(text[position:])
        return "".join(pieces), redactions

    def _found(self, text: str) -> Iterator[tuple[int, int, str]]:
        for found in _PRIVATE_KEY.finditer(text) if "PRIVATE KEY" in text else ():
            yield found.start(), found.end(), "private key"
        environment = os.environ if self._environment is None else self._environment
        for name, value in environment.items():
            if len(value) >= 8 and _SECRET_VARIABLE.search(name) and not _HARMLESS_VARIABLE.search(name):
                start = text.find(value)
                while start >= 0:
                    yield start, start + len(value), f"value of {name}"
                    start = text.find(value, start + len(value))
        yield from _detected(text)


def _pieces(text: str) -> Iterator[tuple[int, str]]:
    offset = 0
    for line in text.splitlines(keepends=True):
        if len(line) <= LONGEST_LINE:
            yield offset, line
        else:
            step = LONGEST_LINE - 1_000
            for start in range(0, len(line), step):
                yield offset + start, line[start : start + LONGEST_LINE]
        offset += len(line)


_MAY_HOLD = re.compile(
    r"(?i)sk-|AIza|ya29|_|key|token|secret|passw|pwd|credential|auth|bearer|://|xai-|csk-|pplx|nvapi|dapi|glpat|xox|AKIA|ASIA|"
    r"ABIA|ACCA|eyJ|SG\.|\d{8}:|npm|pypi|mfa\.|cloudant|artifactory|softlayer|AC[0-9a-z]{8}|-us\d|sq0|[MNO][\w-]{22}\."
)


Accepts = Callable[[re.Match[str], str], bool]
"""Whether a match in a line is a secret."""


@dataclass(frozen=True, slots=True)
class _Detector:
    """One pattern; its last group, when it has one, is the secret."""

    kind: str
    pattern: re.Pattern[str]
    accepts: Accepts
    literals: frozenset[str] | None
    """What a match contains one of, None when that is not known."""

    @property
    def folds(self) -> bool:
        return bool(self.pattern.flags & re.IGNORECASE)


def _detected(text: str) -> Iterator[tuple[int, int, str]]:
    """What the patterns find, line by line: each looks only at the lines with a literal that it needs."""
    # Loading detect-secrets takes half a second: it waits for the first text that may hold a secret.
    if not _detectors.cache_info().currsize and not _MAY_HOLD.search(text):
        return
    lower = folded(text)
    wanted: list[tuple[_Detector, str, list[str] | None]] = []
    for detector in _detectors():
        where = lower if detector.folds else text
        if detector.literals is None:
            wanted.append((detector, where, None))
        elif present := [literal for literal in detector.literals if literal in where]:
            wanted.append((detector, where, present))
    pieces = list(_pieces(text))
    starts = [offset for offset, _ in pieces]
    for detector, where, literals in wanted:
        for index in range(len(pieces)) if literals is None else _holding(where, literals, pieces, starts):
            offset, piece = pieces[index]
            for found in detector.pattern.finditer(piece):
                # Last, because it is dear and only what looks like a secret has to pass it.
                if detector.accepts(found, piece) and _MAY_HOLD.search(piece):
                    start, end = found.span(found.lastindex or 0)
                    yield offset + start, offset + end, detector.kind


def _holding(where: str, literals: list[str], pieces: list[tuple[int, str]], starts: list[int]) -> list[int]:
    """Numbers of the pieces that hold one of *literals*."""
    holding: set[int] = set()
    for literal in literals:
        at = where.find(literal)
        while at >= 0:
            last = bisect_right(starts, at) - 1
            # Pieces of a long line overlap, each with the next.
            for index in (last - 1, last):
                if index >= 0 and at + len(literal) <= pieces[index][0] + len(pieces[index][1]):
                    holding.add(index)
            end = starts[last + 1] if last + 1 < len(starts) else len(where)
            # A literal that crosses into the next piece begins before it.
            at = where.find(literal, max(at + 1, end - len(literal) + 1))
    return sorted(holding)


def _is_key(found: re.Match[str], _line: str) -> bool:
    secret = found.group(found.lastindex or 0)
    return len(secret) >= SHORTEST and not PLACEHOLDER.search(secret)


def _is_value(found: re.Match[str], _line: str) -> bool:
    return not _NOT_SECRET.match(found.group(found.lastindex or 0))


def _is_assigned(found: re.Match[str], _line: str) -> bool:
    return not _NOT_SECRET.match(found.group(2)) and " " not in found.group(2).strip()


def _is_pair(found: re.Match[str], line: str) -> bool:
    value = found.group(2)
    # `password=password_box` is code; in a connection string or an .env file, any word is a value.
    plain = re.match(r"^[A-Za-z_][\w.]*$", value) is not None
    return not _NOT_SECRET.match(value) and bool(not plain or found.group(1).isupper() or _CONNECTION.search(line))


@lru_cache(maxsize=1)
def _detectors() -> list[_Detector]:
    from detect_secrets.core.plugins.util import get_mapping_from_secret_type_to_class
    from detect_secrets.plugins.base import RegexBasedDetector

    found: list[tuple[str, re.Pattern[str], Accepts]] = [
        (kind, re.compile(pattern), _is_key) for kind, pattern in _KEYS.items()
    ]
    plugins: dict[str, Any] = get_mapping_from_secret_type_to_class()
    for kind, plugin in plugins.items():
        if kind not in _PASSED_OVER and issubclass(plugin, RegexBasedDetector):
            denylist: Iterable[re.Pattern[str]] = plugin.denylist
            found.extend((kind, pattern, _is_key) for pattern in denylist)
    found += [
        ("password in a URL", _URL, _is_value),
        ("value of a secret name", _ASSIGNED, _is_assigned),
        ("value of a secret name", _PAIR, _is_pair),
        ("authorization header", _HEADER, _is_value),
        ("password", _AUTH, _is_value),
    ]
    return [_Detector(kind, pattern, accepts, required(pattern)) for kind, pattern, accepts in found]


def _merged(spans: Iterable[tuple[int, int, str]]) -> list[tuple[int, int, str]]:
    """Overlapping finds become one, under the name of the first and longest."""
    merged: list[tuple[int, int, str]] = []
    for start, end, kind in sorted(dict.fromkeys(spans), key=lambda span: (span[0], -span[1])):
        if merged and start < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end), merged[-1][2])
        else:
            merged.append((start, end, kind))
    return merged


_SHARED = Redactor()


def redact(text: str) -> tuple[str, list[Redaction]]:
    """*text* without secrets, and what was taken out; placeholders are stable for the life of this process."""
    return _SHARED.redact(text)


def restore(text: str, redactions: Iterable[Redaction]) -> str:
    """Put the secrets back where their placeholders stand; only for the user's own source, never for a log or a page."""
    known = {redaction.placeholder: redaction.secret for redaction in redactions}
    return PLACEHOLDER.sub(lambda found: known.get(found.group(0), found.group(0)), text)


def put_back(text: str, sources: Iterable[str]) -> str:
    """*text*, which a model wrote for the user's own source, with the secrets of *sources* where it names them.

    What it writes in place of a secret is the placeholder that it was shown; in the user's source that would be no key.
    """
    if not PLACEHOLDER.search(text):
        return text
    return restore(text, [redaction for source in sources for redaction in redact(source)[1]])
