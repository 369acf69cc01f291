"""A package that is not installed: from the name that is imported to the distribution that brings it."""

# ruff: noqa: E501 -- patterns and tables read better unbroken

from __future__ import annotations

import json
import os
import re
from functools import lru_cache
from importlib import resources

from ..case import Case, Fix
from .reasons import because

_MODULE = re.compile(r"No module named '([\w.]+)'")
_OPTIONAL = re.compile(
    r"Missing optional dependency '([\w-]+)'|`Import (\w+)` failed|(?:requires|Install|install) (openpyxl|lxml|pyarrow|xlrd|tabulate|nbformat)\b"
    r"|Unable to find a usable engine; tried using: '(pyarrow)'"
)


@lru_cache(maxsize=1)
def distributions() -> dict[str, str]:
    """Import name to distribution name, of packages that are well known by that name."""
    text = resources.files("jupyter_townie.failures").joinpath("data/distributions.json").read_text(encoding="utf-8")
    table: dict[str, str | list[str]] = json.loads(text)
    found = {name: name for name in str(table["same"]).split()}
    found.update(dict(pair.split("=") for pair in str(table["other"]).split()))
    return found


@because("The package is not installed in this kernel's environment.")
def missing_package(case: Case) -> Fix | None:
    found = _MODULE.search(case.evalue)
    if found:
        module = found.group(1)
        root = module.split(".")[0]
        if case.installed(root) or _is_local(case, root):
            return None
        if not _is_there(case, module) or not _is_meant(case, root):
            return None
        distribution = distributions().get(module) or distributions().get(root)
        if module != root and distributions().get(module) is None and case.installed(root) is None:
            # A missing submodule of a package that is there is not a matter of installing it.
            return None
        return {"install": distribution} if distribution else None
    distribution = optional(case.ename, case.evalue)
    return {"install": distribution} if distribution else None


def optional(ename: str, evalue: str) -> str | None:
    """The distribution that an error names which is about a part that does not come with the package itself."""
    if ename not in ("ImportError", "ModuleNotFoundError", "ValueError"):
        return None
    found = _OPTIONAL.search(evalue)
    if found is None or (ename == "ValueError" and "nbformat" not in evalue):
        return None
    name = next(group for group in found.groups() if group)
    return distributions().get(name) or (name if name in distributions().values() else None)


_WINDOWS = frozenset(["pywin32", "pywinauto", "xlwings", "pywin32-ctypes", "comtypes", "wmi"])
_GONE = re.compile(
    r"\b(?:pyspark\.dbutils|tensorflow\.(?:contrib|examples)|google\.colab|keras\.(?:layers\.(?:core|convolutional|"
    r"recurrent|normalization|embeddings|merge|advanced_activations|wrappers)|utils\.(?:np_utils|vis_utils|generic_utils|"
    r"training_utils)|wrappers|engine|objectives)|torchtext\.legacy|gym\.wrappers\.Monitor|langchain\.(?:llms|chat_models|"
    r"embeddings|vectorstores|document_loaders))\b"
)
"""Parts that no distribution of today brings: what would be installed would not help."""


def _is_there(case: Case, module: str) -> bool:
    """Whether what is installed would bring what is imported, on this system."""
    if distributions().get(module.partition(".")[0]) in _WINDOWS and os.name != "nt":
        return False
    index = case.place.cell if case.place is not None else case.failing
    root = re.escape(module.partition(".")[0])
    lines = re.findall(rf"(?m)^\s*(?:from|import)\s+{root}\b.*$", case.cells[index])
    return not any(_GONE.search(line.replace(" import ", ".", 1)) or _GONE.search(line) for line in lines)


_WORDS = {
    "datasets": "load_dataset Dataset DatasetDict load_metric concatenate_datasets Features Value ClassLabel Audio "
    "load_from_disk list_datasets get_dataset_config_names disable_progress_bar Image IterableDataset",
    "evaluate": "load evaluator combine EvaluationSuite",
    "control": "tf ss TransferFunction StateSpace step_response bode bode_plot lqr feedback matlab forced_response",
    "tables": "open_file IsDescription Float32Col StringCol Int32Col",
    "arch": "arch_model unitroot univariate bootstrap",
    "panel": "extension widgets pane Row Column interact",
    "implicit": "als bpr evaluation",
    "surprise": "Dataset Reader SVD KNNBasic accuracy model_selection KNNWithMeans NMF SVDpp BaselineOnly",
    "corner": "corner",
    "lime": "lime_tabular lime_text lime_image",
    "magic": "from_file from_buffer Magic",
    "emoji": "emojize demojize emoji_count is_emoji UNICODE_EMOJI emoji_list replace_emoji",
}
"""Packages named by a word that a file of one's own may be named by, and what they are known for."""


def _is_meant(case: Case, root: str) -> bool:
    """Whether what is taken from the package is what it has, where a file of the user's could have its name."""
    if root not in _WORDS:
        return True
    index = case.place.cell if case.place is not None else case.failing
    known = set(_WORDS[root].split())
    taken: set[str] = set()
    for found in re.finditer(rf"(?m)^\s*from\s+{root}(\.\w+)?[\w.]*\s+import\s+\(?([\w, ]+)", case.cells[index]):
        taken |= (
            {found.group(1)[1:]}
            if found.group(1)
            else {part.split()[0] for part in found.group(2).split(",") if part.split()}
        )
    for found in re.finditer(rf"(?m)^\s*import\s+{root}(?:\.(\w+))?(?:\s+as\s+(\w+))?", case.cells[index]):
        name = found.group(2) or root
        taken |= {found.group(1)} if found.group(1) else set()
        taken |= {use for cell in case.cells for use in re.findall(rf"\b{name}\.(\w+)", cell)}
    return taken <= known


def _is_local(case: Case, module: str) -> bool:
    """Whether the workspace has a module of that name: then it is a matter of paths."""
    if case.cwd is None:
        return False
    try:
        return any(
            (folder / f"{module}.py").is_file() or (folder / module).is_dir()
            for folder in (case.cwd, case.cwd.parent, case.cwd / "src")
        )
    except OSError:
        return False
