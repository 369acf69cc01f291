"""A guest book: entries in SQLite, and word of each new one to everybody who has the page open."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import townie
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, StreamingResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

AT_A_TIME = 20
LONGEST_NAME = 80
LONGEST_MESSAGE = 280

db = townie.db()
db.execute(
    "CREATE TABLE IF NOT EXISTS entries (id INTEGER PRIMARY KEY, name TEXT NOT NULL, message TEXT NOT NULL,"
    " time TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP)"
)
listeners: set[asyncio.Queue] = set()


async def entries(request: Request) -> JSONResponse:
    """The newest entries, or those older than ``before``."""
    before = int(request.query_params.get("before", 2**53))
    rows = db.execute(
        "SELECT id, name, message, time FROM entries WHERE id < ? ORDER BY id DESC LIMIT ?", (before, AT_A_TIME + 1)
    ).fetchall()
    return JSONResponse({"entries": [dict(row) for row in rows[:AT_A_TIME]], "more": len(rows) > AT_A_TIME})


async def sign(request: Request) -> JSONResponse:
    body = await request.json()
    name, message = str(body.get("name", "")).strip(), str(body.get("message", "")).strip()
    if not name or not message:
        return JSONResponse({"error": "Please give your name and a message."}, status_code=422)
    if len(name) > LONGEST_NAME or len(message) > LONGEST_MESSAGE:
        return JSONResponse({"error": f"A message has at most {LONGEST_MESSAGE} characters."}, status_code=422)
    with db:
        made = db.execute("INSERT INTO entries (name, message) VALUES (?, ?)", (name, message)).lastrowid
    entry = dict(db.execute("SELECT id, name, message, time FROM entries WHERE id = ?", (made,)).fetchone())
    for listener in listeners:
        listener.put_nowait(entry)
    return JSONResponse(entry, status_code=201)


async def events(request: Request) -> StreamingResponse:
    """New entries as server-sent events, for as long as the page is open."""

    async def stream() -> AsyncIterator[str]:
        news: asyncio.Queue = asyncio.Queue()
        listeners.add(news)
        try:
            yield ": connected\n\n"
            while True:
                yield f"data: {json.dumps(await news.get())}\n\n"
        finally:
            listeners.discard(news)

    return StreamingResponse(stream(), media_type="text/event-stream")


app = Starlette(
    routes=[
        Route("/api/entries", entries, methods=["GET"]),
        Route("/api/entries", sign, methods=["POST"]),
        Route("/api/events", events),
        Mount("/", StaticFiles(directory=Path(__file__).parent / "static", html=True)),
    ]
)
