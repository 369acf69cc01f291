"""Write the JSON schema of the protocol for the TypeScript generator (``make types`` runs both)."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from jupyter_townie import protocol


def schema() -> dict[str, object]:
    """The schema of every public message, each under its own name, in a stable order."""
    messages = [
        value
        for name, value in vars(protocol).items()
        if isinstance(value, type)
        and issubclass(value, BaseModel)
        and value.__module__.startswith(protocol.__name__ + ".")
        and not name.startswith("_")
        and value is not protocol.Message
    ]
    _, combined = models_json_schema([(message, "serialization") for message in messages])
    definitions = combined["$defs"]
    for definition in definitions.values():
        # Without titles on the fields the generator does not invent an alias for each of them.
        for field in definition.get("properties", {}).values():
            field.pop("title", None)
    unions = {
        "Event": protocol.EVENT,
        "Command": protocol.COMMAND,
        "ServerFrame": protocol.SERVER_FRAME,
        "PageReply": protocol.PAGE_REPLY,
        "PageVerb": protocol.PAGE_VERB,
        "CellOperation": protocol.CELL_OPERATION,
        "ActionBody": protocol.ACTION_BODY,
        "AppFrame": protocol.APP_FRAME,
        "AppCommand": protocol.APP_COMMAND,
    }
    for name, adapter in unions.items():
        union = adapter.json_schema(mode="serialization")
        definitions[name] = {"title": name, "oneOf": union["oneOf"]}
    return {
        "title": "Protocol",
        "type": "object",
        "additionalProperties": False,
        "properties": {name: {"$ref": f"#/$defs/{name}"} for name in sorted(definitions)},
        "$defs": {name: definitions[name] for name in sorted(definitions)},
    }


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(json.dumps(schema(), indent=1) + "\n", encoding="utf-8")
