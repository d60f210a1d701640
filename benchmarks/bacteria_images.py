"""Labelled bacteria, see package_images.py."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import tifffile
from numpy.typing import NDArray
from package_images import Labels, Plane, Source, objects, pieces
from packages import BACLCT, COLICOORDS, DELTA, DIVISUALISATION, OMNIPOSE
from skimage.io import imread
from skimage.measure import label as connected_components


def bacteria(cache: Path) -> Iterator[Plane]:
    folder = OMNIPOSE.fetch(cache)
    for path in sorted(folder.glob("*.*")):
        (truth,) = (folder / "masks").glob(f"{path.stem}_cp_masks.*")
        image = imread(path)
        image = image[..., :3] if image.ndim == 3 else image
        yield path.stem, image, pieces(imread(truth))


def strewn(channel: str) -> Source:
    def read(cache: Path) -> Iterator[Plane]:
        folder = COLICOORDS.fetch(cache)
        for path in sorted((folder / channel).glob("*.tif")):
            truth = folder / "binary" / f"{path.stem}_Probabilities_filtered.tif"
            yield path.stem, tifffile.imread(path), pieces(tifffile.imread(truth))

    return read


def microcolony(cache: Path) -> Iterator[Plane]:
    folder = DIVISUALISATION.fetch(cache)
    for t in (20, 30, 38, 45, 52):
        image = tifffile.imread(folder / "img" / f"t{t:06d}.tif")
        yield f"t{t}", image, objects(tifffile.imread(folder / "TRA" / f"man_track{t:06d}.tif"))


def colony(cache: Path) -> tuple[NDArray[Any], Labels, Path]:
    """Return the whole movie, its labels with an id a cell, and the table of who is whose."""
    folder = DIVISUALISATION.fetch(cache)
    images, labels = (
        np.stack([tifffile.imread(path) for path in sorted(folder.glob(pattern))])
        for pattern in ("img/t*.tif", "TRA/man_track*.tif")
    )
    return images, labels, folder / "TRA" / "man_track.txt"


def spores(cache: Path) -> Iterator[Plane]:
    folder = BACLCT.fetch(cache)
    image, labels = (tifffile.imread(folder / f"sample_{name}.tif") for name in ("images", "masks"))
    for t, plane in enumerate(image):
        yield f"t{t}", plane, objects(labels[t])


def mother_machine(cache: Path) -> Iterator[Plane]:
    folder = DELTA.fetch(cache)
    for t in (0, 4, 9):
        image = tifffile.imread(folder / f"Position01Channel01Frames{t + 1:06d}.tif")
        known = tifffile.imread(folder / "expected_results" / f"labels_{t:03d}.tif")
        # Every chamber counts its cells anew: a label is a cell in each.
        apart = np.stack([known == label for label in np.unique(known)[1:]])
        yield f"t{t}", image, objects(connected_components(apart, connectivity=1).max(0), 20)
