"""How much memory the daemon's processes occupy."""

import os
import sys
from pathlib import Path


def memory_used(pid: int | None = None) -> int:
    """Returns the bytes of physical memory that a process occupies; 0 where unknown.

    Args:
        pid: of the process; None is this one, 0 none.
    """
    if pid == 0:
        return 0
    try:
        resident = Path(f"/proc/{pid or 'self'}/statm").read_text().split()[1]
        return int(resident) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, AttributeError):
        pass
    if pid is not None:
        return 0
    try:
        import resource
    except ImportError:  # Windows
        return 0
    # The largest so far, where the system does not tell the present one; KiB but on macOS.
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
