"""Tools on the files of the workspace."""

from __future__ import annotations

from pydantic import Field

from .tool import Arguments, Bench, Tool, ToolError

MOST_LINES = 400


class ReadFile(Arguments):
    path: str = Field(description="Relative to the workspace")
    first_line: int = Field(1, ge=1)
    lines: int = Field(200, ge=1, le=MOST_LINES)


class ListFiles(Arguments):
    path: str = Field("", description="A folder relative to the workspace; empty for its top")


async def _read_file(bench: Bench, arguments: ReadFile) -> str:
    try:
        file = await bench.read_file(arguments.path)
    except (ValueError, OSError) as error:
        raise ToolError(f"{error}. Use list_files to see what there is.") from None
    lines = file.text.split("\n")
    first = arguments.first_line - 1
    shown = lines[first : first + arguments.lines]
    rest = len(lines) - first - len(shown)
    note = f"\n({file.note})" if file.note else ""
    return "\n".join(shown) + (f"\n({rest} more lines)" if rest > 0 else "") + note


async def _list_files(bench: Bench, arguments: ListFiles) -> str:
    try:
        names = await bench.list_files(arguments.path)
    except ValueError as error:
        raise ToolError(str(error)) from None
    return "\n".join(sorted(names)[:500]) or "(empty)"


READ_FILE = Tool("read_file", "Lines of a text file of the workspace.", ReadFile, "read", _read_file)
LIST_FILES = Tool("list_files", "Names in a folder of the workspace.", ListFiles, "read", _list_files)
