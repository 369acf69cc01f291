"""The app's SQLite database."""

import sqlite3
import threading

from .folder import data_folder

FILE = "app.sqlite"
LARGEST = 100 * 1024 * 1024
WAIT = 5.0
"""Seconds to wait for somebody else's write."""


class Row(dict):
    """A row: ``row["name"]``, ``row.name``, ``row[0]``, ``a, b = row`` and JSON all do what is expected."""

    __slots__ = ()

    def __getitem__(self, key):
        if isinstance(key, (int, slice)):
            return tuple(self.values())[key]
        return dict.__getitem__(self, key)

    def __getattr__(self, name):
        try:
            return dict.__getitem__(self, name)
        except KeyError:
            raise AttributeError("The row has no column %s, only %s." % (name, ", ".join(self.keys()))) from None

    def __iter__(self):
        return iter(self.values())


def _row(cursor, values):
    return Row(zip([column[0] for column in cursor.description], values))


class _Connection(sqlite3.Connection):
    """One thread's connection.  Every statement is kept at once, unless ``with db:`` makes several of them one."""

    def __enter__(self):
        if not self.in_transaction:
            self.execute("BEGIN IMMEDIATE")
        return self

    def __exit__(self, kind, value, traceback):
        if self.in_transaction:
            self.execute("ROLLBACK" if kind is not None else "COMMIT")
        return False


class Database:
    """Acts as a ``sqlite3.Connection`` for every thread at the same time; each has one of its own behind it."""

    def __init__(self, path):
        self._path = str(path)
        self._local = threading.local()

    @property
    def connection(self):
        """The ``sqlite3.Connection`` of this thread."""
        connection = getattr(self._local, "connection", None)
        if connection is None:
            connection = sqlite3.connect(
                self._path, timeout=WAIT, isolation_level=None, check_same_thread=False, factory=_Connection
            )
            connection.row_factory = _row
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = NORMAL")
            connection.execute("PRAGMA foreign_keys = ON")
            size = connection.execute("PRAGMA page_size").fetchone()[0]
            connection.execute("PRAGMA max_page_count = %d" % (LARGEST // size))
            self._local.connection = connection
        return connection

    def execute(self, sql, *parameters, **named):
        """Carry out a statement: ``execute(sql, (a, b))``, ``execute(sql, a, b)``, ``execute(sql, {"name": a})`` or
        ``execute(sql, name=a)``.  Returns a cursor."""
        return self.connection.execute(sql, _parameters(parameters, named))

    def query(self, sql, *parameters, **named):
        """All rows, as a list."""
        return self.execute(sql, *parameters, **named).fetchall()

    fetchall = fetch_all = all = query

    def one(self, sql, *parameters, **named):
        """The first row, or None."""
        return self.execute(sql, *parameters, **named).fetchone()

    fetchone = fetch_one = get = one

    def executemany(self, sql, rows):
        """Carry out a statement for each of *rows*, all of them or none."""
        with self:
            return self.connection.executemany(sql, rows)

    def commit(self):
        """Nothing is left to be done, unless a transaction was begun by hand."""
        self.connection.commit()

    def close(self):
        """Close this thread's connection; the next statement opens another."""
        connection = self.__dict__["_local"].__dict__.pop("connection", None)
        if connection is not None:
            connection.close()

    def __call__(self):
        return self

    def __enter__(self):
        self.connection.__enter__()
        return self

    def __exit__(self, *error):
        return self.connection.__exit__(*error)

    def __getattr__(self, name):
        return getattr(self.connection, name)


def _parameters(parameters, named):
    if named:
        return named
    if len(parameters) == 1 and isinstance(parameters[0], (tuple, list, dict)) and not isinstance(parameters[0], Row):
        return parameters[0]
    if len(parameters) == 1 and isinstance(parameters[0], Row):
        return dict(parameters[0])
    return parameters


_opened = {}
_lock = threading.Lock()


def db(name=""):
    """The app's database; with a *name*, another one beside it."""
    if name and not name.replace("_", "").replace("-", "").isalnum():
        raise ValueError("A database's name has letters, digits, - and _ only: %r." % name)
    path = data_folder() / (name + ".sqlite" if name else FILE)
    with _lock:
        if path not in _opened:
            _opened[path] = Database(path)
        return _opened[path]
