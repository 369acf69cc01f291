"""What an app can use without setting anything up: a database, keys, a language model, and secrets.

    import townie

    db = townie.db()                       # SQLite; rows are dictionaries that can also be unpacked
    db.execute("CREATE TABLE IF NOT EXISTS notes (id INTEGER PRIMARY KEY, text TEXT)")
    townie.kv["visits"] = townie.kv.get("visits", 0) + 1
    answer = townie.llm("Say hello")       # or townie.llm.chat.completions.create(messages=[...], stream=True)
    key = townie.secrets["WEATHER_KEY"]

In Townie the model and the secrets are the person's own, and no key is ever in the app.  Elsewhere the same code works
with plain files in ``data/`` (or ``$TOWNIE_DATA``), ``OPENAI_API_KEY``, ``OPENAI_BASE_URL`` and ``OPENAI_MODEL``, and
secrets from the environment.  It needs the standard library alone.
"""

from .database import Database, db
from .keys import kv
from .llm import LlmError, llm
from .secrets import MissingSecret, secrets

__all__ = ["Database", "LlmError", "MissingSecret", "db", "kv", "llm", "secrets"]
