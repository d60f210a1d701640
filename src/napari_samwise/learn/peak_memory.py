"""How much memory this process has taken at most."""

from __future__ import annotations

import sys


def peak_memory_bytes() -> int | None:
    """Return the largest resident set of this process so far, or None where nobody counts it.

    It is the ``ru_maxrss`` of ``getrusage(2)``: Python, libraries, weights and images together, on
    the CPU alone. It never falls, so that of a second model is at least that of the first.
    """
    if sys.platform == "win32":
        return None
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    # Bytes on macOS, KiB elsewhere.
    return peak if sys.platform == "darwin" else peak * 1024
