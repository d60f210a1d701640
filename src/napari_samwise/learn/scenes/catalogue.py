"""The kinds of scene, and the one function that makes them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

import numpy as np
import torch
from numpy.typing import NDArray
from skimage.measure import label as connected_components

from napari_samwise.learn.scenes import (
    bacteria,
    blood,
    brightfield,
    electron,
    filaments,
    fluorescence,
    histology,
    living,
    materials,
    membranes,
    natural,
    phase,
    radiograph,
    resonance,
    shapes,
    tomography,
)
from napari_samwise.learn.scenes.canvas import Canvas, Painter, Scene
from napari_samwise.learn.scenes.draw import Draw
from napari_samwise.learn.scenes.optics import expose

#: Share of a family among random scenes; its kinds have equal parts of it, but for the frequent.
_FAMILIES: tuple[tuple[Mapping[str, Painter], float], ...] = (
    (fluorescence.KINDS, 0.1),
    (phase.KINDS, 0.07),
    (bacteria.KINDS, 0.14),
    (brightfield.KINDS, 0.04),
    (histology.KINDS, 0.06),
    (blood.KINDS, 0.025),
    (electron.KINDS, 0.045),
    (membranes.KINDS, 0.05),
    (filaments.KINDS, 0.03),
    (tomography.KINDS, 0.1),
    (resonance.KINDS, 0.09),
    (radiograph.KINDS, 0.08),
    (natural.KINDS, 0.05),
    (living.KINDS, 0.02),
    (materials.KINDS, 0.035),
    (shapes.KINDS, 0.065),
)

#: How many parts of its family a kind gets that is harder, or more often met, than the others.
_FREQUENT: Mapping[str, int] = MappingProxyType({"bacterial_colonies": 3})


def _shares() -> Iterator[tuple[str, tuple[Painter, float]]]:
    for kinds, share in _FAMILIES:
        parts = {kind: _FREQUENT.get(kind, 1) for kind in kinds}
        for kind, painter in kinds.items():
            yield kind, (painter, share * parts[kind] / sum(parts.values()))


#: Kind of scene -> (painter, share among random scenes).
SCENE_KINDS: Mapping[str, tuple[Painter, float]] = MappingProxyType(dict(_shares()))

_SMALLEST_AREA = 16


def make_scene(
    seed: int, size: int = 256, kind: str | None = None, device: str | torch.device = "cpu"
) -> Scene:
    """Paint one scene.

    Parameters
    ----------
    seed : int
        The same seed, size, kind and device give the same scene, bit for bit; another device the
        same up to rounding.
    size : int
        Side in pixels.
    kind : str, optional
        One of ``SCENE_KINDS``; by default drawn at random by their shares.
    device : str or torch.device
        Where it is painted.

    Returns
    -------
    Scene
        With at least one object.

    Raises
    ------
    KeyError
        If the kind is unknown.
    """
    draw = Draw(seed, device)
    while True:
        drawn = draw.pick(list(SCENE_KINDS), [share for _, share in SCENE_KINDS.values()])
        chosen = kind if kind is not None else drawn
        canvas = SCENE_KINDS[chosen][0](draw, size)
        labels, classes = _connected(canvas)
        if classes:
            return Scene(expose(draw, canvas.image), labels, classes, chosen)


def _connected(canvas: Canvas) -> tuple[NDArray[np.int32], dict[int, str]]:
    """Give every connected piece an id of its own; drop specks."""
    labels = canvas.labels.cpu().numpy()
    pieces = connected_components(labels, background=0, connectivity=1)
    count = np.bincount(pieces.ravel())
    origin = np.zeros(len(count), np.int32)
    origin[pieces] = labels  # of one piece all pixels have the same label
    kept = (count >= _SMALLEST_AREA) & (origin > 0)
    renumber = np.where(kept, np.cumsum(kept), 0).astype(np.int32)
    classes = {
        int(renumber[piece]): canvas.classes[int(origin[piece])] for piece in np.nonzero(kept)[0]
    }
    return renumber[pieces], classes
