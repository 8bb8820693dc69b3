"""Errors of memory and of lost devices, told from others."""

import errno

import pytest
import torch

from styleswap.devices.memory import give_back_memory, is_device_lost, is_out_of_memory

ALLOCATORS = [
    torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB."),
    torch.OutOfMemoryError("Allocation on device"),
    MemoryError(),
    OSError(errno.ENOMEM, "Cannot allocate memory"),
    RuntimeError("CUDA error: out of memory\nCUDA kernel errors might be asynchronously reported"),
    RuntimeError("HIP out of memory. Tried to allocate 20.00 MiB."),
    RuntimeError("HIP error: out of memory"),
    RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`"),
    RuntimeError("CUDA error: CUBLAS_STATUS_NOT_INITIALIZED when calling `cublasCreate(handle)`"),
    RuntimeError("cuDNN error: CUDNN_STATUS_ALLOC_FAILED"),
    RuntimeError("cuDNN error: CUDNN_STATUS_NOT_INITIALIZED"),
    RuntimeError("cuDNN error: CUDNN_STATUS_INTERNAL_ERROR_DEVICE_ALLOCATION_FAILED"),
    RuntimeError("cuDNN error: CUDNN_STATUS_INTERNAL_ERROR"),
    RuntimeError("Unable to find a valid cuDNN algorithm to run convolution"),
    RuntimeError("GET was unable to find an engine to execute this computation"),
    RuntimeError("miopenStatusAllocFailed"),
    RuntimeError("MPS backend out of memory (MPS allocated: 6.04 GB, max allowed: 6.77 GB)."),
    RuntimeError("Invalid buffer size: 19.38 GiB"),
    RuntimeError(
        "[enforce fail at alloc_cpu.cpp:127] err == 0. DefaultCPUAllocator: can't allocate memory: "
        "you tried to allocate 140737488355328 bytes. Error code 12 (Cannot allocate memory)"
    ),
    RuntimeError("[enforce fail at alloc_cpu.cpp] DefaultCPUAllocator: not enough memory"),
    RuntimeError("std::bad_alloc"),
    RuntimeError("unable to mmap 4096 bytes from file: Cannot allocate memory (12)"),
]

LOST = [
    RuntimeError("CUDA error: device-side assert triggered\nCompile with `TORCH_USE_CUDA_DSA`"),
    RuntimeError("CUDA error: an illegal memory access was encountered"),
    RuntimeError("CUDA error: unspecified launch failure"),
    RuntimeError("CUDA error: misaligned address"),
    RuntimeError("CUDA error: uncorrectable ECC error encountered"),
    RuntimeError("CUDA error: the launch timed out and was terminated"),
    RuntimeError("CUDA error: driver shutting down"),
    RuntimeError("CUDA error: unknown error"),
    RuntimeError("CUDA driver error: device not ready"),
    RuntimeError("HIP error: the operation cannot be performed in the present state"),
    RuntimeError("CUDA error: CUBLAS_STATUS_EXECUTION_FAILED when calling `cublasSgemm(...)`"),
    RuntimeError("cuDNN error: CUDNN_STATUS_EXECUTION_FAILED"),
    RuntimeError("No CUDA GPUs are available"),
    RuntimeError("Unexpected error from cudaGetDeviceCount(). Error 804: forward compatibility"),
    RuntimeError('NVML_SUCCESS == r INTERNAL ASSERT FAILED at "CUDACachingAllocator.cpp":1016'),
    RuntimeError("command buffer exited with error status: Caused GPU Hang Error"),
]


@pytest.mark.parametrize("error", ALLOCATORS, ids=lambda error: str(error)[:60])
def test_a_want_of_memory_is_told(error: BaseException) -> None:
    assert is_out_of_memory(error)
    assert not is_device_lost(error)


@pytest.mark.parametrize("error", LOST, ids=lambda error: str(error)[:60])
def test_a_lost_device_is_told(error: BaseException) -> None:
    assert is_device_lost(error)
    assert not is_out_of_memory(error)


def test_errors_of_torch_itself_are_told_from_others() -> None:
    """The real ones of this machine."""
    with pytest.raises(RuntimeError) as caught:
        torch.empty(1 << 60, dtype=torch.uint8)
    assert is_out_of_memory(caught.value)
    for wrong in (
        lambda: torch.ones(2) @ torch.ones(3),
        lambda: torch.nn.functional.conv2d(torch.ones(1, 1, 2, 2), torch.ones(1, 1, 3, 3)),
        lambda: torch.ones(3)[5],
    ):
        with pytest.raises((RuntimeError, IndexError)) as caught:
            wrong()
        assert not is_out_of_memory(caught.value)
        assert not is_device_lost(caught.value)
    for other in (ValueError("DefaultCPUAllocator"), OSError(errno.ENOSPC, "No space left")):
        assert not is_out_of_memory(other)
        assert not is_device_lost(other)


@pytest.mark.skipif(not hasattr(torch, "AcceleratorError"), reason="torch 2.8 or newer")
def test_an_accelerators_own_error_is_a_lost_device_unless_it_is_memory() -> None:
    assert is_device_lost(torch.AcceleratorError("HSA_STATUS_ERROR_EXCEPTION"))
    assert is_out_of_memory(torch.AcceleratorError("CUDA error: out of memory"))
    assert not is_device_lost(torch.AcceleratorError("CUDA error: out of memory"))


def test_memory_is_given_back_on_any_machine() -> None:
    give_back_memory()
