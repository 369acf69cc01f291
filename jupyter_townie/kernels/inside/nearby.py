"""What a missing attribute could be instead: one of another type, or another of the object.  Sent into kernels."""

import sys

from .statics import attribute_of, is_class, static

WELL_KNOWN = (
    ("builtins", "list dict str set tuple"),
    ("datetime", "datetime timedelta"),
    ("math", ""),
    ("statistics", ""),
    ("numpy", "ndarray"),
    ("pandas", "DataFrame Series Index DatetimeIndex Timestamp Timedelta"),
    ("pandas.api.typing", "DataFrameGroupBy SeriesGroupBy"),
    ("matplotlib.pyplot", ""),
    ("matplotlib.axes", "Axes"),
    ("matplotlib.figure", "Figure"),
    ("seaborn", "FacetGrid"),
    ("scipy.stats", ""),
    ("sklearn.metrics", ""),
)
MOST_NEAR = 20


def is_elsewhere(attribute):
    """Whether a well-known type or module that is loaded has the attribute: then it was spelt as it should be."""
    for module, names in WELL_KNOWN:
        loaded = sys.modules.get(module)
        if loaded is None:
            continue
        if attribute in loaded.__dict__ and module != "builtins":
            return True
        for name in names.split():
            kind = loaded.__dict__.get(name)
            if is_class(kind) and static(kind, attribute) is not None:
                return True
    return False


def near_signatures(describer, item, attribute, names, members):
    """The known signatures of those attributes of *item* that could be meant, or are among *members*."""
    found = {}
    for name in names:
        if name not in members and not _looks_like(name, attribute):
            continue
        describer.check()
        try:
            member, method = attribute_of(item, name)
        except LookupError:
            continue
        signature = describer.signature(member)
        if signature is not None:
            found[name] = signature[1:] if method else signature
        if len(found) >= MOST_NEAR:
            break
    return found


def _looks_like(name, other):
    if name[:1].lower() != other[:1].lower() or abs(len(name) - len(other)) > 3:
        return False
    return sum(min(name.count(one), other.count(one)) for one in set(name)) >= min(len(name), len(other)) - 2
