"""What is known of a committed object."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SegmentedObject:
    """One committed object: its label id, area in pixels, predicted IoU, and model's name."""

    id: int
    area: int
    predicted_iou: float
    model: str
