from __future__ import annotations

import pytest
import torch

from napari_samwise.weights.names import published_names

TENSORS = {"mask_decoder.iou_token.weight": torch.ones(1), "image_encoder.x": torch.zeros(2)}


@pytest.mark.parametrize(
    "prefix", ["", "sam.", "module.", "model.", "module.sam.", "_orig_mod.model."]
)
def test_what_wraps_every_name_is_taken_off(prefix):
    weights = published_names({prefix + name: tensor for name, tensor in TENSORS.items()})
    assert weights.tensors.keys() == TENSORS.keys()


def test_a_prefix_of_some_names_only_is_part_of_them():
    weights = published_names({"sam.a": torch.ones(1), "other.a": torch.zeros(1)})
    assert weights.tensors.keys() == {"sam.a", "other.a"}


def test_derived_constants_are_left_out():
    extra = {
        "pixel_mean": torch.ones(3, 1, 1),
        "pixel_std": torch.ones(3, 1, 1),
        "image_encoder.layers.1.blocks.0.attn.attention_bias_idxs": torch.zeros(4, 4),
    }
    assert published_names({**TENSORS, **extra}).tensors.keys() == TENSORS.keys()


def test_no_tensors_at_all_stay_none():
    assert published_names({}).tensors == {}
