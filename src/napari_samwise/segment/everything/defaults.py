"""Which thresholds suit which model."""

from __future__ import annotations

from napari_samwise.model.base import SegmentationModel
from napari_samwise.segment.everything.options import EverythingOptions

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
    if model.name in _FINE_TUNED:
        predicted_iou, stability = _FINE_TUNED[model.name]
        return EverythingOptions(predicted_iou=predicted_iou, stability=stability)
    return EverythingOptions()
