"""The kinds of scene, and the one function that makes them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray
from skimage.measure import label as connected_components

from napari_samwise.learn.scenes import anatomy, cells, materials, tissue
from napari_samwise.learn.scenes.optics import expose
from napari_samwise.learn.scenes.shapes import Canvas

#: Kind of scene -> (painter, share among random scenes).
SCENE_KINDS: Mapping[str, tuple[Callable[[np.random.Generator, int], Canvas], float]] = (
    MappingProxyType(
        {
            "nuclei": (cells.nuclei, 0.20),
            "rods": (cells.rods, 0.08),
            "phase_contrast": (cells.phase_contrast, 0.11),
            "yeast": (cells.yeast, 0.07),
            "membranes": (tissue.membranes, 0.14),
            "stained_section": (tissue.stained_section, 0.08),
            "organs": (anatomy.organs, 0.08),
            "vessels": (anatomy.vessels, 0.03),
            "organelles": (materials.organelles, 0.08),
            "pores": (materials.pores, 0.05),
            "grains": (materials.grains, 0.03),
            "dead_leaves": (materials.dead_leaves, 0.05),
        }
    )
)

_SMALLEST_AREA = 16


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """A synthetic picture and its truth.

    Parameters
    ----------
    image : ndarray
        `(Y, X, 3)` uint8.
    labels : ndarray
        `(Y, X)` int32, one connected region a label, 0 is background.
    classes : mapping of int to str
        A word for every label.
    kind : str
        Key of ``SCENE_KINDS``.
    """

    image: NDArray[np.uint8]
    labels: NDArray[np.int32]
    classes: Mapping[int, str]
    kind: str


def make_scene(seed: int, size: int = 256, kind: str | None = None) -> Scene:
    """Paint one scene.

    Parameters
    ----------
    seed : int
        The same seed, size and kind give the same scene, bit for bit.
    size : int
        Side in pixels.
    kind : str, optional
        One of ``SCENE_KINDS``; by default drawn at random by their shares.

    Returns
    -------
    Scene
        With at least one object.

    Raises
    ------
    KeyError
        If the kind is unknown.
    """
    rng = np.random.default_rng(seed)
    while True:
        shares = np.array([share for _, share in SCENE_KINDS.values()])
        drawn = str(rng.choice(list(SCENE_KINDS), p=shares / shares.sum()))
        chosen = kind if kind is not None else drawn
        canvas = SCENE_KINDS[chosen][0](rng, size)
        image = expose(rng, canvas.image)
        labels, classes = _connected(canvas)
        if classes:
            return Scene(image, labels, classes, chosen)


def _connected(canvas: Canvas) -> tuple[NDArray[np.int32], dict[int, str]]:
    """Give every connected piece an id of its own; drop specks."""
    pieces = connected_components(canvas.labels, background=0, connectivity=1)
    count = np.bincount(pieces.ravel())
    origin = np.zeros(len(count), np.int32)
    origin[pieces] = canvas.labels  # of one piece all pixels have the same label
    kept = (count >= _SMALLEST_AREA) & (origin > 0)
    renumber = np.where(kept, np.cumsum(kept), 0).astype(np.int32)
    classes = {
        int(renumber[piece]): canvas.classes[int(origin[piece])] for piece in np.nonzero(kept)[0]
    }
    return renumber[pieces], classes
