"""Secrets do not leave the machine; everything else stays as it is."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, strategies as st

from jupyter_townie.context.redaction import Redactor, redact, restore

# Put together at run time, so that no scanner takes this file for a leak.
SECRETS = {
    "Anthropic": "sk-ant-" + "api03-" + "aB3dE5gH" * 10,
    "OpenAI": "sk-proj-" + "aB3dE5gH" * 6,
    "old OpenAI": "sk-" + "aB3dE5gH" * 6,
    "Google": "AIza" + "SyA1b2C3d4E5f6G7h8I9j0K1l2M3n4O5p6q",
    "Hugging Face": "hf_" + "aBcDeFgHiJkLmNoPqRsTuVwXyZaBcDeFgH",
    "Groq": "gsk_" + "aB3dE5gH" * 6,
    "GitHub": "ghp_" + "aB3dE5gH1" * 4,
    "GitHub fine": "github_pat_" + "11AAAAAAA0" + "aB3dE5gH" * 6,
    "AWS": "AKIA" + "IOSFODNN7EXAMPL2",
    "Slack": "xoxb-" + "123456789012-123456789012-" + "aB3dE5gH" * 3,
    "JWT": "eyJhbGciOiJIUzI1NiJ9" + ".eyJzdWIiOiIxMjM0NTY3ODkwIn0" + ".dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U",
    "Stripe": "sk_live_" + "aB3dE5gH" * 3,
}


@pytest.mark.parametrize("secret", SECRETS.values(), ids=SECRETS)
@pytest.mark.parametrize("text", ["client = Client('{}')", "{}", "Error: key {} is not valid\n", '{{"k": "{}"}}'])
def test_keys_of_providers_are_found_wherever_they_stand(secret: str, text: str) -> None:
    redacted, found = redact(text.format(secret))
    assert secret not in redacted
    assert len(found) == 1


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("engine = create_engine('postgresql://bob:hunter22@db/x')", "hunter22"),
        ("redis://:s3cr3tpw@localhost:6379", "s3cr3tpw"),
        ("https://user:tok-en-99@example.org/a.git", "tok-en-99"),
        ("Server=db;Database=x;User Id=sa;Password=Tr0ub4dor&3;", "Tr0ub4dor"),
        ("DefaultEndpointsProtocol=https;AccountName=a;AccountKey=abcd1234abcd1234==;", "abcd1234abcd1234=="),
        ("password = 'correct-horse'", "correct-horse"),
        ("db_password: str = \"hunter22x\"", "hunter22x"),
        ("config['api_key'] = 'abc123def456'", "abc123def456"),
        ('{"client_secret": "abc123def456"}', "abc123def456"),
        ("os.environ['MY_TOKEN'] = 'abc123def456'", "abc123def456"),
        ("AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG/bPxRfiCYzzz", "wJalrXUtnFEMI"),
        ("headers = {'Authorization': 'Bearer abcdef123456789'}", "abcdef123456789"),
        ("requests.get(url, auth=('bob', 'hunter22'))", "hunter22"),
        ("-----BEGIN RSA " + "PRIVATE KEY-----\nMIIEabc\ndef\n-----END RSA PRIVATE KEY-----", "MIIEabc"),
    ],
)  # fmt: skip
def test_passwords_and_connection_strings_are_found(text: str, secret: str) -> None:
    assert secret not in redact(text)[0]


@pytest.mark.parametrize(
    "text",
    [
        "password = os.environ['PASSWORD']",
        "api_key = getpass('key: ')",
        "token = 'your_token_here'",
        "password = '<password>'",
        "df['password_length'] = df['password'].str.len()",
        "tokens = text.split()",
        "key = 'city'",
        "df.sort_values(key=lambda s: s.str.lower())",
        "max_tokens=1000",
        "sha = '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08'",
        "url = 'https://example.org/data.csv'",
        "Tokenizer: 'bert-base-uncased'",
        "image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJ",
        "secret_santa = ['Ann', 'Bob']",
        "print(f'{password}')",
    ],
)
def test_ordinary_code_stays(text: str) -> None:
    assert redact(text) == (text, [])


def test_values_of_secret_environment_variables_are_found_anywhere() -> None:
    redactor = Redactor(environment={"MY_SERVICE_TOKEN": "plainword-value", "HOME": "/home/someone"})
    assert "plainword-value" not in redactor.redact("it printed plainword-value at /home/someone")[0]
    assert "/home/someone" in redactor.redact("it printed plainword-value at /home/someone")[0]


def test_the_same_secret_has_the_same_placeholder() -> None:
    secret = SECRETS["OpenAI"]
    first, second = redact(f"a = '{secret}'")[1][0], redact(f"other text {secret}")[1][0]
    assert first.placeholder == second.placeholder


def test_placeholders_of_two_installations_differ() -> None:
    assert Redactor(b"one").placeholder("x") != Redactor(b"two").placeholder("x")


def test_the_model_s_code_works_after_restoring() -> None:
    source = f"key = '{SECRETS['Groq']}'\nprint(key)"
    redacted, found = redact(source)
    assert restore(redacted.replace("print(key)", "use(key)"), found) == source.replace("print(key)", "use(key)")


def test_redacting_twice_changes_nothing_more() -> None:
    once, _ = redact(f"password = 'correct-horse' # {SECRETS['AWS']}")
    assert redact(once) == (once, [])


def test_a_redaction_tells_where_its_placeholder_is_and_not_the_secret() -> None:
    redacted, found = redact(f"x = '{SECRETS['Google']}'")
    assert redacted[found[0].start :].startswith(found[0].placeholder)
    assert SECRETS["Google"] not in repr(found[0])


@given(st.text())
def test_restoring_gives_the_text_back(text: str) -> None:
    redacted, found = redact(text)
    assert restore(redacted, found) == text


@pytest.mark.parametrize(
    "text", ["a" * 1_000_000, "password" * 100_000, "sk-" * 300_000, "://:" * 250_000, "eyJ." * 250_000]
)
def test_a_megabyte_takes_linear_time(text: str) -> None:
    redact("key = 1")
    started = time.perf_counter()
    redact(text)
    assert time.perf_counter() - started < 5
