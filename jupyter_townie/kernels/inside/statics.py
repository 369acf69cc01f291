"""Looking at objects without running any code of theirs.  Sent into the kernel as text: standard library only.

Attributes are looked up in the ``__dict__`` of types, and only descriptors of Python's own are asked.
"""

import sys


def has_module(base):
    """Whether a class says in plain text which module it is of."""
    return type(base.__dict__.get("__module__")) is str or base.__module__ == "builtins"


def mro(kind):
    """The classes that a type derives from, itself first; a metaclass is not asked."""
    return type.__dict__["__mro__"].__get__(kind)


def static(kind, name):
    """What a type, or one that it derives from, has under a name; None when nothing."""
    for base in mro(kind):
        if name in base.__dict__:
            return base.__dict__[name]
    return None


def own_attributes(item):
    """The ``__dict__`` of an object, when it is Python's own; else nothing."""
    for base in mro(type(item)):
        descriptor = base.__dict__.get("__dict__")
        if descriptor is not None:
            if type(descriptor).__name__ != "getset_descriptor":
                return {}
            found = descriptor.__get__(item, type(item))
            return found if type(found) is dict else dict(found) if type(found).__name__ == "mappingproxy" else {}
    return {}


def attribute_of(item, name):
    """``(attribute, whether it is a bound method)``.  :raises LookupError: only running code could tell."""
    if type(item).__name__ == "module":
        if name in item.__dict__:
            return item.__dict__[name], False
        return sys.modules[str(item.__dict__.get("__name__")) + "." + name], False
    own = own_attributes(item)
    if name in own:
        return own[name], False
    if is_class(item):
        found = static(item, name)
        if found is None:
            raise LookupError(name)
        return (found.__func__ if type(found) in (staticmethod, classmethod) else found), type(found) is classmethod
    found = static(type(item), name)
    if is_function(found):
        return found, True
    if type(found) in (staticmethod, classmethod):
        return found.__func__, type(found) is classmethod
    raise LookupError(name)


def is_function(item):
    """Whether it is a function of Python, C or Cython."""
    return type(item).__name__ in (
        "function",
        "method_descriptor",
        "builtin_function_or_method",
        "cython_function_or_method",
    )


def is_a(item, module, name):
    """Whether an object is of a class of a module that is imported, or of one that derives from it."""
    loaded = sys.modules.get(module)
    wanted = None if loaded is None else loaded.__dict__.get(name)
    return wanted is not None and wanted in mro(type(item))


def first(items, most):
    """At most that many items, as a list."""
    found = []
    for item in items:
        found.append(item)
        if len(found) >= most:
            break
    return found


def nth(items, place):
    """The item at a place of an iterable, or None."""
    for index, item in enumerate(items):
        if index == place:
            return item
    return None


def text_or_none(item):
    """Exact text as it is, anything else as None."""
    return item if type(item) is str else None


def is_class(item):
    """Whether an object is a class."""
    # isinstance() asks the object itself for its __class__ when its type is no match.
    return type in mro(type(item))
