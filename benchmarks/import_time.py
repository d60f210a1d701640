"""How long `import napari_samwise` takes beyond starting Python, and what it must not load.

python benchmarks/import_time.py
"""

from __future__ import annotations

import statistics
import subprocess
import sys
from time import perf_counter

REPEATS = 15
HEAVY = ("torch", "napari", "qtpy", "skimage", "scipy")


def run_seconds(code: str) -> float:
    started = perf_counter()
    subprocess.run([sys.executable, "-c", code], check=True)
    return perf_counter() - started


def median_seconds(code: str) -> float:
    run_seconds(code)  # fills the file cache
    return statistics.median(run_seconds(code) for _ in range(REPEATS))


def main() -> None:
    bare = median_seconds("pass")
    package = median_seconds("import napari_samwise")
    print(f"import napari_samwise: {(package - bare) * 1e3:.0f} ms (python alone {bare * 1e3:.0f})")
    check = f"import sys, napari_samwise; print(*(set({HEAVY!r}) & set(sys.modules)))"
    loaded = subprocess.run(
        [sys.executable, "-c", check], check=True, capture_output=True, text=True
    ).stdout.strip()
    print(f"heavy modules loaded by it: {loaded or 'none'}")


if __name__ == "__main__":
    main()
