"""What the Status card says of a server that is easy to attack."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture
def jp_server_config(store_file: Path) -> dict[str, Any]:
    return {
        "ServerApp": {
            "jpserver_extensions": {"jupyter_townie": True},
            "allow_origin": "*",
            "disable_check_xsrf": True,
            "cookie_options": {"SameSite": "None"},
        },
        "TownieApp": {"store_path": str(store_file)},
    }


async def test_risky_settings_are_said_in_the_log_with_the_first_app(
    jp_fetch: Any, caplog: pytest.LogCaptureFixture
) -> None:
    await jp_fetch("townie", "api", "apps")
    await jp_fetch("townie", "api", "apps")
    said = [one.getMessage() for one in caplog.records if "generated apps" in one.getMessage()]
    assert len([line for line in said if "allow_origin is '*'" in line]) == 1
    assert any("disable_check_xsrf" in line for line in said)


async def test_risky_settings_are_named_with_their_remedy(jp_fetch: Any) -> None:
    status = json.loads((await jp_fetch("townie", "api", "status")).body)
    risky = [line for line in status["lines"] if line["name"] == "Security"]
    said = " ".join(line["text"] for line in risky)
    assert "allow_origin is '*'" in said
    assert "disable_check_xsrf" in said
    assert "SameSite=None" in said
    assert all(line["remedy"] for line in risky)
    assert "Apps" in [line["name"] for line in status["lines"]]
