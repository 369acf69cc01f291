"""What the model may do by tool calls."""

from __future__ import annotations

from typing import Any

from .apps import LOOK_AT_APP, USE_APP
from .files import LIST_FILES, READ_FILE
from .notebook import EDIT_CELL, READ_CELLS, RUN_CELLS
from .tool import Answer, Bench, Tool, ToolError
from .variables import INSPECT_VARIABLES

TOOLS: dict[str, Tool[Any]] = {
    tool.name: tool
    for tool in (READ_CELLS, EDIT_CELL, RUN_CELLS, INSPECT_VARIABLES, READ_FILE, LIST_FILES, LOOK_AT_APP, USE_APP)
}
"""Every tool, by name."""

APP_TOOLS = frozenset((LOOK_AT_APP.name, USE_APP.name))
"""Those that need an app to work on."""

__all__ = ["APP_TOOLS", "TOOLS", "Answer", "Bench", "Tool", "ToolError"]
