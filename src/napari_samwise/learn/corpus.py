"""Labelled real images, plane by plane."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from glob import glob
from pathlib import Path
from typing import Any

import numpy as np
import tifffile
from numpy.typing import NDArray
from skimage import measure

from napari_samwise.errors import ImageError, InputError
from napari_samwise.intensity import resolve_intensity
from napari_samwise.label_ids import as_int32
from napari_samwise.learn.split import Part, Split, fixed_split

_LABELS_SUFFIX = "_labels.tif"
_SPECK_PX = 64
"""Parts of a class that are smaller are noise of whoever drew it, not objects."""


@dataclass(frozen=True, slots=True, eq=False)
class LabelledPlane:
    """One plane of a labelled image.

    Parameters
    ----------
    name : str
        ``folder/image`` and, in a stack, ``:plane``.
    source : str
        The folder, one source of data.
    image : ndarray
        `(Y, X, 3)` uint8, after the ``auto`` intensity of the whole image or volume.
    labels : ndarray
        `(Y, X)` int32, 0 is background.
    scored : frozenset of int, optional
        The ids that may be scored; None means all.
    """

    name: str
    source: str
    image: NDArray[np.uint8]
    labels: NDArray[np.int32]
    scored: frozenset[int] | None = None


def read_pair(root: Path, name: str) -> tuple[NDArray[Any], NDArray[np.int32]]:
    """Read ``NAME_image.tif`` and ``NAME_labels.tif``.

    Parameters
    ----------
    root : Path
        Folder with one folder a source.
    name : str
        ``folder/image``.

    Returns
    -------
    image : ndarray
        `(Y, X)` or `(Z, Y, X)`, with a last axis for colour if there is one, of any dtype.
    labels : ndarray
        `(Y, X)` or `(Z, Y, X)` int32, 0 is background.

    Raises
    ------
    ImageError
        If either file is missing or unreadable, or the two do not fit together.
    """
    image = _read(root / f"{name}_image.tif")
    labels = _read(root / f"{name}{_LABELS_SUFFIX}")
    if image.shape[: labels.ndim] != labels.shape or labels.ndim not in (2, 3):
        raise ImageError(
            f"{name}: the image has shape {image.shape} and the labels {labels.shape}; labels "
            "must be (Y, X) or (Z, Y, X) and fit the image."
        )
    try:
        return image, as_int32(labels)
    except InputError as error:
        raise ImageError(f"{name}: {error}") from error


def planes(root: Path, part: Part, every: int = 1) -> Iterator[LabelledPlane]:
    """Yield the planes of one part of the fixed split.

    Of the held-back planes of a divided volume, only objects that no training plane shows are
    scored. Where labels are classes, every connected part of a class on a plane is an object,
    unless it is a speck.

    Parameters
    ----------
    root : Path
        Folder with one folder a source.
    part : {"train", "held_back"}
        Which side of the split.
    every : int
        In stacks take every so many planes.

    Raises
    ------
    ImageError
        If an image of the split is missing or unreadable.
    """
    split = fixed_split()
    for name in split.train if part == "train" else split.held_back:
        image, labels = read_pair(root, name)
        if name in split.regions:
            labels = _connected_parts(labels)
        yield from _planes_of(name, image, labels, range(0, _depth(labels), every))
    yield from _divided_planes(root, split, part, every)


def all_planes(root: Path, every: int = 1) -> Iterator[LabelledPlane]:
    """Yield the planes of every pair below a folder, whatever the split says.

    Parameters
    ----------
    root : Path
        Folder with ``NAME_image.tif`` and ``NAME_labels.tif``, or with folders of such pairs, which
        may be links to them.
    every : int
        In stacks take every so many planes.

    Raises
    ------
    ImageError
        If there is no pair, or one is unreadable.
    """
    # Unlike Path.rglob it goes into folders that are links.
    found = glob(f"**/*{_LABELS_SUFFIX}", root_dir=root, recursive=True)
    names = sorted(Path(path).as_posix().removesuffix(_LABELS_SUFFIX) for path in found)
    if not names:
        raise ImageError(
            f"{root} holds no labelled images; give a folder with pairs NAME_image.tif and "
            f"NAME{_LABELS_SUFFIX}."
        )
    for name in names:
        image, labels = read_pair(root, name)
        yield from _planes_of(name, image, labels, range(0, _depth(labels), every))


def training_planes(data: Path | None, more: Path | None = None) -> Iterator[LabelledPlane]:
    """Yield what trains: the training part of the split, and every image of another folder.

    Parameters
    ----------
    data : Path, optional
        Folder with the labelled images of the split.
    more : Path, optional
        Folder with further pairs, see ``all_planes``.

    Raises
    ------
    ImageError
        If an image of the split is missing, ``more`` holds no pair, or one is unreadable.
    """
    if data is not None:
        yield from planes(data, "train")
    if more is not None:
        yield from all_planes(more)


def _divided_planes(root: Path, split: Split, part: Part, every: int) -> Iterator[LabelledPlane]:
    for name, border in split.divided.items():
        image, labels = read_pair(root, name)
        if part == "train":
            yield from _planes_of(name, image, labels, range(0, border, every))
            continue
        unseen = np.setdiff1d(labels[border:], labels[:border])
        chosen = range(border, len(labels), every)
        yield from _planes_of(name, image, labels, chosen, frozenset(unseen.tolist()))


def _planes_of(
    name: str,
    image: NDArray[Any],
    labels: NDArray[np.int32],
    chosen: range,
    scored: frozenset[int] | None = None,
) -> Iterator[LabelledPlane]:
    intensity = resolve_intensity(image, rgb=image.ndim == labels.ndim + 1)
    source = name.rpartition("/")[0] or "."
    if labels.ndim == 2:
        yield LabelledPlane(name, source, intensity.apply(image), labels, scored)
        return
    for index in chosen:
        plane = intensity.apply(image[index])
        yield LabelledPlane(f"{name}:{index}", source, plane, labels[index], scored)


def _connected_parts(classes: NDArray[np.int32]) -> NDArray[np.int32]:
    """Return the connected parts of every class, plane by plane; specks become background."""
    if classes.ndim == 3:
        return np.stack([_connected_parts(plane) for plane in classes])
    parts: NDArray[np.int32] = measure.label(classes, connectivity=1).astype(np.int32)
    areas = np.bincount(parts.ravel())
    return np.where(areas[parts] < _SPECK_PX, 0, parts).astype(np.int32)


def _depth(labels: NDArray[np.int32]) -> int:
    return len(labels) if labels.ndim == 3 else 1


def _read(path: Path) -> NDArray[Any]:
    if not path.is_file():
        raise ImageError(f"{path} does not exist; labelled images come in pairs with their labels.")
    try:
        return np.asarray(tifffile.imread(path))
    except (OSError, ValueError) as error:
        reason = " ".join(str(error).split())
        raise ImageError(f"{path} is no readable TIFF ({reason}); save it again.") from error
