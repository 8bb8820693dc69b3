"""When memory runs out or a device is lost: how to tell, and how to give memory back.

torch has types for a few of these errors alone; the rest are known by what their text says.
"""

import contextlib
import ctypes
import errno
import gc
import re
import sys

import torch

_MEMORY = re.compile(
    r"out of memory"  # CUDA, HIP, MPS and their allocators
    r"|(CU|HIP)BLAS_STATUS_(ALLOC_FAILED|NOT_INITIALIZED)"  # a handle takes memory too
    r"|rocblas_status_memory_error|miopenStatus(AllocFailed|InternalError)"
    r"|CUDNN_STATUS_(ALLOC_FAILED|NOT_INITIALIZED|INTERNAL_ERROR)"  # the last: kernels to load
    r"|CU(FFT|SOLVER|SPARSE)_(STATUS_)?ALLOC_FAILED"
    r"|unable to find (a valid cuDNN algorithm|an engine) to (run|execute)"
    r"|DefaultCPUAllocator|(can't|cannot) allocate memory|not enough memory|insufficient memory"
    r"|bad[_ ]alloc"  # of C++ libraries, by torch as a RuntimeError
    r"|ErrorOutOfMemory|Invalid buffer size",  # Metal; larger than any of its buffers can be
    re.IGNORECASE,
)
"""Texts of errors that mean a want of memory, on the host or on a device."""

_DEVICE = re.compile(
    r"\b(CUDA|HIP|CUDA driver|HIP driver|cuDNN|MIOpen|NVML) error\b"
    r"|\b(CU|HIP)(BLAS|DNN|FFT|SOLVER|SPARSE|RAND)_|rocblas_status|miopenStatus"
    r"|\b(cuda|hip)Error[A-Z]|driver shutting down|device-side assert|illegal memory access"
    r"|no CUDA(-capable)? (device|GPU)|cudaGetDeviceCount|CUDA unknown error"
    r"|CachingAllocator\.cpp|command buffer (exited|failed)|kIOGPUCommandBuffer",
    re.IGNORECASE,
)
"""Texts of errors that a device's runtime, driver or libraries report."""


def is_out_of_memory(error: BaseException) -> bool:
    """Whether an error says that memory ran out, the host's or a device's.

    Args:
        error: of the engine's calls or of the loading of a model.
    """
    if isinstance(error, torch.OutOfMemoryError | MemoryError):
        return True
    if isinstance(error, OSError):
        return error.errno == errno.ENOMEM
    return isinstance(error, RuntimeError) and bool(_MEMORY.search(str(error)))


def is_device_lost(error: BaseException) -> bool:
    """Whether an error says that this process can no longer rely on its device.

    After an assertion on a device, an illegal access, a failed launch, an uncorrectable memory
    error or a reset of the driver, every later call in the process fails or gives wrong values: it
    must be replaced. Such errors come late and in many words, so all that a device's runtime
    reports count as one, but for those that `is_out_of_memory` knows.

    Args:
        error: of the engine's calls or of the loading of a model.
    """
    if not isinstance(error, RuntimeError) or is_out_of_memory(error):
        return False
    accelerator = getattr(torch, "AcceleratorError", None)  # torch 2.8 or newer
    if accelerator is not None and isinstance(error, accelerator):
        return True
    return bool(_DEVICE.search(str(error)))


def give_back_memory() -> None:
    """Return freed memory to the devices and to the system.

    Where the device itself is lost, nothing comes back and nothing is raised.
    """
    gc.collect()
    with contextlib.suppress(RuntimeError):
        if torch.cuda.is_available() and torch.cuda.is_initialized():
            torch.cuda.empty_cache()
    with contextlib.suppress(RuntimeError):
        if torch.backends.mps.is_available():
            torch.mps.empty_cache()
    if sys.platform == "linux":
        # glibc keeps freed memory; musl has no such call.
        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None).malloc_trim(0)
