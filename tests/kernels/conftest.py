from tests.kernels.running import kernel, kernel_process, own_kernel

__all__ = ["kernel", "kernel_process", "own_kernel"]
