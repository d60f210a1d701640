"""Shared by the tests of planes in frames: a model that sees little at a time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from napari_samwise.prompts import Prompts


@pytest.fixture
def frame_model(tiny_model_class: Any) -> Any:
    """By brightness, in frames of 64 pixels; its masks are those of what the frame shows."""

    class FrameModel(tiny_model_class):  # type: ignore[misc]
        whole_px, frame_px, top_px, room_px, span_px = 64, 64, 64, 32, 32
        steps: list[int]

        def __init__(self) -> None:
            super().__init__()
            self.steps = []

        def encode_frame(self, picture: np.ndarray, step: int) -> dict[str, Tensor]:
            self.steps.append(step)
            return {**super().encode_frame(picture, step), "step": torch.tensor([step])}

        def decode(
            self,
            features: Mapping[str, Tensor],
            image_size: tuple[int, int],
            prompts: Prompts,
            **options: Any,
        ) -> Any:
            step = int(features["step"])
            box = prompts.box
            seen = prompts.replace(
                points=prompts.points / step, box=None if box is None else box / step
            )
            decoded = super().decode(features, image_size, seen, **options)
            full = decoded.masks.repeat_interleave(step, 1).repeat_interleave(step, 2)
            cut = full[:, : image_size[0], : image_size[1]]
            return type(decoded)(decoded.low_res_logits, decoded.predicted_iou, cut)

    return FrameModel()
