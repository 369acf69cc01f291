"""The server extension.  Loading it costs next to nothing: the rest is imported with the first request."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_core.paths import jupyter_data_dir
from jupyter_server.extension.application import ExtensionApp
from jupyter_server.utils import url_path_join
from traitlets import Bool, Dict, Float, Integer, Unicode

from .. import __version__

if TYPE_CHECKING:
    from .deaths import Deaths
    from .moves import Moves
    from .renames import Renames
    from .runtime import Runtime


class TownieApp(ExtensionApp):
    """Townie, an AI coding companion for JupyterLab."""

    name = "jupyter_townie"
    version = __version__
    load_other_extensions = True
    extension_url = "/lab"

    default_model = Unicode(
        None,
        allow_none=True,
        config=True,
        help="The model that answers when a user has chosen none, as 'provider/model' (for example "
        "'anthropic/claude-sonnet-4-5' or 'ollama/qwen3'). Without it the first provider that has a key is used, "
        "else the first model of a local server whose base URL is set, else the offline tour.",
    )
    base_urls = Dict(
        value_trait=Unicode(),
        key_trait=Unicode(),
        config=True,
        help="Base URLs by provider, for gateways, proxies and local servers: {'openai': 'http://localhost:8000/v1'}.",
    )
    headers = Dict(
        config=True,
        help="Further HTTP headers by provider, sent with every request to it: {'anthropic': {'X-Team': 'data'}}.",
    )
    profiles = Dict(
        config=True,
        help="What is known of a model, by 'provider/model': window, max_output, prices for a million tokens, "
        "edit_form, tools, vision. Overrides the built-in profiles.",
    )
    store_path = Unicode(
        "",
        config=True,
        help="The SQLite file that holds the threads. Default: townie/threads.sqlite in Jupyter's data directory.",
    )
    prompts_path = Unicode(
        "",
        config=True,
        help="A folder of Markdown files (base.md, chat.md, fix.md, ...) that take the place of the built-in prompts.",
    )
    max_cost = Float(
        None,
        allow_none=True,
        config=True,
        min=0,
        help="Dollars that one turn may spend, whatever the user's own limit is. None is no limit.",
    )
    max_steps = Integer(
        25, config=True, min=1, help="How often one turn may ask the model before it must be continued."
    )
    context_tokens = Integer(
        48_000, config=True, min=1000, help="Tokens of notebook, files and variables in one request, at most."
    )
    history_tokens = Integer(32_000, config=True, min=0, help="Tokens of earlier messages in one request, at most.")

    apps_folder = Unicode(
        "apps",
        config=True,
        help="The folder of the workspace in which new apps are made, relative to the server's root.",
    )

    allow_anonymous_apps = Bool(
        False,
        config=True,
        help="Whether users may publish apps to visitors who are not signed in. Each app stays closed to them until "
        "its user chooses that for it.",
    )

    _runtime: Runtime | None = None
    deaths: Deaths | None = None
    """How kernels ended; None before the handlers are there."""
    moves: Moves | None = None
    """What waits for documents follows them; None before the handlers are there."""
    renames: Renames | None = None
    """What was chosen for notebooks follows them; None before the handlers are there."""

    @property
    def store_file(self) -> Path:
        """Where the threads are kept."""
        return Path(self.store_path) if self.store_path else Path(jupyter_data_dir()) / "townie" / "threads.sqlite"

    @property
    def runtime(self) -> Runtime:
        """Threads, pages and models; made when they are first needed."""
        if self._runtime is None:
            from .runtime import Runtime

            self._runtime = Runtime(self)
        return self._runtime

    def initialize_handlers(self) -> None:
        server = self.serverapp
        if server is not None:
            from .deaths import Deaths
            from .moves import Moves
            from .renames import Renames

            self.deaths = Deaths(server.kernel_manager, server.event_logger)
            root = getattr(server.contents_manager, "root_dir", "")
            choices = self.store_file.parent / "privacy.sqlite"
            self.moves = Moves(server.event_logger, lambda: self._runtime.threads if self._runtime else None)
            self.renames = Renames(server.event_logger, Path(root).resolve() if root else None, choices)
        from .apps.routes import routes as app_routes
        from .handlers import routes

        below = [(url_path_join("townie/api", path), handler) for path, handler in routes()]
        below += [(url_path_join("townie", path), handler) for path, handler in app_routes()]
        self.handlers.extend((path, handler, {"townie": self}) for path, handler in below)

    async def stop_extension(self) -> None:
        if self._runtime is not None:
            await self._runtime.close()
            self._runtime = None

    def current_activity(self) -> Any:
        # A turn that runs keeps the server from being culled as idle.
        return self._runtime.current_activity() if self._runtime is not None else None
