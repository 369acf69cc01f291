"""What the model may do by tool calls."""

from __future__ import annotations

from typing import Any

from .files import LIST_FILES, READ_FILE
from .notebook import EDIT_CELL, READ_CELLS, RUN_CELLS
from .tool import Bench, Tool, ToolError
from .variables import INSPECT_VARIABLES

TOOLS: dict[str, Tool[Any]] = {
    tool.name: tool for tool in (READ_CELLS, EDIT_CELL, RUN_CELLS, INSPECT_VARIABLES, READ_FILE, LIST_FILES)
}
"""Every tool, by name."""

__all__ = ["TOOLS", "Bench", "Tool", "ToolError"]
