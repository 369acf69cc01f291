"""A notebook on disk: read once, run as a copy, and changed in the one cell that a fix changes."""

from __future__ import annotations

import copy
import json
import os
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from ..notebooks.file import NotebookChanged, StoredNotebook, language_of
from ..notebooks.identity import ensure_ids, upgrade
from ..notebooks.layout import is_jupyters_own, rewrite
from ..notebooks.operations import index_of, joined
from ..protocol import Problem


class Unusable(Exception):
    """What was asked for cannot be begun; ``problem`` names the input and the remedy."""

    def __init__(self, message: str, remedy: str) -> None:
        super().__init__(message)
        self.problem = Problem(code="unusable", message=message, remedy=remedy)


class Document:
    """The notebook at ``given``, as it was when this was made.

    :raises Unusable: there is no such file, it cannot be read, or it is no notebook of format 4.
    """

    def __init__(self, given: str) -> None:
        self.given = given
        # A link stays a link when what it leads to is replaced.
        self.file = Path(given).expanduser().resolve()
        self._text = _text(given, self.file)
        self.notebook = _parsed(given, self._text)
        self.language: str = language_of(self.notebook)
        ensure_ids(self.notebook)

    @property
    def folder(self) -> Path:
        return self.file.parent

    @property
    def kernel_name(self) -> str:
        name = (self.notebook.get("metadata", {}).get("kernelspec") or {}).get("name")
        return name if isinstance(name, str) and name else "python3"

    @property
    def code_cells(self) -> list[Any]:
        return [cell for cell in self.notebook["cells"] if cell.get("cell_type") == "code"]

    def cell(self, cell_id: str) -> Any:
        """:raises Unusable: there is no such code cell."""
        found = next((cell for cell in self.code_cells if cell["id"] == cell_id), None)
        if found is not None:
            return found
        if index_of(self.notebook, cell_id) is not None:
            raise Unusable(f"{self.given}: the cell {cell_id} is not a code cell.", self._cells_there())
        raise Unusable(f"{self.given} has no cell {cell_id}.", self._cells_there())

    def number(self, cell_id: str) -> int:
        """The position of a cell in the notebook, as people count: from 1, cells of text included."""
        return (index_of(self.notebook, cell_id) or 0) + 1

    def write(self, sources: Mapping[str, str]) -> str:
        """Save *sources*, by cell id, into the file; what should be known of it besides, or "".

        Everything else in the file keeps its bytes.

        :raises Unusable: it was changed since it was read, or cannot be written; it is as it was then.
        """
        if _text(self.given, self.file) != self._text:
            raise Unusable(
                f"{self.given} was changed by another program while it ran; nothing was overwritten.",
                "Run the command again.",
            )
        notebook = _parsed(self.given, self._text)
        note = upgrade(notebook)
        for cell_id, source in sources.items():
            notebook["cells"][index_of(notebook, cell_id)]["source"] = source
        if is_jupyters_own(self._text):
            import nbformat

            text = nbformat.v4.writes(notebook) + "\n"  # type: ignore[no-untyped-call]
        else:
            text = rewrite(self._text, notebook)
        try:
            _replace(self.file, text)
        except OSError as error:
            raise Unusable(
                f"{self.given} could not be saved: {error.strerror or error}.",
                "Check that the file and its folder may be written, and run the command again.",
            ) from error
        self._text = text
        return note

    def _cells_there(self) -> str:
        lines = ["Its code cells are:"]
        for cell in self.code_cells[:30]:
            first = next((line for line in joined(cell.get("source")).splitlines() if line.strip()), "")
            lines.append(f"  {cell['id']}  {first[:70]}")
        more = len(self.code_cells) - 30
        return "\n".join([*lines, *([f"  and {more} more"] if more > 0 else [])])


class RunningCopy:
    """The notebook in memory while it runs: :class:`jupyter_townie.notebooks.file.Contents` of one notebook.

    Outputs and counts of earlier runs are not part of it, because the kernel is a fresh one.
    """

    def __init__(self, document: Document) -> None:
        self._notebook = copy.deepcopy(document.notebook)
        for cell in self._notebook["cells"]:
            if cell.get("cell_type") == "code":
                cell["outputs"], cell["execution_count"] = [], None
        self._version = 0

    async def get(self, path: str) -> StoredNotebook:
        return StoredNotebook(copy.deepcopy(self._notebook), True, str(self._version))

    async def save(self, path: str, notebook: Any, expected: str) -> None:
        if expected != str(self._version):
            raise NotebookChanged
        self._notebook, self._version = copy.deepcopy(notebook), self._version + 1


def _text(given: str, file: Path) -> str:
    try:
        return file.read_bytes().decode("utf-8")
    except FileNotFoundError:
        raise Unusable(f"There is no file {given}.", "Check the path; it is taken from the current folder.") from None
    except IsADirectoryError:
        raise Unusable(f"{given} is a folder.", "Name one notebook in it.") from None
    except UnicodeDecodeError:
        raise Unusable(f"{given} is not a notebook: it is not text.", "Name an .ipynb file.") from None
    except OSError as error:
        raise Unusable(f"{given} cannot be read: {error.strerror or error}.", "Check who may read it.") from None


@contextmanager
def _without_web_addresses() -> Iterator[None]:
    """Where ``nbformat`` is first imported: ``jsonschema``, which it imports, comes without its check of web addresses.

    That check, for which the schema of notebooks has no use, builds a grammar while it is imported: more than half of
    what this command costs.  An import of what is None in ``sys.modules`` fails, and ``jsonschema`` does without.
    """
    if "rfc3987_syntax" in sys.modules:
        yield
        return
    sys.modules["rfc3987_syntax"] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        del sys.modules["rfc3987_syntax"]


def _parsed(given: str, text: str) -> Any:
    with _without_web_addresses():
        from nbformat import from_dict
        from nbformat.v4.rwbase import rejoin_lines

    try:
        raw = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Unusable(
            f"{given} is not a notebook: it is not JSON ({error}).",
            "Name an .ipynb file. One with merge conflicts has to be repaired in a text editor first.",
        ) from None
    if not isinstance(raw, dict) or "nbformat" not in raw:
        raise Unusable(f"{given} is not a notebook: it is other JSON.", "Name an .ipynb file.")
    if raw["nbformat"] != 4:
        raise Unusable(
            f"{given} is a notebook of format {raw['nbformat']}; Townie reads format 4.",
            f"Convert it: jupyter nbconvert --to notebook --nbformat 4 {given}",
        )
    try:
        notebook: Any = rejoin_lines(from_dict(raw))  # type: ignore[no-untyped-call]
        for cell in notebook["cells"]:
            cell["metadata"].get("tags"), cell["cell_type"], cell["source"]
    except (AttributeError, KeyError, TypeError):
        raise Unusable(
            f"{given} is not a valid notebook: its cells are not as the format wants them.",
            "Open it in JupyterLab, repair it and save it.",
        ) from None
    return notebook


def _replace(file: Path, text: str) -> None:
    """Put *text* in the place of the file in one step, with the file's own permissions."""
    descriptor, name = tempfile.mkstemp(prefix=f".{file.name}.", dir=file.parent)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(text.encode("utf-8", "surrogatepass"))
        Path(name).chmod(file.stat().st_mode)
        Path(name).replace(file)
    except BaseException:
        with suppress(OSError):
            Path(name).unlink()
        raise
