"""Look at a namespace without touching it.

This file is sent as text into a user's kernel and executed there in a dictionary of its own.  It therefore uses the
standard library alone, runs on Python 3.8 and later, and keeps these promises: no name is left behind, nothing is
imported that is not imported already, and no code of a class that is unknown here is run: not ``__repr__``, not
``__len__``, not ``__getattr__``, not a property, not a metaclass.  Only exact builtin types, and classes of a few
well-known libraries that the user has imported, are asked anything.
"""

import json
import sys
import time

from .frames import of_user

OF_IPYTHON = ("In", "Out", "exit", "quit", "open", "get_ipython")
LIBRARIES = ("numpy", "pandas", "torch", "polars", "pyarrow", "scipy", "xarray", "geopandas")
MODULES = sys.modules
NAME_OF = type.__dict__["__name__"].__get__
MODULE_OF = type.__dict__["__module__"].__get__
MRO_OF = type.__dict__["__mro__"].__get__

MAX_COLUMNS = 60
MAX_ITEMS = 5
MAX_TEXT = 80
MAX_ENTRY = 4000
LOOKED_AT = 200
CHEAP_CELLS = 300000


SIMPLE = (int, float, bool, complex, str, bytes)
CONTAINERS = (list, tuple, dict, set, frozenset)


class Late(Exception):
    pass


class Clock:
    def __init__(self, seconds):
        self.end = time.perf_counter() + seconds

    def check(self):
        if time.perf_counter() > self.end:
            raise Late


def exactly(kind, kinds):
    """Whether ``kind`` is one of ``kinds``; ``in`` would ask a metaclass for equality."""
    return any(kind is one for one in kinds)


def short(text, limit=MAX_TEXT):
    return text if len(text) <= limit else text[: limit - 3] + "..."


def type_name(kind):
    name = NAME_OF(kind)
    return short(name) if type(name) is str else "?"


def module_name(kind):
    try:
        name = MODULE_OF(kind)
    except Exception:
        return ""
    return short(name) if type(name) is str else ""


def derives(kind, library, path):
    """Whether ``kind`` is the class at ``path`` of an imported library, or a subclass of it from a known library."""
    found = MODULES.get(library)
    for part in path.split("."):
        if found is None:
            return False
        found = vars(found).get(part) if type(found) is type(sys) else getattr(found, part, None)
    if not any(base is found for base in MRO_OF(kind)):
        return False
    return kind is found or module_name(kind).partition(".")[0] in LIBRARIES


def value(item, depth=0):
    """A short text of a builtin value; anything else is told by its type alone."""
    kind = type(item)
    if item is None or kind is bool:
        return repr(item)
    if kind is int:
        return repr(item) if item.bit_length() < 200 else f"int of {item.bit_length()} bits"
    if exactly(kind, (float, complex)):
        return repr(item)
    if exactly(kind, (str, bytes)):
        cut = item[:MAX_TEXT]
        return repr(cut) + ("..." if len(item) > MAX_TEXT else "")
    if exactly(kind, (list, tuple, set, frozenset)) and depth < 2:
        parts = [value(part, depth + 1) for part in first(item, MAX_ITEMS)]
        more = ", ..." if len(item) > MAX_ITEMS else ""
        left, right = {list: "[]", tuple: "()"}.get(kind, "{}")
        return short(left + ", ".join(parts) + more + right, 400)
    if kind is dict and depth < 2:
        keys = first(item, MAX_ITEMS)
        parts = [value(key, 2) + ": " + value(item[key], depth + 1) if plain(key) else "..." for key in keys]
        return short("{" + ", ".join(parts) + (", ..." if len(item) > MAX_ITEMS else "") + "}", 400)
    if module_name(kind) == "numpy" and derives(kind, "numpy", "generic"):
        number = item.item()
        return value(number, depth) if exactly(type(number), SIMPLE) else type_name(kind)
    if derives(kind, "datetime", "datetime") and item.tzinfo is None:
        return item.isoformat()
    if derives(kind, "pandas", "Timestamp") or derives(kind, "pandas", "Timedelta"):
        return str(item)
    return "<" + type_name(kind) + ">"


def plain(key):
    return exactly(type(key), (str, int, float, bool, bytes)) or key is None


def first(items, count):
    taken = []
    for item in items:
        if len(taken) >= count:
            break
        taken.append(item)
    return taken


def label(name):
    return short(name) if type(name) is str else value(name)


def kinds(items):
    names = []
    for item in first(items, LOOKED_AT):
        name = type_name(type(item))
        if name not in names:
            names.append(name)
    return names[:MAX_ITEMS]


def dtype_text(dtype):
    """A dtype of numpy, pandas, torch or polars by its own name; a structured or foreign one by its type."""
    library = module_name(type(dtype)).partition(".")[0]
    return short(str(dtype)) if library in LIBRARIES else type_name(type(dtype))


def frame_columns(frame, clock, samples):
    columns = []
    rows = len(frame)
    dtypes = frame.dtypes
    for position, name in enumerate(first(frame.columns, MAX_COLUMNS)):
        clock.check()
        dtype = dtypes.iloc[position]
        column = {"name": label(name), "dtype": dtype_text(dtype)}
        data = frame.iloc[:, position]
        missing = count_missing(data, dtype, rows)
        if missing is not None:
            column["missing"] = missing
        if samples:
            column["samples"] = [value(item) for item in data.iloc[:3].tolist()]
        columns.append(column)
    return columns


def count_missing(series, dtype, rows):
    kind = getattr(dtype, "kind", "")
    if kind in ("i", "u", "b") and module_name(type(dtype)).startswith("numpy"):
        return 0
    if rows > (CHEAP_CELLS // 10 if kind == "O" else CHEAP_CELLS):
        return None
    return int(series.isna().sum())


def describe(item, samples, clock):
    kind = type(item)
    entry = {"type": type_name(kind)}
    module = module_name(kind)
    if module and module != "builtins":
        entry["module"] = module
    if exactly(kind, (str, bytes, bytearray, list, tuple, dict, set, frozenset, range)):
        entry["length"] = len(item)
    if exactly(kind, (list, tuple, set, frozenset)):
        entry["items"] = kinds(item)
    elif kind is dict:
        entry["items"] = kinds(item.values())
    if samples and (exactly(kind, SIMPLE) or exactly(kind, CONTAINERS) or kind is range or item is None):
        entry["sample"] = repr(item) if kind is range else value(item)
        return entry
    if kind is type(describe):
        code = item.__code__
        entry["signature"] = "(" + ", ".join(code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]) + ")"
    elif kind is type(sys):
        name = vars(item).get("__name__")
        entry["sample"] = name if type(name) is str else ""
    elif kind is type:
        entry["sample"] = "class " + type_name(item)
    elif derives(kind, "pandas", "DataFrame"):
        entry["shape"] = [len(item.index), len(item.columns)]
        index = item.index
        entry["index"] = dtype_text(index.dtype)
        entry["columns"] = []
        entry["columns"] = frame_columns(item, clock, samples)
    elif derives(kind, "pandas", "Series"):
        entry["shape"] = [len(item)]
        entry["dtype"] = dtype_text(item.dtype)
        missing = count_missing(item, item.dtype, len(item))
        if missing is not None:
            entry["missing"] = missing
        if samples:
            entry["sample"] = ", ".join(value(part) for part in item.iloc[:3].tolist())
    elif derives(kind, "pandas", "Index"):
        entry["shape"] = [len(item)]
        entry["dtype"] = dtype_text(item.dtype)
    elif derives(kind, "numpy", "ndarray"):
        entry["shape"] = [int(length) for length in item.shape]
        entry["dtype"] = dtype_text(item.dtype)
        if item.dtype.kind in "fc" and item.size <= CHEAP_CELLS:
            entry["missing"] = int((item != item).sum())
        if samples and item.dtype.kind in "iufb" and item.size and item.ndim:
            entry["sample"] = ", ".join(value(part) for part in item.flat[:3].tolist())
    elif derives(kind, "numpy", "generic"):
        entry["dtype"] = dtype_text(item.dtype)
        if samples:
            entry["sample"] = value(item)
    elif derives(kind, "torch", "Tensor"):
        entry["shape"] = [int(length) for length in item.shape]
        entry["dtype"] = dtype_text(item.dtype)
        entry["device"] = short(str(item.device))
    elif derives(kind, "polars", "DataFrame"):
        entry["shape"] = [int(length) for length in item.shape]
        entry["columns"] = [
            {"name": label(name), "dtype": dtype_text(dtype)} for name, dtype in first(item.schema.items(), MAX_COLUMNS)
        ]
    elif derives(kind, "polars", "Series"):
        entry["shape"] = [len(item)]
        entry["dtype"] = dtype_text(item.dtype)
    elif derives(kind, "pyarrow", "Table"):
        entry["shape"] = [item.num_rows, item.num_columns]
        entry["columns"] = [
            {"name": label(field.name), "dtype": short(str(field.type))} for field in first(item.schema, MAX_COLUMNS)
        ]
    elif derives(kind, "xarray", "DataArray"):
        entry["shape"] = [int(length) for length in item.shape]
        entry["dtype"] = dtype_text(item.dtype)
    elif samples:
        entry["sample"] = value(item)
        if entry["sample"].startswith("<"):
            del entry["sample"]
    return entry


def visible(namespace, hidden):
    """The names that a user would call their variables, in the order of their making."""
    for name in list(namespace):
        if type(name) is not str or name.startswith("_") or name in OF_IPYTHON:
            continue
        # IPython remembers what it put there itself; a name counts as the user's when it holds something else now.
        if name in hidden and hidden[name] is namespace[name]:
            continue
        yield name


def shell_names():
    shell = getattr(vars(MODULES.get("IPython.core.interactiveshell", sys)).get("InteractiveShell"), "_instance", None)
    hidden = getattr(shell, "user_ns_hidden", None)
    return hidden if type(hidden) is dict else {}


def summarise(namespace, names, samples, seconds, limit):
    """JSON text of at most ``limit`` bytes about the ``variables`` of ``namespace``, as far as time and room suffice;
    ``names`` None means all but modules, functions and classes."""
    clock = Clock(seconds)
    left_out = () if names is not None else (type(sys), type(describe), type, type(len))
    entries, size = [], 64
    # One by one: of many thousands, the first are told before the others are looked at.
    for name in visible(namespace, shell_names()) if names is None else names:
        if name not in namespace or exactly(type(namespace[name]), left_out):
            continue
        item = namespace[name]
        entry = {"type": "?"}
        try:
            clock.check()
            entry = describe(item, samples, clock)
        except Late:
            break
        except (Exception, SystemExit):
            entry = {"type": type_name(type(item)), "module": module_name(type(item))}
        entry["name"] = short(name)
        text = json.dumps(entry)
        while len(text) > MAX_ENTRY and entry.get("columns"):
            entry["columns"] = entry["columns"][: len(entry["columns"]) // 2]
            entry["cut"] = True
            text = json.dumps(entry)
        if size + len(text) + 2 > limit:
            break
        size += len(text) + 2
        entries.append(text)
    return f'{{"variables": [{", ".join(entries)}]}}'


def names(namespace, seconds, limit):
    """JSON text: ``[[name, type], ...]`` of everything a user could mean, modules and functions too."""
    clock = Clock(seconds)
    entries, size = [], 2
    for name in visible(namespace, shell_names()):
        text = json.dumps([short(name), type_name(type(namespace[name]))])
        size += len(text) + 2
        if size > limit or time.perf_counter() > clock.end:
            break
        entries.append(text)
    return "[" + ", ".join(entries) + "]"


def post_mortem(ename, local, samples, seconds, limit):
    """JSON text about the last error, when it is an ``ename``: ``function``, ``line`` and, if ``local``, ``variables``
    of the user's innermost frame where that is a function's; ``versions`` of the packages in the traceback."""
    error = vars(sys).get("last_exc") or vars(sys).get("last_value")
    if error is None or type_name(type(error)) != ename:
        return "{}"
    trace = BaseException.__dict__["__traceback__"].__get__(error, type(error))
    last, versions, count = None, {"Python": ".".join(str(part) for part in sys.version_info[:3])}, 0
    while trace is not None and count < 3000:
        frame = trace.tb_frame
        package = frame.f_globals.get("__name__")
        if of_user(frame.f_code.co_filename):
            last = trace
        elif type(package) is str and len(versions) < 20:
            package = package.partition(".")[0]
            module = MODULES.get(package)
            version = vars(module).get("__version__") if type(module) is type(sys) else None
            if type(version) is str and package != "IPython":
                versions[short(package)] = short(version, 40)
        trace, count = trace.tb_next, count + 1
    said = {"versions": versions}
    if last is not None and last.tb_frame.f_code.co_flags & 2:
        said["function"], said["line"] = short(last.tb_frame.f_code.co_name), last.tb_lineno
        if local:
            said.update(json.loads(summarise(dict(last.tb_frame.f_locals), None, samples, seconds, limit - 2000)))
    return json.dumps(said)
