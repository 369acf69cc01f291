"""A file that is there under a nearly equal name, or in another folder of the workspace."""

# ruff: noqa: PERF401 -- the steps stay apart

from __future__ import annotations

import ast
import os
import re
from collections.abc import Iterable
from pathlib import Path

from ..case import Case, Fix, Replacement
from ..spelling import folded, near_match
from .reasons import because

MOST_ENTRIES = 3_000


@because("There is one file that is named almost like this.")
def misspelt_file(case: Case) -> Fix | None:
    path = _missing(case)
    if path is None or case.cwd is None or case.place is None or not case.cwd.is_dir():
        return None
    if path.startswith(("http:", "https:", "s3:", "gs:")) or "*" in path:
        return None
    near = _near(case.cwd, path, _spelt_elsewhere(case, path))
    meant = near or _elsewhere(case.cwd, path)
    if meant is None or (near is None and _is_of_another_folder(path, meant)) or _is_of_another_set(path, meant):
        return None
    index, node = _literal(case, path)
    if node is None:
        return None
    text = case.text(node, index)
    prefix = re.match(r"[A-Za-z]*", text)
    quote = text[-1]
    return case.replace(
        [Replacement(*case.span(node, index), f"{prefix.group(0) if prefix else ''}{quote}{meant}{quote}")], index
    )


_SAME_FORMAT = [{"text", "txt"}, {"jpeg", "jpg"}, {"tiff", "tif"}, {"html", "htm"}, {"yaml", "yml"}, {"pkl", "pickle"}]
"""Endings of which both are usual for one format."""
_USUAL = re.compile(
    r"train|test|data|dataset|input|output|sample_?submission|submission|labels?|images?|file|results?|model|config|"
    r"readme|index|main|metadata|info|users?|sales|log",
    re.I,
)
"""Stems of files that many data sets have."""
_PLACES = re.compile(
    r"\.*|data(?:sets?)?|inputs?|raw|csv|files?|content|drive|my ?drive|kaggle|working|home|users|desktop|documents|"
    r"downloads|tmp|resources|assets|src|~|[a-z]:|colab notebooks",
    re.I,
)
"""Folders that say nothing about which data set a file is of."""


def _is_of_another_folder(path: str, found: str) -> bool:
    """Whether both paths name folders that tell what is in them: `titanic/train.csv` is not `digits/train.csv`."""
    said, there = _telling_folders(path), _telling_folders(found)
    return bool(said and there and not said & there)


def _is_of_another_set(path: str, found: str) -> bool:
    """Whether the path names a data set, and the file that was found has only a name that many data sets have."""
    lost = _telling_folders(path) - _telling_folders(found)
    return bool(lost) and _USUAL.fullmatch(found.rpartition("/")[2].rpartition(".")[0]) is not None


def _telling_folders(path: str) -> set[str]:
    return {part for part in re.split(r"[\\/]", path.casefold())[:-1] if not _PLACES.fullmatch(part)}


def _missing(case: Case) -> str | None:
    found = (
        re.search(r"No such file or directory: '([^']+)'$", case.evalue)
        or re.search(r"^(?:File b?)?'?([^'\n]+?\.\w{2,5})'? (?:not found|does not exist)", case.evalue)
        or re.search(r"^([^\s']+\.\w{2,5}) not found\.?$", case.evalue)
    )
    return found.group(1) if found else None


def _literal(case: Case, path: str) -> tuple[int, ast.Constant | None]:
    assert case.place is not None
    here = [node for node in case.statement_nodes(ast.Constant) if node.value == path]
    if len(here) == 1:
        return case.place.cell, here[0]
    if here:
        return 0, None
    everywhere = [
        (index, node)
        for index in range(len(case.cells))
        for node in ast.walk(case.tree(index) or ast.Module([], []))
        if isinstance(node, ast.Constant) and node.value == path
    ]
    return everywhere[0] if len(everywhere) == 1 else (0, None)


def _spelt_elsewhere(case: Case, path: str) -> frozenset[str]:
    """The words that the notebook writes outside of this path; none if it writes one of the path's stem as well."""
    text = "\n".join(case.cells).replace(path, "").casefold()
    stem = path.rpartition("/")[2].rpartition(".")[0].casefold()
    words = frozenset(re.findall(r"[^\W\d_]{6,}", text))
    return frozenset() if stem in words else words


def _near(cwd: Path, path: str, spelt: frozenset[str]) -> str | None:
    """The path with its misspelt parts put right."""
    parts = path.split("/")
    folder = cwd if not path.startswith("/") else Path("/")
    for depth, part in enumerate(parts):
        if part in ("", "."):
            continue
        if part == ".." or (folder / part).exists():
            folder = folder / part
            continue
        try:
            names = [entry.name for entry in os.scandir(folder)][:MOST_ENTRIES]
        except OSError:
            return None
        meant = _near_name(part, names, spelt, last=depth == len(parts) - 1)
        if meant is None:
            return None
        parts[depth] = meant
        folder = folder / meant
    corrected = "/".join(parts)
    return corrected if corrected != path and (cwd / corrected).exists() else None


def _near_name(name: str, names: list[str], spelt: frozenset[str], *, last: bool) -> str | None:
    stem, dot, suffix = name.rpartition(".")
    if not last or not dot:
        same = [other for other in names if last and other.rpartition(".")[0] == name]
        if last and len(same) == 1:
            return same[0]
        return near_match(name, names)
    same_suffix = [other for other in names if other.rpartition(".")[2].lower() == suffix.lower()]
    exact = [other for other in same_suffix if other.rpartition(".")[0] == stem]
    if len(exact) == 1:
        return exact[0]
    stems = {other.rpartition(".")[0]: other for other in same_suffix}
    meant = near_match(stem, stems) or _vouched(stem, stems, spelt) or _in_other_number(stem, stems)
    if meant is not None:
        return stems[meant]
    same_stem = [other for other in names if folded(other.rpartition(".")[0]) == folded(stem)]
    # Another ending is another format, unless it is a slip: `.cvs`, `.tx`, `.jsn`.
    slips = [
        other
        for other in same_stem
        if near_match(suffix, [other.rpartition(".")[2]], api=True)
        or sorted(suffix) == sorted(other.rpartition(".")[2])
        or {suffix.lower(), other.rpartition(".")[2].lower()} in _SAME_FORMAT
    ]
    return slips[0] if len(slips) == 1 and len(same_stem) == 1 else None


def _vouched(stem: str, stems: Iterable[str], spelt: frozenset[str]) -> str | None:
    """The one file a letter away whose name is a word of the notebook: of `titanc.csv` and a variable `titanic`."""
    from rapidfuzz.distance import OSA

    near = [other for other in stems if OSA.distance(stem.casefold(), other.casefold(), score_cutoff=2) <= 2]
    return near[0] if len(near) == 1 and near[0].casefold() in spelt and OSA.distance(stem, near[0]) == 1 else None


def _in_other_number(stem: str, stems: Iterable[str]) -> str | None:
    """The only file of its format, where one of the two names is the plural of the other."""
    first, *others = stems or [""]
    if others or len(stem) < 6 or _USUAL.fullmatch(stem):
        return None  # an `image` and `images` are names of different things
    return first if f"{stem}s" == first or stem == f"{first}s" else None


def _elsewhere(cwd: Path, path: str) -> str | None:
    """The same file name exactly once below the working directory (or beside it, in a folder for data)."""
    base = path.replace("\\", "/").rstrip("/").rpartition("/")[2]
    if "." not in base:
        return None
    found: list[str] = []
    seen = 0
    for folder, folders, files in os.walk(cwd):
        depth = len(Path(folder).relative_to(cwd).parts)
        folders[:] = (
            [name for name in folders if not name.startswith((".", "_")) and name != "node_modules"]
            if depth < 3
            else []
        )
        seen += len(files) + len(folders)
        if base in files:
            found.append((Path(folder) / base).relative_to(cwd).as_posix())
        if seen > MOST_ENTRIES or len(found) > 1:
            return None
    if not found:
        for beside in ("data", "input", "datasets", "dataset"):
            if (cwd.parent / beside / base).is_file():
                found.append(f"../{beside}/{base}")
    return found[0] if len(found) == 1 else None
