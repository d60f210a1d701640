"""One click on a band many times as long as wide: whole pictures, and a large plane in frames.

    python benchmarks/long_object.py            # bands of 200 to 900 pixels
    python benchmarks/long_object.py --bands    # and of 6 400 to 8 000 on planes of 10 000
    python benchmarks/long_object.py --plane    # and one of 8 000 on a zarr of 40 000 x 40 000

Prints the IoU of the first candidate with the band that was painted.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from time import perf_counter

import numpy as np
import zarr
from scipy import ndimage as ndi
from scipy.spatial import cKDTree

import napari_samwise as sw
from napari_samwise.geometry.roi import Roi

BANDS = (
    # (height, width), half width of the band, height of its waves, their number in radians
    ((1000, 1125), 18, 112, 9),
    ((500, 560), 9, 56, 9),
    ((250, 280), 5, 28, 9),
    ((256, 256), 10, 0, 1),
    ((256, 256), 10, 40, 9),
    ((512, 512), 20, 60, 3),
    ((512, 512), 10, 0, 1),
)
LONG_BANDS = (
    # half width, height of its waves, their number in radians, length, where it is clicked
    (150, 900, 9, 6400, 0.5),
    (40, 900, 9, 6400, 0.5),
    (80, 900, 9, 6400, 0.3),
    (20, 400, 9, 8000, 0.5),
    (150, 1500, 15, 8000, 0.5),
    (80, 1500, 20, 8000, 0.5),
    (60, 300, 30, 8000, 0.1),
)
LONG_PLANE_PX, REDUCED = 10_000, 4
GROUND, BAND, NOISE = 20, 120, 4
PLANE_PX, CHUNK_PX, HALF_WIDTH_PX = 40_000, 1024, 150


def band(size: tuple[int, int], half: int, height: int, waves: float) -> tuple[np.ndarray, tuple]:
    along = np.linspace(0, 1, 4000)
    x = (0.1 + 0.8 * along) * size[1]
    y = size[0] / 2 + height * np.sin(along * waves)
    line = np.ones(size, bool)
    line[y.astype(int), x.astype(int)] = False
    return ndi.distance_transform_edt(line) <= half, (float(y[2000]), float(x[2000]))


def paint(truth: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    values = np.where(truth, BAND, GROUND) + rng.normal(0, NOISE, truth.shape)
    return values.clip(0, 255).astype(np.uint8)


def pictures(predictor: sw.Predictor) -> None:
    for size, half, height, waves in BANDS:
        truth, click = band(size, half, height, waves)
        image = paint(truth, np.random.default_rng(0))
        embedding = predictor.encode(image)
        mask = predictor.decode(embedding, sw.Prompts(points=[click])).masks[0]
        iou = (mask & truth).sum() / (mask | truth).sum()
        print(f"{size}, {2 * half} px wide, waves of {height} px: IoU {iou:.2f}")


def bands(predictor: sw.Predictor) -> None:
    for half, height, waves, length, at in LONG_BANDS:
        along = np.linspace(0, 1, 4000)
        x = (LONG_PLANE_PX - length) / 2 + length * along
        y = LONG_PLANE_PX / 2 + height * np.sin(along * waves)
        line = np.ones((LONG_PLANE_PX // REDUCED,) * 2, bool)
        line[(y / REDUCED).astype(int), (x / REDUCED).astype(int)] = False
        away = ndi.distance_transform_edt(line).astype(np.float32) * REDUCED
        truth = ndi.zoom(away, REDUCED, order=1) <= half
        image = paint(truth, np.random.default_rng(0))
        started = perf_counter()
        framed = sw.FramedPlane(predictor, sw.PlaneSource(image, "YX"))
        middle = int(at * (len(along) - 1))
        mask = framed.decode(sw.Prompts(points=[(y[middle], x[middle])])).masks[0]
        seconds = perf_counter() - started
        shared = int((mask.cut(mask.roi) & truth[mask.roi.slices]).sum())
        iou = shared / (mask.area + int(truth.sum()) - shared)
        print(
            f"{length} px long, {2 * half} wide, waves of {height} px, clicked at {at}: "
            f"IoU {iou:.2f}, {seconds:.1f} s",
            flush=True,
        )


def plane(predictor: sw.Predictor, folder: Path) -> None:
    image = zarr.create_array(
        str(folder / "plane.zarr"),
        shape=(PLANE_PX, PLANE_PX),
        chunks=(CHUNK_PX, CHUNK_PX),
        dtype="uint8",
        fill_value=GROUND,
    )
    along = np.linspace(0, 1, 4000)
    points = np.stack([20_000 + 900 * np.sin(along * 9), 12_000 + 6_400 * along], 1)
    tree, rng, truth = cKDTree(points), np.random.default_rng(0), {}
    reach = HALF_WIDTH_PX + CHUNK_PX
    for y in range(0, PLANE_PX, CHUNK_PX):
        for x in range(0, PLANE_PX, CHUNK_PX):
            if tree.query((y + CHUNK_PX / 2, x + CHUNK_PX / 2))[0] > reach:
                continue
            rows, columns = np.mgrid[y : y + CHUNK_PX, x : x + CHUNK_PX]
            near = tree.query(np.c_[rows.ravel(), columns.ravel()])[0].reshape(rows.shape)
            truth[y, x] = near <= HALF_WIDTH_PX
            image[y : y + CHUNK_PX, x : x + CHUNK_PX] = paint(truth[y, x], rng)
    started = perf_counter()
    framed = sw.FramedPlane(predictor, sw.PlaneSource(image, "YX"))
    mask = framed.decode(sw.Prompts(points=[points[2000]])).masks[0]
    seconds = perf_counter() - started
    shared = 0
    for (y, x), part in truth.items():
        common = Roi((y, x), (CHUNK_PX, CHUNK_PX)).intersect(mask.roi)
        if not common.is_empty:
            shared += int((mask.cut(common) & part[common.shift((-y, -x)).slices]).sum())
    whole = sum(int(part.sum()) for part in truth.values())
    iou = shared / (mask.area + whole - shared)
    print(f"8 000 px long on {PLANE_PX} x {PLANE_PX}: IoU {iou:.2f}, {seconds:.1f} s")


def main() -> None:
    predictor = sw.Predictor("nano")
    pictures(predictor)
    if "--bands" in sys.argv[1:]:
        bands(predictor)
    if "--plane" in sys.argv[1:]:
        with tempfile.TemporaryDirectory() as folder:
            plane(predictor, Path(folder))


if __name__ == "__main__":
    main()
