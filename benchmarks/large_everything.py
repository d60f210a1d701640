"""Peak memory and time of everything mode on planes of growing size, from zarr to zarr.

    python benchmarks/large_everything.py 4000 8000

Each size runs in a process of its own. The planes show discs on noise and are written tile by
tile. Peak memory should not grow with the plane, and time should grow with its area.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
from pathlib import Path
from time import perf_counter

import numpy as np
import zarr

TILE_PX = 500
DISCS_PER_TILE = 20


def tile(seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    plane = rng.normal(300, 30, (TILE_PX, TILE_PX))
    y, x = np.ogrid[:TILE_PX, :TILE_PX]
    for _ in range(DISCS_PER_TILE):
        radius = rng.uniform(6, 25)
        centre = rng.uniform(30, TILE_PX - 30, 2)
        plane[np.hypot(y - centre[0], x - centre[1]) < radius] += rng.uniform(300, 900)
    return plane.clip(0, 4000).astype(np.uint16)


def make_plane(path: Path, side: int) -> None:
    tiles = [tile(seed) for seed in range(8)]
    array = zarr.create_array(
        str(path), shape=(side, side), chunks=(TILE_PX, TILE_PX), dtype="uint16"
    )
    for index, (y, x) in enumerate(np.ndindex(-(-side // TILE_PX), -(-side // TILE_PX))):
        part = tiles[index * 5 % 8][: side - y * TILE_PX, : side - x * TILE_PX]
        array[y * TILE_PX : (y + 1) * TILE_PX, x * TILE_PX : (x + 1) * TILE_PX] = part


def measure(folder: Path, side: int) -> None:
    from napari_samwise.segment.everything.generate import find_everything
    from napari_samwise.segment.everything.plan import Plan

    image = zarr.open_array(folder / "image.zarr", mode="r")
    started = perf_counter()
    plan = Plan.make(image, "nano", "YX")
    found = find_everything(plan, out=folder / "labels.zarr")
    seconds = perf_counter() - started
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{side:6d} px  {found.count:7d} objects  {seconds:8.1f} s  peak {peak_mb:6.0f} MB")


def measure_each(script: str, sides: list[str]) -> None:
    """Write a plane of every size and run a script with --measure on its folder."""
    for side in sides:
        with tempfile.TemporaryDirectory() as folder:
            make_plane(Path(folder) / "image.zarr", int(side))
            subprocess.run([sys.executable, script, "--measure", folder, side], check=True)


def main() -> None:
    if sys.argv[1] == "--measure":
        measure(Path(sys.argv[2]), int(sys.argv[3]))
        return
    measure_each(__file__, sys.argv[1:])


if __name__ == "__main__":
    main()
