"""What an object is, told without running any code of it.  Sent into the kernel as text: standard library only."""

# ruff: noqa: E501, PERF401 -- patterns and tables read better unbroken; every step checks the time that is left

import sys

from .statics import first, has_module, is_a, is_class, is_function, mro, own_attributes, static, text_or_none

MOST_ATTRIBUTES = 1_200


class Describer:
    """Describes objects.  *check* is called between the steps, and raises when the time is over; *values* says whether
    values of plain scalars may be told."""

    def __init__(self, check, values):
        self.check, self.values = check, values

    def describe(self, item, attributes):
        kind = type(item)
        said = {"type": kind.__name__, "module": text_or_none(static(kind, "__module__"))}
        bases = [base.__module__.split(".")[0] + "." + base.__name__ for base in mro(kind)[:12] if has_module(base)]
        said["bases"] = bases
        if kind in (str, list, tuple, dict, set, frozenset, bytes, range):
            said["length"] = len(item)
        if (self.values and kind in (int, float, bool, complex)) or kind is bool:
            said["value"] = repr(item)
        if kind is str and len(item) <= 200 and self.values:
            said["value"] = item
        if kind in (list, tuple) and item:
            said["first"] = type(item[0]).__name__
        if kind is dict or dict in mro(kind):
            said["keys"] = [key for key in first(dict.keys(item), 400) if type(key) in (str, int)]
        if is_a(item, "pandas", "DataFrame"):
            said["columns"] = self.labels(item, "columns")
            said["index"] = type(self.axis(item, "index")).__name__
            said["dtypes"] = self.dtypes(item)
        elif is_a(item, "pandas", "Series"):
            said["index"] = type(self.axis(item, "index")).__name__
            said["labels"] = self.labels(item, "index")[:100]
            said["dtype"] = str(static(sys.modules["pandas"].Series, "dtype").__get__(item, type(item)))
        elif is_a(item, "numpy", "ndarray"):
            array = sys.modules["numpy"].ndarray
            said["shape"] = list(array.shape.__get__(item))
            said["dtype"] = str(array.dtype.__get__(item))
            names = array.dtype.__get__(item).names
            if names:
                said["columns"] = list(names)
        if kind.__name__ == "module":
            said["name"] = text_or_none(item.__dict__.get("__name__"))
            said["package"] = "__path__" in item.__dict__
        if is_class(item):
            said["class"] = item.__name__
            said["of"] = text_or_none(item.__dict__.get("__module__"))
        if kind.__name__ in ("function", "method", "builtin_function_or_method", "method_descriptor"):
            said["of"] = text_or_none(getattr(item, "__module__", None))
            said["qualname"] = text_or_none(getattr(item, "__qualname__", None))
        signature = self.signature(item)
        if signature:
            said["signature"] = signature
        said["callable"] = any("__call__" in base.__dict__ for base in mro(kind))
        if attributes:
            said["attributes"] = self.attributes(item)
            if not is_class(item) and kind.__name__ != "module":
                said["methods"] = [name for name in said["attributes"] if is_function(static(kind, name))]
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
            names.update(dict.fromkeys(own_attributes(item)))
            for base in mro(item if is_class(item) else type(item)):
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
        owner = sys.modules["pandas"].DataFrame if is_a(table, "pandas", "DataFrame") else sys.modules["pandas"].Series
        return static(owner, which).__get__(table, type(table))

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
        return [str(dtype) for dtype in list(static(owner, "dtypes").__get__(table, type(table)).array)]

    def is_dispatched(self, item):
        """Whether it is one of NumPy's functions that others may override: no function, but the wrapper of one."""
        numpy = sys.modules.get("numpy")
        one = type(numpy).__name__ == "module" and numpy.__dict__.get("mean")
        return type(one).__name__ == "_ArrayFunctionDispatcher" and type(item) is type(one)

    def signature(self, item):
        """Parameters as ``[name, kind, has default]``; kind is p(ositional only), n(ormal), v(arargs), k(eyword), w(ild)."""
        bound = False
        if is_class(item):
            for base in mro(item):
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
            elif self.is_dispatched(item):
                item = item.__dict__.get("__wrapped__")
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
