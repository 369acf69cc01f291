"""What a failed kernel can tell about its failure.  Sent into the kernel as text: standard library only.

Nothing here imports, calls or formats anything of the user's: names are looked up in dictionaries, attributes in the
``__dict__`` of types, and only exact built-in types are read.  The work stops after :data:`SECONDS` of the processor,
or :data:`SHARE` times that where others hold it, and the answer is cut to :data:`BYTES`.
"""

# ruff: noqa: PERF203 -- patterns and tables read better unbroken; every step checks the time that is left

import sys

from .description import Describer
from .frames import is_cell, is_local
from .nearby import is_elsewhere, near_signatures
from .statics import attribute_of, is_a, is_class, nth, static, text_or_none

SECONDS = 0.09
SHARE = 4
BYTES = 64_000
MOST_NAMES = 1_500


def inspect_failure(request):
    """The answer, as JSON text, to *request*, JSON text with any of these keys:

    ``ename``, ``evalue``: the error to look at; the last one is passed over when it has another name or message.
    Of the message its first characters are enough.
    ``members``: attributes of the object that lacks one, whose signatures are wanted.
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
        ("error", lambda: look.error(asked.get("ename"), asked.get("evalue"), asked.get("members", ()))),
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
        self.deadline, self.clock = deadline, clock
        self.describer = Describer(self.check, values)
        shell = sys.modules["IPython.core.interactiveshell"].InteractiveShell._instance
        self.user = shell.user_ns
        self.hidden = shell.user_ns_hidden
        self.scope = [self.user, sys.modules["builtins"].__dict__]
        self.value = None

    def check(self):
        if self.clock() > self.deadline:
            raise _OutOfTime

    # ------------------------------------------------------------------------------------------------- the last error

    def error(self, ename, evalue=None, members=()):
        value = getattr(sys, "last_exc", None) or getattr(sys, "last_value", None)
        if value is None or (ename and type(value).__name__ != ename):
            return None
        message = _message(value)
        if evalue and message is not None and not message.startswith(evalue):
            return None
        self.value = value
        said = {"ename": type(value).__name__, "frames": []}
        for attribute in ("name", "obj"):
            descriptor = static(type(value), attribute)
            if type(descriptor).__name__ in ("member_descriptor", "getset_descriptor"):
                found = descriptor.__get__(value, type(value))
                if attribute == "obj" and found is not None:
                    said["obj"] = self.describer.describe(found, True)
                elif type(found) is str:
                    said["name"] = found
        if "obj" in said and "name" in said and ename == "AttributeError":
            item, one = static(type(value), "obj").__get__(value, type(value)), said["obj"]
            one["elsewhere"] = is_elsewhere(said["name"])
            one["near"] = near_signatures(self.describer, item, said["name"], one["attributes"], members)
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
            cell = is_cell(filename)
            one = {"file": filename, "function": code.co_name, "line": trace.tb_lineno, "cell": cell}
            if cell or is_local(filename):
                last_user = trace
                one["user"] = True
                if cell and filename in lines:
                    one["source"] = "".join(lines[filename][2])[:20_000]
                if hasattr(code, "co_positions"):
                    span = nth(code.co_positions(), trace.tb_lasti // 2)
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
                    signature = self.describer.signature(item) or []
                    if signature and signature[0][0] in ("self", "cls"):
                        signature = signature[1:]
                    return {"name": item.__name__, "of": text_or_none(item.__module__), "signature": signature}
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
                if name == "self" or is_a(item, "pandas", "DataFrame"):
                    seen.add(id(item))
                    found.append(
                        dict(self.describer.describe(item, name == "self"), variable=name, function=code.co_name)
                    )
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
            found[want] = self.describer.describe(item, True)
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
                item, method = attribute_of(item, key)
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
            item, method = attribute_of(item, attribute)
        return item, method

    # ------------------------------------------------------------------------------------------------------ the kernel

    def names(self):
        found = {}
        # A session that has run for long holds thousands of `_i12` and `_12` before the names of its own.
        for name, item in list(self.user.items()):
            if name.startswith("_") or name in ("In", "Out", "exit", "quit", "get_ipython", "open"):
                continue
            if name in self.hidden and self.hidden[name] is item:
                continue
            kind = type(item)
            if kind.__name__ == "module":
                found[name] = "module " + str(item.__dict__.get("__name__"))
            elif is_class(item):
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
        for name in modules[:60]:
            self.check()
            root, _, rest = name.partition(".")
            if name in sys.modules or root in sys.builtin_module_names:
                found[name] = True
                continue
            spec = finder.find_spec(root)
            # Of a namespace (`google`), every part may come from a distribution of its own.
            whole = spec is not None and (spec.loader is not None or not rest)
            found[name] = whole or (
                spec is not None and finder.find_spec(name, spec.submodule_search_locations) is not None
            )
        return found

    def versions(self, packages):
        found = {}
        for name in [*packages[:20], "numpy", "pandas", "matplotlib", "sklearn", "scipy", "seaborn", "IPython"]:
            module = sys.modules.get(name)
            if module is not None:
                found[name] = text_or_none(module.__dict__.get("__version__"))
        return found

    def cwd(self):
        return sys.modules["os"].getcwd()
