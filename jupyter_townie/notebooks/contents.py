"""Notebooks behind a Jupyter contents manager, whichever it is.

The manager is handed in and only spoken to by the methods that Jupyter Server documents for it, so that nothing of the
server is imported here.
"""

from __future__ import annotations

import asyncio
import copy
import hashlib
import inspect
from collections import defaultdict
from typing import Any

from jupyter_townie.notebooks.file import NotebookChanged, StoredNotebook
from jupyter_townie.notebooks.layout import is_jupyters_own, rewrite
from jupyter_townie.notebooks.surface import SurfaceError
from jupyter_townie.protocol import Problem


class ManagedContents:
    """:class:`jupyter_townie.notebooks.file.Contents` on a contents manager.

    A notebook is saved as a notebook, so that signatures, hooks and paired text files (Jupytext) work as for any save.
    Only a file that is not in Jupyter's own layout is saved as text, in the layout that it has, and signed if it was.
    """

    def __init__(self, manager: Any) -> None:
        self._manager = manager
        self._locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def get(self, path: str) -> StoredNotebook:
        """See :meth:`Contents.get`."""
        try:
            model = await _settled(self._manager.get(path, content=True, type="notebook"))
        except Exception as error:
            raise SurfaceError(_unreadable(path, error)) from error
        notebook = model["content"]
        if notebook.get("nbformat") != 4 or not isinstance(notebook.get("cells"), list):
            raise SurfaceError(_unreadable(path, ValueError("not a notebook of format 4")))
        text = await self._text(path)
        return StoredNotebook(notebook, bool(model.get("writable", True)), _version(text, model))

    async def save(self, path: str, notebook: Any, expected: str) -> None:
        """See :meth:`Contents.save`.

        The contents API cannot compare and write in one step: another program that saves within the same few
        milliseconds is not noticed.  Saves made through this object are one after the other.
        """
        async with self._locks[path]:
            text = await self._text(path)
            model = None
            if text is None:
                model = await _settled(self._manager.get(path, content=False, type="notebook"))
            if _version(text, model) != expected:
                raise NotebookChanged
            try:
                if text is None or not path.endswith(".ipynb") or is_jupyters_own(text):
                    model = {"type": "notebook", "format": "json", "content": notebook}
                    await _settled(self._manager.save(model, path))
                else:
                    model = {"type": "file", "format": "text", "content": rewrite(text, notebook)}
                    await _settled(self._manager.save(model, path))
                    self._sign(notebook)
            except Exception as error:
                raise SurfaceError(_unwritable(path, error)) from error

    def _sign(self, notebook: Any) -> None:
        notary = getattr(self._manager, "notary", None)
        if notary is not None and notary.check_cells(notebook := copy.deepcopy(notebook)):
            notary.sign(notebook)

    async def _text(self, path: str) -> str | None:
        """The file as it is written, or None where the manager has no such thing."""
        try:
            model = await _settled(self._manager.get(path, content=True, type="file", format="text"))
        except Exception:
            return None
        content = model.get("content")
        return content if isinstance(content, str) else None


def _version(text: str | None, model: Any) -> str:
    if text is not None:
        return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
    return str((model or {}).get("last_modified"))


def _unreadable(path: str, error: Exception) -> Problem:
    if getattr(error, "status_code", None) == 404:
        return Problem(
            code="notebook_missing",
            message=f"There is no notebook {path} any more.",
            remedy="It may have been renamed or deleted. Open it where it is now and ask again.",
        )
    return Problem(
        code="notebook_unreadable",
        message=f"{path} cannot be read as a notebook.",
        remedy="Open it in JupyterLab's text editor and repair it, or go back to a checkpoint.",
        detail=str(error)[:500],
    )


def _unwritable(path: str, error: Exception) -> Problem:
    return Problem(
        code="notebook_not_saved",
        message=f"{path} could not be saved.",
        remedy="Check that the file may be written and that the disk has room, then try again.",
        detail=str(error)[:500],
    )


async def _settled(value: Any) -> Any:
    return await value if inspect.isawaitable(value) else value
