"""What can go wrong between this process and a kernel, each with words for the person at the notebook."""

from __future__ import annotations

from jupyter_townie.protocol import Problem


class KernelError(Exception):
    """Base of the errors of this room; ``problem`` is what the user is told."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.message)
        self.problem = problem


class KernelDied(KernelError):
    """The kernel ended, or was restarted, while a request was waiting for it."""

    def __init__(self, how: str = "The kernel died") -> None:
        super().__init__(
            Problem(
                code="kernel_dead",
                message=f"{how}, so the variables of this session are gone.",
                remedy="Restart the kernel and run the notebook from the top, then ask again.",
            )
        )


class KernelUnreachable(KernelError):
    """A gateway refuses the connection to a kernel, or is not there."""

    def __init__(self, detail: str = "") -> None:
        super().__init__(
            Problem(
                code="kernel_unreachable",
                message="The gateway that this kernel runs behind cannot be reached, or refuses the connection.",
                remedy="Check that the gateway runs and that GatewayClient.auth_token of this server is its token.",
                detail=detail[:500],
            )
        )


class KernelBusy(KernelError):
    """The kernel is running something else, and Townie does not interrupt it."""

    def __init__(self) -> None:
        super().__init__(
            Problem(
                code="kernel_busy",
                message="The kernel is busy with something else.",
                remedy="Wait until it is idle, or interrupt it yourself with Kernel > Interrupt; then try again.",
            )
        )


class KernelTimeout(KernelError):
    """The kernel did not answer in time; what was sent may still run."""

    def __init__(self, seconds: float) -> None:
        super().__init__(
            Problem(
                code="kernel_timeout",
                message=f"The kernel did not answer within {seconds:g} seconds.",
                remedy="If it is still working, wait until it is idle and try again.",
            )
        )


class KernelLanguage(KernelError):
    """Something that exists for Python alone was asked of another kernel."""

    def __init__(self, language: str) -> None:
        name = language or "unknown"
        super().__init__(
            Problem(
                code="kernel_language",
                message=f"The language of this kernel is {name}; variables can be looked at in Python kernels only.",
                remedy="Townie goes on with the source of the cells. Put what matters about your data in the message.",
            )
        )


class KernelFailed(KernelError):
    """The kernel refused or failed a silent request."""

    def __init__(self, what: str, detail: str = "") -> None:
        super().__init__(
            Problem(
                code="kernel_failed",
                message=f"The kernel could not {what}.",
                remedy="Townie goes on without it. Restarting the kernel may help.",
                detail=detail[:500],
            )
        )
