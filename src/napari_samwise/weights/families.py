"""The kinds of networks that weights can belong to: one row each, and the only such place."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from napari_samwise.errors import CheckpointError
from napari_samwise.model.base import SegmentationModel
from napari_samwise.model.build import build_sam
from napari_samwise.model.nano import Nano
from napari_samwise.model.nano_encoder import NanoConfig
from napari_samwise.weights.architecture import recognise
from napari_samwise.weights.names import Weights


@dataclass(frozen=True, slots=True)
class Family:
    """A kind of network, told by the names of its tensors.

    Parameters
    ----------
    name : str
        For messages.
    marker : str
        The published name of a tensor that every network of this kind has and no other.
    build : callable
        From weights of this kind to a network of their dimensions, the numbers not filled in.
    """

    name: str
    marker: str
    build: Callable[[Weights], SegmentationModel]


def _build_sam(weights: Weights) -> SegmentationModel:
    return build_sam(recognise(weights))


def _build_nano(weights: Weights) -> SegmentationModel:
    return Nano(NanoConfig.from_state_dict(weights.tensors))


FAMILIES = (
    Family("Segment Anything", "mask_decoder.iou_token.weight", _build_sam),
    Family("nano", "decoder.position_matrix", _build_nano),
)


def find_family(weights: Weights) -> Family:
    """Tell which kind of network weights belong to.

    Raises
    ------
    CheckpointError
        They belong to none that is known here.
    """
    for family in FAMILIES:
        if family.marker in weights.tensors:
            return family
    first = min(weights.tensors, default="none")
    raise CheckpointError(
        f"The weights are of an unknown network, with tensors such as {first}; give a checkpoint "
        "of Segment Anything, MobileSAM or one fine-tuned from them."
    )
