"""Files that a model is writing at this moment, before they are on disk."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

LARGEST = 5_000_000
"""Characters of one draft; the rest is left out of the preview, never of the file."""


PAGES = ("index.html", "static/index.html")
"""What an app shows at its address, where that is a file."""


class Draft:
    """A file that grows. Any number of readers follow it; the writer never waits for them."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.ended = False
        self._pieces: list[str] = []
        self._length = 0
        self._grown = asyncio.Event()

    @property
    def text(self) -> str:
        """What has been written so far."""
        if len(self._pieces) > 1:
            self._pieces = ["".join(self._pieces)]
        return self._pieces[0] if self._pieces else ""

    def write(self, text: str) -> None:
        """Append to it; without effect once it has ended."""
        if text and not self.ended and self._length < LARGEST:
            self._pieces.append(text)
            self._length += len(text)
            self._wake()

    def end(self) -> None:
        """It is complete, or it will not be completed."""
        self.ended = True
        self._wake()

    async def chunks(self, start: int = 0) -> AsyncIterator[str]:
        """What is written from character ``start`` on, piece by piece, until the draft ends."""
        while True:
            grown = self._grown
            if self._length > start:
                piece = self.text[start:]
                start += len(piece)
                yield piece
            elif self.ended:
                return
            else:
                await grown.wait()

    def _wake(self) -> None:
        grown, self._grown = self._grown, asyncio.Event()
        grown.set()


class Drafts:
    """All that are being written, by the path that the contents API gives the file."""

    def __init__(self) -> None:
        self._open: dict[str, Draft] = {}

    def open(self, path: str) -> Draft:
        """Begin a draft; one of the same file that was open ends."""
        before = self.get(path)
        if before is not None:
            before.end()
        draft = self._open[path.strip("/")] = Draft(path.strip("/"))
        return draft

    def get(self, path: str) -> Draft | None:
        """The draft of a file that is being written at this moment."""
        draft = self._open.get(path.strip("/"))
        if draft is not None and draft.ended:
            del self._open[draft.path]
            return None
        return draft

    def below(self, folder: str) -> list[Draft]:
        """Those of the files in a folder."""
        start = folder.strip("/") + "/"
        return [draft for path in list(self._open) if path.startswith(start) and (draft := self.get(path)) is not None]

    def page(self, folder: str) -> str:
        """The path of the page of the app in *folder* while that is being written and can be watched; else empty."""
        for draft in self.below(folder):
            if draft.text and draft.path[len(folder.strip("/")) + 1 :] in PAGES:
                return draft.path
        return ""

    def close(self) -> None:
        """All of them end."""
        for draft in list(self._open.values()):
            draft.end()
        self._open.clear()
