"""Labelled images that Python packages carry for their own tests, read as pairs.

The images stay on your disk: some of their licences forbid commercial use. Labels are as the
packages have them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import tifffile
from numpy.typing import NDArray
from skimage.measure import label as connected_components
from skimage.segmentation import relabel_sequential

LEAST_PX = 60
Labels = NDArray[np.uint16]
Plane = tuple[str, NDArray[Any], Labels]
Volume = tuple[NDArray[Any], NDArray[Any]]
Source = Callable[[Path], Iterator[Plane]]


def slices(name: str, image: NDArray[Any], labels: NDArray[Any], every: int) -> Iterator[Plane]:
    """Yield every so many planes that show enough, each connected piece an object."""
    shown = np.flatnonzero((labels > 0).sum((1, 2)) >= LEAST_PX)
    for z in shown[::every]:
        yield f"{name}{z}", image[z], pieces(labels[z])


def pieces(labels: NDArray[Any]) -> Labels:
    """Give every connected piece of a label an id of its own; drop specks."""
    parts = connected_components(labels.astype(np.int64), background=0, connectivity=1)
    parts[(np.bincount(parts.ravel()) < LEAST_PX / 2)[parts]] = 0
    return np.asarray(parts, np.uint16)


def objects(labels: NDArray[Any], least: int = LEAST_PX // 2) -> Labels:
    """Keep every label as one object, in pieces or not; drop specks and number the rest anew."""
    known = labels.astype(np.int64)
    large = np.bincount(known.ravel()) >= least
    return np.asarray(relabel_sequential(np.where(large[known], known, 0))[0], np.uint16)


def write_pair(folder: Path, name: str, image: NDArray[Any], labels: Labels) -> int:
    """Write an image and its labels; return how many objects it has."""
    folder.mkdir(parents=True, exist_ok=True)
    tifffile.imwrite(folder / f"{name}_image.tif", np.ascontiguousarray(image))
    tifffile.imwrite(folder / f"{name}_labels.tif", labels)
    return len(np.unique(labels)) - 1


def write_sources(sources: Mapping[str, Source], target: Path, cache: Path) -> None:
    """Write every source to a folder of its own and tell how much there is."""
    for name, read in sources.items():
        counts = [write_pair(target / name, *plane) for plane in read(cache)]
        print(f"{name}: {len(counts)} planes, {sum(counts)} objects")
