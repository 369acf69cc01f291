"""The backend: JSON below ``api/``, the page from ``static/``.  Run it anywhere with ``uvicorn app:app``."""

from pathlib import Path

import townie
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

db = townie.db()
db.execute(
    "CREATE TABLE IF NOT EXISTS notes"
    " (id INTEGER PRIMARY KEY, text TEXT NOT NULL, made TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP)"
)


def notes(request: Request) -> JSONResponse:
    rows = db.execute("SELECT id, text, made FROM notes ORDER BY id DESC LIMIT 50").fetchall()
    return JSONResponse([dict(row) for row in rows])


async def add(request: Request) -> JSONResponse:
    text = str((await request.json()).get("text", "")).strip()
    if not 1 <= len(text) <= 500:
        return JSONResponse({"error": "A note has 1 to 500 characters."}, status_code=422)
    with db:
        db.execute("INSERT INTO notes (text) VALUES (?)", (text,))
    return JSONResponse({"ok": True}, status_code=201)


app = Starlette(
    routes=[
        Route("/api/notes", notes, methods=["GET"]),
        Route("/api/notes", add, methods=["POST"]),
        Mount("/", StaticFiles(directory=Path(__file__).parent / "static", html=True)),
    ]
)
