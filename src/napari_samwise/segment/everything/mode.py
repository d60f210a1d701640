"""How objects are looked for: by the model's own seeds, on a grid, or by distances."""

from __future__ import annotations

from napari_samwise.model.base import SegmentationModel
from napari_samwise.segment.everything.options import Search


def uses_distances(model: SegmentationModel, search: Search) -> bool:
    """Tell whether a model's instance decoder is asked, and not its prompt decoder.

    Left to ``"auto"``, it is wherever there is one and nothing was said about clicks or crops.
    A model that has none refuses where the mode is named.
    """
    return search.may_ask_distances and (model.has_distances or search.mode == "distances")


def uses_seeds(model: SegmentationModel, search: Search) -> bool:
    """Tell whether clicks go where the model sees objects, and not on a grid."""
    if search.mode == "auto":
        return model.has_seeds and search.points_per_side is None
    return search.mode == "seeds"
