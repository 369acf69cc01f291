"""Who answers: providers behind one small interface.

Importing this package loads no provider's client; that happens when a model is first asked.
"""

from .config import ModelConfig
from .connection import try_connection
from .keys import delete_key, save_key
from .model import (
    Block,
    ChatMessage,
    Finished,
    ImageData,
    Model,
    ModelError,
    ModelRequest,
    Retrying,
    Stop,
    StreamEvent,
    Text,
    TextDelta,
    Thinking,
    ThinkingDelta,
    ToolCallDelta,
    ToolCalled,
    ToolCallStarted,
    ToolResult,
    ToolSchema,
    ToolUse,
    UsageSeen,
    content_from_json,
    content_to_json,
)
from .profiles import Prices, Profile
from .registry import default_model, list_models, open_model, preload
from .served import learn

__all__ = [
    "Block",
    "ChatMessage",
    "Finished",
    "ImageData",
    "Model",
    "ModelConfig",
    "ModelError",
    "ModelRequest",
    "Prices",
    "Profile",
    "Retrying",
    "Stop",
    "StreamEvent",
    "Text",
    "TextDelta",
    "Thinking",
    "ThinkingDelta",
    "ToolCallDelta",
    "ToolCallStarted",
    "ToolCalled",
    "ToolResult",
    "ToolSchema",
    "ToolUse",
    "UsageSeen",
    "content_from_json",
    "content_to_json",
    "default_model",
    "delete_key",
    "learn",
    "list_models",
    "open_model",
    "preload",
    "save_key",
    "try_connection",
]
