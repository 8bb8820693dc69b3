"""How much freed memory a process keeps for its next use."""

import contextlib
import ctypes
import sys

_TRIM_THRESHOLD, _MMAP_THRESHOLD, _ARENA_MAX = -1, -3, -8  # malloc.h


def keep_freed(byte_count: int, *, one_heap: bool = False) -> None:
    """Keeps up to so many bytes of freed memory, in blocks of up to half of it (glibc).

    glibc gives back every few MiB at once, so that each part of a picture that comes or goes pays
    for fresh pages: twice the time of sending it.
    """
    if sys.platform == "linux":
        with contextlib.suppress(OSError, AttributeError):
            libc = ctypes.CDLL(None)
            libc.mallopt(_TRIM_THRESHOLD, byte_count)
            if one_heap:
                # Each heap keeps as much, and threads would get heaps of their own.
                libc.mallopt(_ARENA_MAX, 1)
            # glibc takes no more than 32 MiB here.
            libc.mallopt(_MMAP_THRESHOLD, min(byte_count // 2, 32 << 20))


def give_back() -> None:
    """Gives back what is kept (glibc; musl has no such call)."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None).malloc_trim(0)
