"""When is a name clearly a misspelling of another?

Nearness alone is not enough: ``x_train`` is one letter from ``y_train``, ``sales_2019`` from ``sales_2020``, ``date``
from ``data``.  A match counts only when it is the single nearest one and the difference looks like a slip of the
keyboard rather than like another word.  Distances are optimal string alignment (rapidfuzz).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from importlib import resources

_SEGMENT = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+|[^\W\d_]+", re.UNICODE)
MOST_CANDIDATES = 4_000

_COUNTERPARTS = (
    "min max",
    "train test",
    "left right",
    "first last",
    "start stop",
    "start end",
    "begin end",
    "old new",
    "in out",
    "input output",
    "lower upper",
    "low high",
    "row col",
    "rows cols",
    "row column",
    "lat lon",
    "lat lng",
    "mean median",
    "before after",
    "prev next",
    "true false",
    "true pred",
    "on off",
    "read write",
    "head tail",
    "add sub",
    "mul div",
    "open close",
    "inner outer",
    "source target",
    "src dst",
    "key value",
    "get set",
    "male female",
    "win loss",
    "top bottom",
    "parent child",
    "encode decode",
    "load dump",
    "argmin argmax",
    "nanmin nanmax",
    "std var",
    "fit transform",
    "height weight",
    "xlabel ylabel",
    "xlim ylim",
    "xticks yticks",
    "buy sell",
    "up down",
    "idxmin idxmax",
    "sin cos",
    "sum num",
    "map zip",
    "ceil floor",
    "width height",
    "valid test",
    "val test",
    "asc desc",
    "even odd",
)


@lru_cache(maxsize=1)
def _words() -> frozenset[str]:
    text = resources.files(__package__).joinpath("data/words.txt").read_text(encoding="utf-8")
    return frozenset(text.split())


@lru_cache(maxsize=1)
def _english() -> frozenset[str]:
    text = resources.files(__package__).joinpath("data/english.txt").read_text(encoding="utf-8")
    return frozenset(word for line in text.split("\n") if not line.startswith("#") for word in line.split())


@lru_cache(maxsize=1)
def _pairs() -> frozenset[frozenset[str]]:
    return frozenset(frozenset(pair.split()) for pair in _COUNTERPARTS)


def is_word(text: str) -> bool:
    """Whether *text* is a word that is known here."""
    return text.casefold() in _words() or text.casefold() in _english()


def words_of(name: str) -> list[str]:
    """The words that a name is made of."""
    return _segments(name)


def has_doubled(one: str, other: str) -> bool:
    """Whether the two differ by one letter that is struck twice in a row, or by two letters changed over."""
    return _doubled(one, other) or _doubled(other, one) or sorted(one) == sorted(other)


_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue"})


_AMERICAN = [
    (re.compile(r"(col|fav|flav|behavi|neighb|lab|hon|hum|vap|harb)our"), r"\1or"),
    (re.compile(r"(cent|met|lit|theat|fib)re(?!m|n|l|p|s[a-z])"), r"\1er"),
    (re.compile(r"(?<=[a-z]{2})(al|im|an|or|en|ar|um|ic|ct|rd|st|gn|er)is(e|ing|ation)"), r"\1iz\2"),
    (re.compile(r"(lab|mod|canc|trav)ell(ed|er|ing)"), r"\1el\2"),
    (re.compile(r"analys(e|ing)"), r"analyz\1"),
    (re.compile(r"(?<![a-z])grey"), "gray"),
    (re.compile(r"catalogue"), "catalog"),
]
"""British spellings and their American ones, which are the same words."""


@lru_cache(maxsize=20_000)
def folded(name: str) -> str:
    """*name* without case, spaces, hyphens and underscores, its umlauts written out, its spelling American."""
    plain = name.translate(_UMLAUTS).casefold()
    for british, american in _AMERICAN:
        plain = british.sub(american, plain)
    return re.sub(r"[\s_\-.]+", "", plain)


@lru_cache(maxsize=20_000)
def _without_accents(name: str) -> str:
    """*name* as it is typed on a keyboard without accents: ``poblacion`` for ``población``."""
    if name.isascii():
        return name
    return "".join(one for one in unicodedata.normalize("NFKD", name) if not unicodedata.combining(one))


def differ_by_accents(name: str, other: str) -> bool:
    """Whether the two are the same word, of which one lost accents."""
    return folded(_without_accents(name)) == folded(_without_accents(other)) and folded(name) != folded(other)


def near_match(name: str, candidates: Iterable[str], *, api: bool = False) -> str | None:
    """The one candidate that *name* clearly is a misspelling of, or None.

    With *api*, the candidates are a library's own names rather than the user's: nobody chose them, so a typed word
    that exists in English may be a slip all the same (``plt.tile`` for ``plt.title``).
    """
    pool = {candidate for candidate in list(candidates)[:MOST_CANDIDATES] if candidate and candidate != name}
    if not 2 <= len(name) <= 80 or not pool:
        return None
    key = folded(name)
    if not key:
        return None
    same = [one for one in pool if folded(one) == key or differ_by_accents(name, one)]
    if same:
        return _only_reading(name, same)
    doubled = [candidate for candidate in pool if _doubled(name, candidate)]
    if len(doubled) == 1 and len(name) <= 5 and not any(character.isdigit() for character in name):
        return doubled[0]
    from rapidfuzz.distance import OSA

    limit = 0 if len(key) < 4 else 1 if len(key) < 7 else 2
    if len(key) == 3:
        limit = 1  # of these, only a transposition passes below
    if not limit:
        return None
    scored = []
    for candidate in pool:
        other = folded(candidate)
        if abs(len(other) - len(key)) <= limit + 1:
            distance = OSA.distance(key, other, score_cutoff=limit + 1)
            if distance <= limit + 1:
                scored.append((distance, candidate))
    scored.sort()
    if not scored or scored[0][0] > limit:
        return None
    distance, best = scored[0]
    rivals = [candidate for other, candidate in scored[1:] if other <= distance]
    if not rivals and distance == 2:
        rivals = [candidate for other, candidate in scored[1:] if other <= 2]
    same_word = {folded(one) for one in [best, *rivals]}
    if rivals and len(same_word) == 1:
        # Only their case tells them apart (`plt.figure`, `plt.Figure`): the one that is written as the name was.
        alike = [one for one in [best, *rivals] if one[:1].isupper() == name[:1].isupper()]
        if len(alike) != 1:
            return None
        best, rivals = alike[0], []
    if rivals:
        best_kept = [one for one in [best, *rivals] if sorted(folded(one)) == sorted(key)]
        if api and not best_kept:
            best_kept = [one for one in [best, *rivals] if _doubled(one, name)]  # `gren`: `green` before `grey`
        if len(best_kept) != 1:
            return None
        best = best_kept[0]
    if not api and distance == 1 and sorted(key) != sorted(folded(best)):
        close = [one for other, one in scored if other == 2 and one != best and folded(one).rstrip("s") != folded(best)]
        if close and len(key) >= 5:
            return None
    if len(_segments(name)) != len(_segments(best)) and distance > 1:
        return None
    if api and any(_is_short_for(key, folded(one)) for one in pool) and not _is_short_for(key, folded(best)):
        return None  # `mkdirs` may be `makedirs` as well as `mkdir`
    if len(key) == 3 and sorted(key) != sorted(folded(best)) and not (api and len(folded(best)) == 4):
        return None
    return best if _is_slip(name, best, distance, api) else None


def _is_short_for(key: str, other: str) -> bool:
    """Whether *key* is *other* without some of its vowels."""
    if not 1 < len(other) - len(key) <= 3 or len(key) < 5 or (key[0], key[-1]) != (other[0], other[-1]):
        return False
    letters = iter(other)
    skipped = []
    for letter in key:
        for passed in letters:
            if passed == letter:
                break
            skipped.append(passed)
        else:
            return False
    return set(skipped) <= set("aeiou")  # nobody writes `boxplt` for `boxenplot`


def _doubled(name: str, other: str) -> bool:
    """Whether *name* is *other* with one letter struck twice."""
    return len(name) == len(other) + 1 > 2 and any(
        name[index] == name[index + 1] and name[:index] + name[index + 1 :] == other for index in range(len(other))
    )


def _only_reading(name: str, same: list[str]) -> str | None:
    if len(same) == 1:
        # `A` and `a` are different things everywhere in mathematics.
        return same[0] if len(folded(name)) > 1 else None
    without_case = [candidate for candidate in same if candidate.casefold() == name.casefold()]
    return without_case[0] if len(without_case) == 1 else None


def _is_slip(name: str, other: str, distance: int, api: bool) -> bool:
    if re.findall(r"\d+", name) != re.findall(r"\d+", other):
        return False
    mine, theirs = _segments(name), _segments(other)
    if len(mine) == len(theirs):
        differing = [(a, b) for a, b in zip(mine, theirs, strict=False) if a != b]
    else:
        differing = [("".join(mine), "".join(theirs))]
    if api and distance > 1 and any(is_word(typed) for typed, _ in differing):
        return False
    return all(_slip_of_word(a, b, api, len(mine) > 1) for a, b in differing)


_ABBREVIATIONS = frozenset(["df", "id"])
"""What only stands for one thing at the end of a name: `sales_fd` is nothing."""


def _slip_of_word(typed: str, meant: str, api: bool, part: bool) -> bool:
    if frozenset((typed, meant)) in _pairs():
        return False
    if part and not api and _doubled(meant, typed) and typed not in _words():
        return True  # `body_mas_g`: a word on its own, but not beside these
    if part and meant in _ABBREVIATIONS and typed == meant[::-1]:
        return True
    if min(len(typed), len(meant)) <= 2:
        return False
    transposed = sorted(typed) == sorted(meant)
    if not transposed and _without_doubles(typed) != _without_doubles(meant) and _has_other_syllable(typed, meant):
        return False
    if len(typed) == 3 and not transposed and not _shortened(typed, meant, api, part):
        return False
    words = _words()
    if not api:
        if _is_inflected(typed, meant):
            return False
        if is_word(typed):
            # What is a word was typed as it was meant: a `county` is no misspelt `country`.
            return False
        if not transposed and not is_word(meant) and not _sure_of_unknown(typed, meant):
            return False
        if typed.endswith("s") != meant.endswith("s") and typed.rstrip("s") == meant.rstrip("s"):
            return False
        if typed[0] != meant[0] and not transposed and len(typed) < 6:
            return False
        if len(typed) == 4 and len(meant) == 4 and not transposed and (meant not in words or typed in words):
            return False
    elif meant == typed + "s":
        return True  # `d.key()`: what the singular would be does not exist
    elif (typed in words and meant in words and len(typed) < 5 and not transposed and not part) or (
        typed[0] != meant[0] and not transposed and (typed in words or typed not in (meant[1:], typed[0] + meant))
    ):
        # The first letter is the one that is struck right most often: `xlabel` is not `clabel`.
        return False
    return True


_ENDINGS = frozenset(["s", "es", "ed", "er", "ers", "d", "r", "rs", "ing", "or", "ors", "ion", "ions", "al", "able"])


def _is_inflected(typed: str, meant: str) -> bool:
    """Whether the two are forms of one word, and so two words: ``scaled`` and ``scaler``, ``encode``, ``encoder``."""
    stem = 0
    while stem < min(len(typed), len(meant)) and typed[stem] == meant[stem]:
        stem += 1
    ends = {typed[stem:], meant[stem:]}
    if ends == {"", "s"} and max(typed, meant, key=len).endswith("ss"):
        return False  # `acces` and `access`: no plural ends like this
    return stem >= 3 and ends <= _ENDINGS | {"", "e"} and not ends <= {"", "e"} and bool(ends & _ENDINGS)


def _has_other_syllable(typed: str, meant: str) -> bool:
    """Whether the words differ by letters in a row that are all others: ``barplot`` is no slip of ``boxplot``."""
    if len(typed) != len(meant):
        return False
    others = [index for index, (a, b) in enumerate(zip(typed, meant, strict=True)) if a != b]
    return len(others) > 1 and others[-1] - others[0] == len(others) - 1


def _sure_of_unknown(typed: str, meant: str) -> bool:
    """Whether a word of another language, or a made up one, lost or got a letter in its middle: its end inflects it."""
    if _without_doubles(typed) == _without_doubles(meant):
        return True
    from rapidfuzz.distance import OSA

    return len(typed) > 6 and typed[-2:] == meant[-2:] and OSA.distance(typed, meant) == 1


def _without_doubles(word: str) -> str:
    return re.sub(r"(.)\1", r"\1", word)


def _shortened(typed: str, meant: str, api: bool, part: bool) -> bool:
    """Whether a word of three letters lost its fourth."""
    if len(meant) != 4:
        return False
    if api and meant == typed + "s":
        return True
    return typed not in _words() and (api or (part and meant in _words()))


def _segments(name: str) -> list[str]:
    return [segment.casefold() for segment in _SEGMENT.findall(name)]
