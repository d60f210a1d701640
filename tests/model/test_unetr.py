"""The instance decoder: names, shapes, and its numbers against the definition written out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from napari_samwise.errors import InputError
from napari_samwise.model.config import DecoderConfig, SamConfig, ViTConfig
from napari_samwise.model.sam import Sam
from napari_samwise.model.unetr import Unetr, UnetrConfig

SMALL = UnetrConfig(6, (16, 8, 4, 2))
Shapes = dict[str, tuple[int, ...]]


def conv(name: str, out: int, inner: int, side: int) -> Shapes:
    return {f"{name}.weight": (out, inner, side, side), f"{name}.bias": (out,)}


def conv_block(name: str, inner: int, out: int) -> Shapes:
    return {**conv(f"{name}.block.1", out, inner, 3), **conv(f"{name}.block.4", out, out, 3)}


def doubling(name: str, inner: int, out: int, transposed: bool) -> Shapes:
    if transposed:
        return {f"{name}.block.weight": (inner, out, 2, 2), f"{name}.block.bias": (out,)}
    return conv(f"{name}.conv", out, inner, 1)


def deconv(name: str, inner: int, out: int, transposed: bool) -> Shapes:
    norms = {f"{name}.block.2.{key}": (out,) for key in ("weight", "bias")}
    stats = {f"{name}.block.2.running_{key}": (out,) for key in ("mean", "var")}
    return {
        **doubling(f"{name}.block.0", inner, out, transposed),
        **conv(f"{name}.block.1.block", out, out, 3),
        **norms,
        **stats,
        f"{name}.block.2.num_batches_tracked": (),
    }


def published(transposed: bool) -> Shapes:
    """Every tensor of a ``decoder_state``, by hand."""
    return {
        **conv_block("base", 256, 512),
        **conv("out_conv", 3, 64, 1),
        **doubling("deconv_out", 64, 64, transposed),
        **conv_block("decoder_head", 128, 64),
        **conv_block("decoder.blocks.0", 512, 256),
        **conv_block("decoder.blocks.1", 256, 128),
        **conv_block("decoder.blocks.2", 128, 64),
        **doubling("decoder.samplers.0", 512, 256, transposed),
        **doubling("decoder.samplers.1", 256, 128, transposed),
        **doubling("decoder.samplers.2", 128, 64, transposed),
        **deconv("deconv1", 256, 512, transposed),
        **deconv("deconv2", 512, 256, transposed),
        **deconv("deconv3", 256, 128, transposed),
        **deconv("deconv4", 128, 64, transposed),
    }


@pytest.mark.parametrize("transposed", [False, True])
def test_names_and_shapes_are_the_published_ones(transposed: bool) -> None:
    with torch.device("meta"):
        tensors = Unetr(UnetrConfig(transposed=transposed)).state_dict()
    assert {name: tuple(t.shape) for name, t in tensors.items()} == published(transposed)
    assert UnetrConfig.from_state_dict(tensors) == UnetrConfig(transposed=transposed)


def random_decoder(config: UnetrConfig) -> Unetr:
    """A decoder in evaluation mode, with no tensor at its start value, statistics included."""
    decoder = Unetr(config).eval()
    generator = torch.Generator().manual_seed(3)
    with torch.no_grad():
        for name, tensor in decoder.state_dict().items():
            if name.endswith("running_var"):
                tensor.uniform_(0.5, 2, generator=generator)
            elif tensor.is_floating_point():
                tensor.normal_(std=0.5, generator=generator)
    return decoder


class Written:
    """The decoder as its definition reads, from plain functions and the state dict alone."""

    def __init__(self, weights: Mapping[str, Tensor]) -> None:
        self.weights = weights

    def of(self, name: str) -> tuple[Tensor, Tensor]:
        return self.weights[f"{name}.weight"], self.weights[f"{name}.bias"]

    def conv(self, name: str, x: Tensor) -> Tensor:
        weight, bias = self.of(name)
        return F.conv2d(x, weight, bias, padding=weight.shape[-1] // 2)

    def double(self, name: str, x: Tensor) -> Tensor:
        if f"{name}.block.weight" in self.weights:
            return F.conv_transpose2d(x, *self.of(f"{name}.block"), stride=2)
        size = (2 * x.shape[2], 2 * x.shape[3])
        wide = F.interpolate(x, size=size, mode="bilinear", align_corners=False)
        return self.conv(f"{name}.conv", wide)

    def deconv(self, name: str, x: Tensor) -> Tensor:
        x = self.conv(f"{name}.block.1.block", self.double(f"{name}.block.0", x))
        norm = f"{name}.block.2"
        mean, var = (self.weights[f"{norm}.running_{key}"] for key in ("mean", "var"))
        scale, shift = self.of(norm)
        mean, var, scale, shift = (v[:, None, None] for v in (mean, var, scale, shift))
        return ((x - mean) / (var + 1e-5).sqrt() * scale + shift).clamp(min=0)

    def conv_block(self, name: str, x: Tensor) -> Tensor:
        for layer in ("1", "4"):
            mean = x.mean((2, 3), keepdim=True)
            var = x.var((2, 3), keepdim=True, correction=0)
            x = self.conv(f"{name}.block.{layer}", (x - mean) / (var + 1e-5).sqrt()).clamp(min=0)
        return x

    def maps(self, embedding: Tensor) -> Tensor:
        z9 = self.deconv("deconv1", embedding)
        z6 = self.deconv("deconv2", z9)
        z3 = self.deconv("deconv3", z6)
        z0 = self.deconv("deconv4", z3)
        x = self.conv_block("base", embedding)
        for level, skip in enumerate([z9, z6, z3]):
            x = self.double(f"decoder.samplers.{level}", x)
            unused = (skip.shape[1] - x.shape[1]) // 2
            kept = skip[:, unused : skip.shape[1] - unused]
            x = self.conv_block(f"decoder.blocks.{level}", torch.cat([x, kept], dim=1))
        x = torch.cat([self.double("deconv_out", x), z0], dim=1)
        x = self.conv("out_conv", self.conv_block("decoder_head", x))
        return 1 / (1 + (-x).exp())


@pytest.mark.parametrize("transposed", [False, True])
def test_the_numbers_are_those_of_the_definition(transposed: bool) -> None:
    decoder = random_decoder(UnetrConfig(SMALL.embedding_dim, SMALL.features, transposed))
    embedding = torch.randn(2, 6, 3, 5, generator=torch.Generator().manual_seed(1))
    with torch.inference_mode():
        found = decoder(embedding)
        expected = Written(decoder.state_dict()).maps(embedding)
    assert found.shape == (2, 3, 48, 80)
    assert found.std() > 0.05
    torch.testing.assert_close(found, expected, atol=1e-4, rtol=1e-4)


@pytest.fixture
def sam_with_decoder() -> Iterator[Sam]:
    encoder = ViTConfig(embed_dim=16, depth=1, num_heads=2, global_blocks=(0,), window_size=2)
    config = SamConfig(
        "small", encoder, DecoderConfig(mlp_dim=8, iou_head_dim=8), model_size=64, embedding_dim=16
    )
    sam = Sam.from_config(config).eval()
    sam.instance_decoder = random_decoder(UnetrConfig(16, SMALL.features))
    with torch.inference_mode():
        yield sam


@pytest.mark.parametrize("size", [(64, 64), (64, 40), (30, 64), (90, 128), (17, 23)])
def test_maps_are_scaled_to_the_plane(sam_with_decoder: Sam, size: tuple[int, int]) -> None:
    assert sam_with_decoder.has_distances
    decoder = sam_with_decoder.instance_decoder
    assert decoder is not None
    features = {"image_embedding": torch.randn(1, 16, 4, 4)}
    found = sam_with_decoder.find_distances(features, size)
    square = decoder(features["image_embedding"])
    height, width = (int(side * 64 / max(size) + 0.5) for side in size)
    filled = square[..., :height, :width]
    expected = F.interpolate(filled, size=size, mode="bilinear", align_corners=False)[0]
    maps = torch.stack([found.foreground, found.centre, found.boundary])
    torch.testing.assert_close(maps, expected)


def test_a_sam_without_the_decoder_says_so(small_sam: Sam) -> None:
    assert not small_sam.has_distances
    with pytest.raises(InputError, match="no instance decoder"):
        small_sam.find_distances({"image_embedding": torch.zeros(1, 32, 16, 16)}, (20, 20))
