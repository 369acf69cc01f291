"""The kernels that apps run in: those of notebooks, or, where all kernels are on another machine, one of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jupyter_server.utils import ensure_async

from ... import protocol as p
from ...apps.apps import AppRefused

if TYPE_CHECKING:
    from ...apps.app import App
    from ...apps.lifecycle import HeldKernel
    from ..app import TownieApp


class AppKernels:
    """Those of one server."""

    def __init__(self, townie: TownieApp) -> None:
        self._townie = townie
        self._server: Any = townie.serverapp

    @property
    def remote(self) -> bool:
        """Whether kernels are behind a gateway, and do not see the files of this machine."""
        return bool(getattr(getattr(self._server, "gateway_config", None), "gateway_enabled", False))

    async def kernel(self, app: App) -> HeldKernel:
        """The kernel for an app.  :raises AppRefused: there is none."""
        return await (self._of_notebook(app.notebook) if app.notebook else self._own(app))

    async def _of_notebook(self, path: str) -> HeldKernel:
        from ...apps.lifecycle import HeldKernel
        from ...kernels.errors import KernelError

        try:
            client = await self._townie.runtime.host.kernel(path, None)
        except KernelError:
            client = None
        if client is None:
            message = f"{path} has no running kernel, in which the app would find the objects that it is about."
            raise AppRefused(
                p.Problem(
                    code="no_kernel", message=message, remedy="Open the notebook, run its cells, then start the app."
                )
            )
        if client.language not in ("", "python", "ipython"):
            message = f"The kernel of {path} runs {client.language}, not Python."
            raise AppRefused(
                p.Problem(code="not_python", message=message, remedy="Name a Python notebook in townie.toml.")
            )
        return HeldKernel(client, here=not self.remote)

    async def _own(self, app: App) -> HeldKernel:
        from ...apps.lifecycle import HeldKernel
        from ...kernels.errors import KernelError

        manager = self._server.kernel_manager
        name = app.manifest.kernel if app.manifest is not None else None
        try:
            kernel_id = await ensure_async(manager.start_kernel(kernel_name=name or manager.default_kernel_name))
            client = await self._townie.runtime.host.kernel(None, kernel_id)
        except (KernelError, OSError, KeyError, RuntimeError) as error:
            message = f"No kernel could be started for the app: {error}"
            raise AppRefused(
                p.Problem(code="no_kernel", message=message, remedy="Try again, or choose another kernel.")
            ) from None
        assert client is not None

        async def release() -> None:
            await ensure_async(manager.shutdown_kernel(kernel_id, now=True))

        return HeldKernel(client, here=False, release=release)
