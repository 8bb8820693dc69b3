"""How torch's threads wait for one another; imported before torch, which reads it once.

The matching walk has thousands of short parallel steps. Threads that spin for long at the end of
each, OpenMP's default, stall whenever another program holds a core: with an editor busy beside the
daemon, matching became 10 to 40 times slower. Threads that sleep at once need twice the time on a
free machine. So they spin for a fraction of a millisecond, then sleep.
"""

import os

os.environ.setdefault("GOMP_SPINCOUNT", "10000")  # GNU's OpenMP: rounds
os.environ.setdefault("KMP_BLOCKTIME", "1")  # LLVM's and Intel's: milliseconds
