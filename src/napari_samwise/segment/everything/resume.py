"""Going on where an interrupted run was, and only if it was the same run."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from napari_samwise.atomic import replacing
from napari_samwise.errors import InputError
from napari_samwise.geometry.axes import Axes
from napari_samwise.geometry.cut import cut_plane
from napari_samwise.geometry.roi import Roi
from napari_samwise.intensity import Intensity
from napari_samwise.predictor.content_key import identity_of
from napari_samwise.predictor.predictor import Predictor
from napari_samwise.segment.everything.options import EverythingOptions
from napari_samwise.segment.planes import Position

_HEADER = "header.json"
_PROBE_PX = 256
_VERSION = 1


def claim(folder: Path, digest: str) -> None:
    """Make a folder that of one run, or check that it is.

    Raises
    ------
    InputError
        If the parts in it are those of another run.
    """
    header = folder / _HEADER
    if not header.exists():
        folder.mkdir(parents=True, exist_ok=True)
        with replacing(header) as temporary:
            temporary.write_text(json.dumps({"run": digest}), "utf-8")
        return
    if json.loads(header.read_text("utf-8")).get("run") != digest:
        raise InputError(
            f"'{folder}' holds parts of a run with another image, model, intensity, frame size or "
            "options; remove it to begin anew."
        )


def run_digest(
    image: Any,
    axes: Axes,
    positions: Sequence[Position],
    predictor: Predictor,
    intensity: Intensity,
    options: EverythingOptions,
    frame_px: int | None,
) -> str:
    """Return a digest of all that the labels depend on; of the pixels, some in two planes.

    Parameters
    ----------
    image : array-like
        The image.
    axes : Axes
        Names of its axes.
    positions : sequence of tuple of int
        Its planes.
    predictor : Predictor
        Its model counts.
    intensity : Intensity
        How values become 8 bits.
    options : EverythingOptions
        Where to click and what to keep.
    frame_px : int or None
        Side of the frames.
    """
    model = predictor.model
    told = (
        _VERSION,
        tuple(image.shape),
        str(image.dtype),
        axes.names,
        identity_of(model),
        model.preprocessing,
        str(model.precision),
        intensity.token,
        options,
        frame_px,
    )
    state = hashlib.blake2b(repr(told).encode(), digest_size=20)
    extents = axes.spatial_shape(image.shape)
    plane = Roi((0, 0), tuple(extents[axis] for axis in axes.plane))
    middle = [(side - _PROBE_PX) // 2 for side in plane.shape]
    probe = Roi((middle[0], middle[1]), (_PROBE_PX, _PROBE_PX)).intersect(plane)
    for position in positions[:: max(1, len(positions) - 1)]:
        state.update(np.ascontiguousarray(cut_plane(image, axes, position, probe)).tobytes())
    return state.hexdigest()
