"""How torch's threads wait for one another; imported before torch, which reads it once.

The matching walk has thousands of short parallel steps. Threads that spin at the end of each,
OpenMP's default, stall whenever another program holds a core: with an editor busy beside the
daemon, matching became 10 to 40 times slower. Threads that sleep instead do not.
"""

import os

os.environ.setdefault("OMP_WAIT_POLICY", "passive")
