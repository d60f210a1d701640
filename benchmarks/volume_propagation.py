"""One click on the middle slice of an object, against a click on every slice of it.

python benchmarks/volume_propagation.py FOLDER [--only NAME] [--objects 20] [--model nano]

FOLDER holds pairs NAME_image.tif and NAME_labels.tif of volumes with the axes ZYX, in it or in
folders within. Every click is the deepest point of the object's true outline on that slice. What
is compared is the three-dimensional Dice of carrying one click through the volume with that of
clicking on every slice on which the object truly is: the second is told where the object ends, so
it bounds the first from above as far as the model follows a click.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import tifffile
from numpy.typing import NDArray
from scipy import ndimage as ndi

from napari_samwise import Predictor, Prompts, load_model, segment, segment_volume
from napari_samwise.geometry.axes import parse_axes
from napari_samwise.intensity import resolve_intensity
from napari_samwise.io.read import read_image

LEAST_SLICES, LEAST_VOXELS = 3, 60


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--only", default="", help="part of the names of the volumes to use")
    parser.add_argument("--objects", type=int, help="at most so many of a volume, drawn at random")
    parser.add_argument("--model", default="nano")
    arguments = parser.parse_args()

    predictor = Predictor(load_model(arguments.model))
    print("| volume | objects | one click | a click a slice | ratio | extent, slices |")
    print("|---|---|---|---|---|---|")
    for image_path, truth in find_volumes(arguments.folder, arguments.only):
        rows = measure(image_path, truth, predictor, arguments.objects)
        carried, clicked, too_long = (np.mean(column) for column in zip(*rows, strict=True))
        name = image_path.name.removesuffix("_image.tif")
        print(
            f"| {name} | {len(rows)} | {carried:.3f} | {clicked:.3f} | {carried / clicked:.2f} "
            f"| {too_long:+.1f} |",
            flush=True,
        )


def find_volumes(folder: Path, part: str) -> Iterator[tuple[Path, NDArray[np.integer]]]:
    """Yield an image's path and its labels for every labelled volume."""
    for labels_path in sorted(folder.rglob("*_labels.tif")):
        image_path = labels_path.with_name(labels_path.name.replace("_labels", "_image"))
        if part not in str(labels_path.relative_to(folder)) or not image_path.exists():
            continue
        truth = tifffile.imread(labels_path)
        if truth.ndim == 3 and tifffile.imread(image_path).shape == truth.shape:
            yield image_path, truth


def measure(
    image_path: Path, truth: NDArray[np.integer], predictor: Predictor, most: int | None
) -> list[tuple[float, float, float]]:
    """Return of every object both Dice scores, and by how many slices it was found too long."""
    file = read_image(image_path, "ZYX")
    intensity = resolve_intensity(file.data, "auto", rgb=False, axes=parse_axes("ZYX"))
    ids = [int(label) for label in np.unique(truth) if label]
    np.random.default_rng(0).shuffle(ids)
    rows: list[tuple[float, float, float]] = []
    for label in ids:
        true = truth == label
        slices = np.flatnonzero(true.any(axis=(1, 2)))
        if len(slices) < LEAST_SLICES or true.sum() < LEAST_VOXELS:
            continue
        if len(rows) == most:
            break
        clicks = [(int(z), *deepest(true[z])) for z in slices]
        known = {"model": predictor, "axes": "ZYX", "intensity": intensity}
        middle = Prompts([clicks[len(clicks) // 2]])
        carried = segment_volume(file.data, {1: middle}, scale=file.scale, **known).labels > 0
        clicked = segment(file.data, {1: Prompts(clicks)}, **known) > 0
        extent = int(carried.any(axis=(1, 2)).sum()) - len(slices)
        rows.append((dice(carried, true), dice(clicked, true), extent))
    return rows


def deepest(mask: NDArray[np.bool_]) -> tuple[int, int]:
    """Return the (y, x) farthest from the outline."""
    depth = ndi.distance_transform_edt(np.pad(mask, 1))[1:-1, 1:-1]
    y, x = np.unravel_index(int(depth.argmax()), depth.shape)
    return int(y), int(x)


def dice(a: NDArray[np.bool_], b: NDArray[np.bool_]) -> float:
    """Return twice the intersection over the sum of both."""
    return 2 * float((a & b).sum()) / float(a.sum() + b.sum())


if __name__ == "__main__":
    main()
