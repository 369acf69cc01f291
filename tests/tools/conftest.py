"""The server that the tools work on."""

from tests.server.conftest import connect, jp_server_config, notebook, store_file, wire

__all__ = ["connect", "jp_server_config", "notebook", "store_file", "wire"]
