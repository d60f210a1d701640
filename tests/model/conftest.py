"""A small SAM with the official code's weights, and the numbers that code gave."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from napari_samwise.model.build import build_sam
from napari_samwise.model.config import DecoderConfig, SamConfig, TinyViTConfig, ViTConfig
from napari_samwise.model.sam import Sam
from napari_samwise.model.tiny_vit import TinyViT

DATA = Path(__file__).parents[1] / "data"

SMALL_CONFIG = SamConfig(
    "small",
    ViTConfig(embed_dim=48, depth=3, num_heads=3, global_blocks=(2,), window_size=6),
    DecoderConfig(num_heads=4, mlp_dim=64, iou_head_dim=32),
    model_size=256,
    embedding_dim=32,
    mask_channels=8,
)


SMALL_TINY_VIT_CONFIG = TinyViTConfig(
    embed_dims=(16, 32, 40, 320), depths=(2, 2, 2, 1), num_heads=(1, 2, 2, 10), num_classes=0
)


def read_tensors(*names: str) -> dict[str, Tensor]:
    """Read reference files as tensors, half precision widened."""
    tensors: dict[str, Tensor] = {}
    for name in names:
        with np.load(DATA / name) as arrays:
            for key in arrays.files:
                if arrays[key].dtype.kind not in "US":
                    tensor = torch.from_numpy(arrays[key])
                    tensors[key] = tensor.float() if tensor.dtype == torch.float16 else tensor
    return tensors


def weights_of(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return the weights among the tensors of a reference file."""
    prefix = "weights/"
    return {
        key.removeprefix(prefix): value.clone()
        for key, value in tensors.items()
        if key.startswith(prefix)
    }


@pytest.fixture(scope="session")
def golden() -> Mapping[str, Tensor]:
    """Every tensor of ``sam_small.npz``."""
    return read_tensors("sam_small.npz")


@pytest.fixture(scope="session")
def tiny_vit_golden() -> Mapping[str, Tensor]:
    """Every tensor of the two files of TinyViT."""
    return read_tensors("tiny_vit_small.npz", "tiny_vit_small_neck.npz")


@pytest.fixture
def small_sam(golden: Mapping[str, Tensor]) -> Iterator[Sam]:
    """The network of ``sam_small.npz``."""
    with torch.inference_mode():
        yield build_sam(SMALL_CONFIG, weights_of(golden))


@pytest.fixture
def small_tiny_vit(tiny_vit_golden: Mapping[str, Tensor]) -> Iterator[TinyViT]:
    """The network of ``tiny_vit_small.npz``."""
    encoder = TinyViT(SMALL_TINY_VIT_CONFIG, 256).eval()
    encoder.load_state_dict(weights_of(tiny_vit_golden), strict=True)
    with torch.inference_mode():
        yield encoder
