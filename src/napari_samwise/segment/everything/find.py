"""The candidates of one plane in memory: decoded once, and filtered as often as one likes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from numpy.typing import NDArray

from napari_samwise.intensity import Intensity
from napari_samwise.predictor.predictor import Predictor
from napari_samwise.segment.everything.candidate_store import MemoryStore
from napari_samwise.segment.everything.candidates import Candidates
from napari_samwise.segment.everything.defaults import default_options
from napari_samwise.segment.everything.options import EverythingOptions
from napari_samwise.segment.everything.run import search_view
from napari_samwise.segment.everything.view import WholeView


def find_candidates(
    plane: NDArray[Any],
    predictor: Predictor,
    *,
    intensity: Intensity | str = "auto",
    options: EverythingOptions | None = None,
    progress: Callable[[int, int], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> Candidates:
    """Decode clicks all over one plane and keep the masks that reach the thresholds.

    Give low thresholds to try higher ones with ``filter_candidates`` later. A mask is judged by
    its predicted IoU and its stability before it is upscaled, and kept in its box.

    Parameters
    ----------
    plane : ndarray
        `(Y, X)`, `(Y, X, 3)` or `(Y, X, 4)` of any real dtype.
    predictor : Predictor
        Encodes the plane, and its crops if there are any.
    intensity : Intensity or str
        How values become 8 bits; give a resolved one for equal treatment of planes and crops.
    options : EverythingOptions, optional
        By default what suits the model (``default_options``).
    progress : callable, optional
        Called with (done, total).
    should_stop : callable, optional
        Asked before each crop is encoded and each batch decoded.

    Raises
    ------
    ImageError
        If this is no plane.
    InputError
        If crops became too small.
    Cancelled
        If ``should_stop`` returned True.
    """
    chosen = default_options(predictor.model) if options is None else options
    view = WholeView(predictor, plane, intensity, chosen.search)
    store = MemoryStore()
    search_view(view, predictor.model, chosen, store, progress=progress, should_stop=should_stop)
    parts = tuple(store.get(index) for index in range(len(view.parts)))
    return Candidates(view.plane_size, parts, view.part_areas, chosen)
