"""Keys with JSON values, kept between runs and shared with the page's ``townie.kv``."""

import json
import time
from collections.abc import MutableMapping

from .database import Database
from .folder import data_folder

FILE = "keys.sqlite"
LARGEST_VALUE = 1024 * 1024
_SCHEMA = "CREATE TABLE IF NOT EXISTS keys (key TEXT PRIMARY KEY, value TEXT NOT NULL, updated REAL NOT NULL)"


class Keys(MutableMapping):
    """A dictionary that is kept: texts -> whatever JSON can hold."""

    def __init__(self):
        self._opened = {}

    @property
    def _database(self):
        # By its path: several apps may live in one kernel.
        path = data_folder() / FILE
        if path not in self._opened:
            database = Database(path)
            database.execute(_SCHEMA)
            self._opened[path] = database
        return self._opened[path]

    def __getitem__(self, key):
        row = self._database.one("SELECT value FROM keys WHERE key = ?", str(key))
        if row is None:
            raise KeyError(key)
        return json.loads(row["value"])

    def __setitem__(self, key, value):
        text = json.dumps(value, ensure_ascii=False)
        if len(text) > LARGEST_VALUE:
            raise ValueError("A value may have %d characters as JSON; this one has %d." % (LARGEST_VALUE, len(text)))
        self._database.execute("INSERT OR REPLACE INTO keys VALUES (?, ?, ?)", (str(key), text, time.time()))

    def __delitem__(self, key):
        if self._database.execute("DELETE FROM keys WHERE key = ?", (str(key),)).rowcount == 0:
            raise KeyError(key)

    def __iter__(self):
        return iter([row["key"] for row in self._database.query("SELECT key FROM keys ORDER BY key")])

    def __len__(self):
        return self._database.one("SELECT count(*) AS count FROM keys")["count"]

    def set(self, key, value):
        """``kv[key] = value``."""
        self[key] = value

    put = set

    def delete(self, key):
        """Take a key away; nothing happens when there is none."""
        self.pop(key, None)

    remove = delete

    def list(self, prefix=""):
        """The keys that begin with *prefix*."""
        return [key for key in self if key.startswith(prefix)]


kv = Keys()
