"""Which thresholds suit which model."""

from __future__ import annotations

from dataclasses import replace

from napari_samwise.model.base import SegmentationModel
from napari_samwise.segment.everything.options import EverythingOptions
from napari_samwise.segment.everything.watershed import WatershedOptions

# Predicted IoU and stability. Fine-tuned networks promise less than SAM does; the numbers are
# those of micro-sam's annotator (AMG_SETTINGS).
_FINE_TUNED = {
    "vit_t_lm": (0.6, 0.65),
    "vit_b_lm": (0.65, 0.7),
    "vit_l_lm": (0.65, 0.73),
    "vit_t_em_organelles": (0.75, 0.75),
    "vit_b_em_organelles": (0.75, 0.75),
    "vit_l_em_organelles": (0.8, 0.8),
}

# Centre, boundary and smoothing of distances, again those of micro-sam's annotator.
_DISTANCES = {
    "vit_t_lm": (0.5, 0.5, 2.0),
    "vit_b_lm": (0.4, 0.5, 2.0),
    "vit_l_lm": (0.4, 0.4, 1.6),
    "vit_t_em_organelles": (0.4, 0.5, 1.2),
    "vit_b_em_organelles": (0.3, 0.4, 1.2),
    "vit_l_em_organelles": (0.3, 0.4, 1.2),
}
_DISTANCES_MIN_AREA = 100

_SEEDED = EverythingOptions(
    predicted_iou=0.4, stability=0.3, nms_iou=0.5, overlap_of="mask", min_area=16
)


def default_options(model: SegmentationModel) -> EverythingOptions:
    """Return the options that suit a model.

    Parameters
    ----------
    model : SegmentationModel
        A network with seeds of its own (``nano``), one fine-tuned by micro-sam, known by its
        name, or any other, which gets the numbers of the paper.

    Returns
    -------
    EverythingOptions
        Change single ones with ``dataclasses.replace``.
    """
    if model.has_seeds:
        return _SEEDED
    if model.name not in _FINE_TUNED:
        return EverythingOptions()
    predicted_iou, stability = _FINE_TUNED[model.name]
    options = EverythingOptions(predicted_iou=predicted_iou, stability=stability)
    if not model.has_distances:
        return options
    centre, boundary, smoothing = _DISTANCES[model.name]
    watershed = WatershedOptions(centre, boundary, distance_smoothing=smoothing)
    return replace(options, min_area=_DISTANCES_MIN_AREA, watershed=watershed)
