"""What a failed kernel can tell about its failure.  Sent into the kernel as text: standard library only.

Nothing here imports, calls or formats anything of the user's: names are looked up in dictionaries, attributes in the
``__dict__`` of types, and only exact built-in types are read.  The work stops after :data:`SECONDS` of the processor,
or :data:`SHARE` times that where others hold it, and the answer is cut to :data:`BYTES`.
"""

# ruff: noqa: E501, PERF203, PERF401 -- patterns and tables read better unbroken; every step checks the time that is left

import sys

SECONDS = 0.09
SHARE = 4
BYTES = 64_000
MOST_NAMES = 1_500
MOST_ATTRIBUTES = 1_200


def inspect_failure(request):
    """The answer, as JSON text, to *request*, JSON text with any of these keys:

    ``ename``, ``evalue``: the error to look at; the last one is passed over when it has another name or message.
    Of the message its first characters are enough.
    ``wants``: dotted expressions to describe, looked up from the failing frame.
    ``modules``: top-level module names that may or may not be installed.
    ``digests``: SHA-1 of sources, to be told which were run as they stand.
    ``packages``: imported packages whose versions are wanted, beside the well-known ones.
    ``values``: whether values of plain scalars may be told.
    """
    json, time = sys.modules["json"], sys.modules["time"]
    asked = json.loads(request)
    clock = _clock(time)
    deadline = clock() + SECONDS
    answer = {"python": list(sys.version_info[:2])}
    look = _Look(deadline, clock, bool(asked.get("values")))
    for key, part in (
        ("error", lambda: look.error(asked.get("ename"), asked.get("evalue"))),
        ("objects", lambda: look.objects(asked.get("wants", ()))),
        ("names", look.names),
        ("executed", lambda: look.executed(asked.get("digests", ()))),
        ("installed", lambda: look.installed(asked.get("modules", ()))),
        ("versions", lambda: look.versions(asked.get("packages", ()))),
        ("cwd", look.cwd),
    ):
        try:
            answer[key] = part()
        except _OutOfTime:
            answer["incomplete"] = True
            break
        except Exception:
            answer[key] = None
    text = json.dumps(answer)
    for key in ("names", "objects", "installed", "error"):
        if len(text) <= BYTES:
            break
        answer[key], answer["incomplete"] = None, True
        text = json.dumps(answer)
    return text


def _clock(time):
    """Seconds of this thread's work; on a crowded machine the wall's count less."""
    work = getattr(time, "thread_time", time.monotonic)
    worked, began = work(), time.monotonic()
    return lambda: max(work() - worked, (time.monotonic() - began) / SHARE)


def _message(value):
    """What ``str`` gives for an exception of Python's own, without calling any code; None for others."""
    if type(value).__module__ != "builtins":
        return None
    arguments = BaseException.__dict__["args"].__get__(value, type(value))
    if len(arguments) != 1 or type(arguments[0]) is not str:
        return None
    return repr(arguments[0]) if type(value) is KeyError else arguments[0]


class _OutOfTime(Exception):
    pass


class _Look:
    def __init__(self, deadline, clock, values):
        self.deadline, self.clock, self.values = deadline, clock, values
        shell = sys.modules["IPython.core.interactiveshell"].InteractiveShell._instance
        self.user = shell.user_ns
        self.hidden = shell.user_ns_hidden
        self.scope = [self.user, sys.modules["builtins"].__dict__]
        self.value = None

    def check(self):
        if self.clock() > self.deadline:
            raise _OutOfTime

    # ------------------------------------------------------------------------------------------------- the last error

    def error(self, ename, evalue=None):
        value = getattr(sys, "last_exc", None) or getattr(sys, "last_value", None)
        if value is None or (ename and type(value).__name__ != ename):
            return None
        message = _message(value)
        if evalue and message is not None and not message.startswith(evalue):
            return None
        self.value = value
        said = {"ename": type(value).__name__, "frames": []}
        for attribute in ("name", "obj"):
            descriptor = _static(type(value), attribute)
            if type(descriptor).__name__ in ("member_descriptor", "getset_descriptor"):
                found = descriptor.__get__(value, type(value))
                if attribute == "obj" and found is not None:
                    said["obj"] = self.describe(found, True)
                elif type(found) is str:
                    said["name"] = found
        frames = []
        trace = BaseException.__dict__["__traceback__"].__get__(value, type(value))
        while trace is not None and len(frames) < 3_000:
            frames.append(trace)
            trace = trace.tb_next
        frames = frames[-60:]
        lines = sys.modules["linecache"].cache
        last_user = None
        for trace in frames:
            self.check()
            code = trace.tb_frame.f_code
            filename = code.co_filename
            cell = _is_cell(filename)
            one = {"file": filename, "function": code.co_name, "line": trace.tb_lineno, "cell": cell}
            if cell or _is_local(filename):
                last_user = trace
                one["user"] = True
                if cell and filename in lines:
                    one["source"] = "".join(lines[filename][2])[:20_000]
                if hasattr(code, "co_positions"):
                    span = _nth(code.co_positions(), trace.tb_lasti // 2)
                    if span and None not in span:
                        one["span"] = list(span)
            said["frames"].append(one)
        if last_user is None:
            return said
        frame = last_user.tb_frame
        if frame.f_code.co_flags & 2:  # CO_NEWLOCALS: a function, whose locals are its own
            variables = dict(frame.f_locals)
            said["locals"] = {name: type(item).__name__ for name, item in list(variables.items())[:200]}
            self.scope = [variables, frame.f_globals, sys.modules["builtins"].__dict__]
        elif frame.f_globals is not self.user:
            self.scope = [frame.f_globals, sys.modules["builtins"].__dict__]
        said["called"] = self.wrapped(frames[frames.index(last_user) + 1 :])
        said["below"] = self.below(frames[frames.index(last_user) + 1 :])
        return said

    def wrapped(self, frames):
        """The function that a library's wrapper was about to call, when the error came up in the wrapper."""
        for trace in frames[:2]:
            for name in ("func", "f", "fn", "function", "method"):
                item = trace.tb_frame.f_locals.get(name)
                if type(item).__name__ == "function":
                    signature = self.signature(item) or []
                    if signature and signature[0][0] in ("self", "cls"):
                        signature = signature[1:]
                    return {"name": item.__name__, "of": _text(item.__module__), "signature": signature}
        return None

    def below(self, frames):
        """Tables and mappings that the library frames under the user's code were working on, and their callables."""
        found, seen = [], set()
        for trace in frames[:5] + frames[5:][-4:]:
            self.check()
            code, variables = trace.tb_frame.f_code, trace.tb_frame.f_locals
            for name, item in list(variables.items())[:40]:
                if id(item) in seen:
                    continue
                if name == "self" or _is_a(item, "pandas", "DataFrame"):
                    seen.add(id(item))
                    found.append(dict(self.describe(item, name == "self"), variable=name, function=code.co_name))
            if len(found) > 8:
                break
        return found

    # -------------------------------------------------------------------------------------------------- single objects

    def objects(self, wants):
        found = {}
        for want in wants[:60]:
            self.check()
            try:
                item, method = self.resolve(want)
            except (LookupError, SyntaxError):
                continue
            found[want] = self.describe(item, True)
            if method and found[want].get("signature"):
                found[want]["signature"] = found[want]["signature"][1:]
        return found

    def resolve(self, want):
        """The object that a dotted expression, or one with literal items of exact lists and dicts, stands for."""
        if "[" not in want:
            return self.dotted(want.split("."))
        ast = sys.modules["ast"]
        node = ast.parse(want, mode="eval").body
        steps = []
        while type(node) is not ast.Name:
            if type(node) is ast.Subscript and type(node.slice) is ast.Constant:
                steps.append(("item", node.slice.value))
            elif type(node) is ast.Attribute:
                steps.append(("attribute", node.attr))
            else:
                raise LookupError(want)
            node = node.value
        item, method = self.dotted([node.id])
        for kind, key in reversed(steps):
            if kind == "attribute":
                item, method = _attribute(item, key)
            elif type(item) in (list, tuple, dict) and type(key) in (str, int):
                item, method = item[key], False
            else:
                raise LookupError(want)
        return item, method

    def dotted(self, path):
        for scope in self.scope:
            if path[0] in scope:
                item = scope[path[0]]
                break
        else:
            raise LookupError(path[0])
        method = False
        for attribute in path[1:]:
            item, method = _attribute(item, attribute)
        return item, method

    def describe(self, item, attributes):
        kind = type(item)
        said = {"type": kind.__name__, "module": _text(_static(kind, "__module__"))}
        bases = [base.__module__.split(".")[0] + "." + base.__name__ for base in _mro(kind)[:12] if _plain(base)]
        said["bases"] = bases
        if kind in (str, list, tuple, dict, set, frozenset, bytes, range):
            said["length"] = len(item)
        if (self.values and kind in (int, float, bool, complex)) or kind is bool:
            said["value"] = repr(item)
        if kind is str and len(item) <= 200 and self.values:
            said["value"] = item
        if kind in (list, tuple) and item:
            said["first"] = type(item[0]).__name__
        if kind is dict or dict in _mro(kind):
            said["keys"] = [key for key in _first(dict.keys(item), 400) if type(key) in (str, int)]
        if _is_a(item, "pandas", "DataFrame"):
            said["columns"] = self.labels(item, "columns")
            said["index"] = type(self.axis(item, "index")).__name__
            said["dtypes"] = self.dtypes(item)
        elif _is_a(item, "pandas", "Series"):
            said["index"] = type(self.axis(item, "index")).__name__
            said["labels"] = self.labels(item, "index")[:100]
        elif _is_a(item, "numpy", "ndarray"):
            array = sys.modules["numpy"].ndarray
            said["shape"] = list(array.shape.__get__(item))
            said["dtype"] = str(array.dtype.__get__(item))
            names = array.dtype.__get__(item).names
            if names:
                said["columns"] = list(names)
        if kind.__name__ == "module":
            said["name"] = _text(item.__dict__.get("__name__"))
            said["package"] = "__path__" in item.__dict__
        if _is_class(item):
            said["class"] = item.__name__
            said["of"] = _text(item.__dict__.get("__module__"))
        if kind.__name__ in ("function", "method", "builtin_function_or_method", "method_descriptor"):
            said["of"] = _text(getattr(item, "__module__", None))
            said["qualname"] = _text(getattr(item, "__qualname__", None))
        signature = self.signature(item)
        if signature:
            said["signature"] = signature
        said["callable"] = any("__call__" in base.__dict__ for base in _mro(kind))
        if attributes:
            said["attributes"] = self.attributes(item)
            if not _is_class(item) and kind.__name__ != "module":
                said["methods"] = [name for name in said["attributes"] if _is_function(_static(kind, name))]
        return said

    def attributes(self, item):
        self.check()
        names = {}
        if type(item).__name__ == "module":
            names.update(dict.fromkeys(item.__dict__))
            for more in (item.__dict__.get("__all__"), self.submodules(item)):
                if type(more) in (list, tuple):
                    names.update(dict.fromkeys(name for name in more if type(name) is str))
        else:
            names.update(dict.fromkeys(_instance(item)))
            for base in _mro(item if _is_class(item) else type(item)):
                names.update(dict.fromkeys(base.__dict__))
                slots = base.__dict__.get("_accessors")
                if type(slots) is set:
                    names.update(dict.fromkeys(slots))
        return [name for name in names if type(name) is str and not name.startswith("_")][:MOST_ATTRIBUTES]

    def submodules(self, module):
        os = sys.modules["os"]
        found = []
        path = module.__dict__.get("__path__")
        for folder in list(path)[:2] if type(path) is list else ():
            for entry in os.listdir(folder):
                name, dot, suffix = entry.partition(".")
                if name.isidentifier() and (suffix in ("py", "pyd") or suffix.endswith((".so", ".pyd"))):
                    found.append(name)
                elif not dot and name.isidentifier() and os.path.exists(os.path.join(folder, name, "__init__.py")):
                    found.append(name)
        return found

    def axis(self, table, which):
        owner = sys.modules["pandas"].DataFrame if _is_a(table, "pandas", "DataFrame") else sys.modules["pandas"].Series
        return _static(owner, which).__get__(table, type(table))

    def labels(self, table, which):
        labels = self.axis(table, which)
        found = []
        for place in range(min(len(labels), 600)):
            label = labels[place]
            if type(label) in (str, int):
                found.append(label)
        return found

    def dtypes(self, table):
        if len(self.axis(table, "columns")) > 300:
            return None
        owner = sys.modules["pandas"].DataFrame
        return [str(dtype) for dtype in list(_static(owner, "dtypes").__get__(table, type(table)).array)]

    def signature(self, item):
        """Parameters as ``[name, kind, has default]``; kind is p(ositional only), n(ormal), v(arargs), k(eyword), w(ild)."""
        bound = False
        if _is_class(item):
            for base in _mro(item):
                item = base.__dict__.get("__init__")
                if item is not None:
                    break
            bound = True
        elif type(item).__name__ == "method":
            item, bound = item.__func__, True
        elif type(item) in (staticmethod, classmethod):
            bound = type(item) is classmethod
            item = item.__func__
        for _ in range(5):
            if type(item).__name__ == "function" and "__wrapped__" in item.__dict__:
                item = item.__dict__["__wrapped__"]
        if type(item).__name__ != "function":
            return None
        code = item.__code__
        positional, keyword = code.co_argcount, code.co_kwonlyargcount
        names = code.co_varnames
        defaults = len(item.__defaults__ or ())
        parameters = []
        for place in range(positional):
            kind = "p" if place < code.co_posonlyargcount else "n"
            parameters.append([names[place], kind, place >= positional - defaults])
        if code.co_flags & 4:
            parameters.append([names[positional + keyword], "v", True])
        for place in range(positional, positional + keyword):
            parameters.append([names[place], "k", names[place] in (item.__kwdefaults__ or {})])
        if code.co_flags & 8:
            parameters.append([names[positional + keyword + bool(code.co_flags & 4)], "w", True])
        return parameters[1:] if bound else parameters

    # ------------------------------------------------------------------------------------------------------ the kernel

    def names(self):
        found = {}
        for name, item in list(self.user.items())[: 4 * MOST_NAMES]:
            if name.startswith("_") or name in ("In", "Out", "exit", "quit", "get_ipython", "open"):
                continue
            if name in self.hidden and self.hidden[name] is item:
                continue
            kind = type(item)
            if kind.__name__ == "module":
                found[name] = "module " + str(item.__dict__.get("__name__"))
            elif _is_class(item):
                found[name] = "class"
            else:
                found[name] = kind.__name__
            if len(found) >= MOST_NAMES:
                break
        return found

    def executed(self, digests):
        history = self.user.get("In")
        if type(history) is not list or not digests:
            return None
        sha1 = sys.modules["hashlib"].sha1
        run = set()
        for source in history[-2_000:]:
            self.check()
            if type(source) is str:
                run.add(sha1(source.strip().encode("utf-8", "replace")).hexdigest())
        return [digest in run for digest in digests]

    def installed(self, modules):
        finder = sys.modules["importlib.machinery"].PathFinder
        found = {}
        for name in modules[:20]:
            self.check()
            found[name] = name in sys.modules or name in sys.builtin_module_names or finder.find_spec(name) is not None
        return found

    def versions(self, packages):
        found = {}
        for name in [*packages[:20], "numpy", "pandas", "matplotlib", "sklearn", "scipy", "seaborn", "IPython"]:
            module = sys.modules.get(name)
            if module is not None:
                found[name] = _text(module.__dict__.get("__version__"))
        return found

    def cwd(self):
        return sys.modules["os"].getcwd()


def _plain(base):
    return type(base.__dict__.get("__module__")) is str or base.__module__ == "builtins"


def _mro(kind):
    return type.__dict__["__mro__"].__get__(kind)


def _static(kind, name):
    for base in _mro(kind):
        if name in base.__dict__:
            return base.__dict__[name]
    return None


def _instance(item):
    for base in _mro(type(item)):
        descriptor = base.__dict__.get("__dict__")
        if descriptor is not None:
            if type(descriptor).__name__ != "getset_descriptor":
                return {}
            found = descriptor.__get__(item, type(item))
            return found if type(found) is dict else dict(found) if type(found).__name__ == "mappingproxy" else {}
    return {}


def _attribute(item, name):
    if type(item).__name__ == "module":
        if name in item.__dict__:
            return item.__dict__[name], False
        return sys.modules[str(item.__dict__.get("__name__")) + "." + name], False
    own = _instance(item)
    if name in own:
        return own[name], False
    if _is_class(item):
        found = _static(item, name)
        if found is None:
            raise LookupError(name)
        return (found.__func__ if type(found) in (staticmethod, classmethod) else found), type(found) is classmethod
    found = _static(type(item), name)
    if _is_function(found):
        return found, True
    if type(found) in (staticmethod, classmethod):
        return found.__func__, type(found) is classmethod
    raise LookupError(name)


def _is_function(item):
    return type(item).__name__ in (
        "function",
        "method_descriptor",
        "builtin_function_or_method",
        "cython_function_or_method",
    )


def _is_a(item, module, name):
    loaded = sys.modules.get(module)
    wanted = None if loaded is None else loaded.__dict__.get(name)
    return wanted is not None and wanted in _mro(type(item))


def _is_cell(filename):
    return "ipykernel_" in filename or filename.startswith(("<ipython-input", "<timed ", "<stdin>"))


def _is_local(filename):
    if filename.startswith("<"):
        return False
    return not any(
        part in filename for part in ("site-packages", "dist-packages", "/lib/python", "\\Lib\\", "ipykernel")
    )


def _first(items, most):
    found = []
    for item in items:
        found.append(item)
        if len(found) >= most:
            break
    return found


def _nth(items, place):
    for index, item in enumerate(items):
        if index == place:
            return item
    return None


def _text(item):
    return item if type(item) is str else None


def _is_class(item):
    # isinstance() asks the object itself for its __class__ when its type is no match.
    return type in _mro(type(item))
