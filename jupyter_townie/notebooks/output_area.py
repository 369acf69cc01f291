"""The outputs of a cell that runs without a page: messages in, nbformat outputs out, as JupyterLab would store them."""

from __future__ import annotations

from typing import Any

from jupyter_townie.kernels.printed import overwrite
from jupyter_townie.notebooks.operations import joined

MOST = 50_000_000
"""Characters that one cell may print into a notebook that nobody watches; the rest is dropped and said to be."""

Message = dict[str, Any]
Displays = dict[str, list[tuple[str, int]]]
"""Which outputs carry a display id: ``display_id -> [(cell id, index of the output)]``."""


class OutputArea:
    """Collects the outputs of one cell.

    ``displays`` is shared by the cells of a notebook, so that a later cell can update what an earlier one showed;
    such updates are kept in :attr:`updates` as ``(cell id, index, content)``.
    """

    def __init__(self, cell_id: str, displays: Displays) -> None:
        self.cell_id = cell_id
        self.updates: list[tuple[str, int, Message]] = []
        self._displays = displays
        self._outputs: list[Message] = []
        self._clear_next = False
        self._size = 0
        self._forget_displays()

    def take(self, message: Message) -> None:
        """Take one IOPub message (``msg_type`` and ``content``)."""
        kind, content = message["msg_type"], message["content"]
        if kind == "clear_output":
            self._clear_next = bool(content.get("wait"))
            if not self._clear_next:
                self._clear()
            return
        if kind == "update_display_data":
            self._update(content)
            return
        if self._clear_next:
            self._clear_next = False
            self._clear()
        if kind == "stream":
            self._print(str(content.get("name") or "stdout"), joined(content.get("text")))
        elif kind == "error":
            trace = content.get("traceback")
            self._outputs.append(
                {
                    "output_type": "error",
                    "ename": str(content.get("ename") or ""),
                    "evalue": str(content.get("evalue") or ""),
                    "traceback": [str(line) for line in trace] if isinstance(trace, list) else [],
                }
            )
        elif kind in ("display_data", "execute_result"):
            self._show(kind, content)

    def page(self, data: Message) -> None:
        """Show the text that a kernel asks its front end to page, as ``object?`` does."""
        self._show("display_data", {"data": data, "metadata": {}})

    def outputs(self) -> list[Message]:
        """The outputs so far, as nbformat stores them; streams are joined and overwritten text is gone."""
        return [
            {**output, "text": overwrite("".join(output["text"]))} if output["output_type"] == "stream" else output
            for output in self._outputs
        ]

    def _print(self, name: str, text: str) -> None:
        room = MOST - self._size
        if room <= 0:
            return
        self._size += len(text)
        if len(text) > room:
            text = text[:room] + f"\n[Townie stored the first {MOST:,} characters of this output]\n"
        last = self._outputs[-1] if self._outputs else {}
        if last.get("output_type") == "stream" and last.get("name") == name:
            last["text"].append(text)
        else:
            self._outputs.append({"output_type": "stream", "name": name, "text": [text]})

    def _show(self, kind: str, content: Message) -> None:
        data, metadata = content.get("data"), content.get("metadata")
        output: Message = {
            "output_type": kind,
            "data": data if isinstance(data, dict) else {},
            "metadata": metadata if isinstance(metadata, dict) else {},
        }
        if kind == "execute_result":
            output["execution_count"] = content.get("execution_count")
        self._outputs.append(output)
        display_id = (content.get("transient") or {}).get("display_id")
        if isinstance(display_id, str):
            self._displays.setdefault(display_id, []).append((self.cell_id, len(self._outputs) - 1))

    def _update(self, content: Message) -> None:
        display_id = (content.get("transient") or {}).get("display_id")
        for cell_id, index in self._displays.get(str(display_id), ()):
            if cell_id == self.cell_id:
                refresh(self._outputs, index, content)
            else:
                self.updates.append((cell_id, index, content))

    def _clear(self) -> None:
        self._outputs = []
        self._forget_displays()

    def _forget_displays(self) -> None:
        for places in self._displays.values():
            places[:] = [place for place in places if place[0] != self.cell_id]


def refresh(outputs: list[Any], index: int, content: Message) -> None:
    """Put the data of an ``update_display_data`` message in the place of an output's own."""
    if index < len(outputs) and outputs[index].get("output_type") in ("display_data", "execute_result"):
        data, metadata = content.get("data"), content.get("metadata")
        outputs[index]["data"] = data if isinstance(data, dict) else {}
        outputs[index]["metadata"] = metadata if isinstance(metadata, dict) else {}
