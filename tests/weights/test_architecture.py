from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from napari_samwise.errors import CheckpointError
from napari_samwise.model.build import SAM_CONFIGS
from napari_samwise.model.config import DecoderConfig, SamConfig, TinyViTConfig, ViTConfig
from napari_samwise.model.sam import Sam
from napari_samwise.weights.architecture import recognise
from napari_samwise.weights.names import Weights


def empty_weights(config: SamConfig) -> dict[str, torch.Tensor]:
    with torch.device("meta"):
        return Sam.from_config(config).state_dict()


@pytest.mark.parametrize("name", SAM_CONFIGS)
def test_the_published_networks_are_recognised_and_named(name):
    assert recognise(Weights(empty_weights(SAM_CONFIGS[name]))) == SAM_CONFIGS[name]


def test_a_published_network_in_another_layout_keeps_its_name_and_its_epsilon():
    config = recognise(Weights(empty_weights(SAM_CONFIGS["vit_b"]), norm_eps=1e-6))
    assert config.name == "vit_b"
    assert config.decoder.norm_eps == 1e-6


decoders = st.builds(
    DecoderConfig,
    depth=st.integers(1, 3),
    mlp_dim=st.integers(1, 40),
    attention_downsample=st.sampled_from([1, 2]),
    num_candidates=st.integers(1, 4),
    iou_head_depth=st.integers(2, 4),
    iou_head_dim=st.integers(1, 20),
)


@st.composite
def vit_configs(draw: st.DrawFn) -> SamConfig:
    depth = draw(st.integers(1, 5))
    grid = draw(st.integers(3, 8))
    windowed = draw(st.sets(st.integers(0, depth - 1)))
    heads = draw(st.integers(1, 4))
    patch_size = draw(st.sampled_from([4, 8, 16]))
    encoder = ViTConfig(
        embed_dim=heads * draw(st.integers(1, 8)),
        depth=depth,
        num_heads=heads,
        global_blocks=tuple(index for index in range(depth) if index not in windowed),
        # Without a window there is no side of one to be found; it is then the whole map's.
        window_size=draw(st.integers(1, grid - 1)) if windowed else grid,
        patch_size=patch_size,
        mlp_ratio=draw(st.sampled_from([1.0, 2.0, 4.0])),
    )
    return SamConfig(
        name="sam",
        image_encoder=encoder,
        decoder=draw(decoders),
        model_size=grid * patch_size,
        embedding_dim=draw(st.sampled_from([16, 32])),
        mask_channels=draw(st.sampled_from([4, 8])),
    )


@st.composite
def tiny_vit_configs(draw: st.DrawFn) -> SamConfig:
    stages = draw(st.integers(2, 4))
    heads = [draw(st.integers(1, 3)) for _ in range(stages - 1)]
    encoder = TinyViTConfig(
        embed_dims=(8, *(count * draw(st.integers(1, 4)) for count in heads)),
        depths=tuple(draw(st.integers(1, 3)) for _ in range(stages)),
        num_heads=(2, *heads),
        window_sizes=(7, *(draw(st.integers(2, 5)) for _ in heads)),
        merge_strides=(2,) * (stages - 2) + (1,),
        expand_ratio=draw(st.integers(1, 4)),
        mlp_ratio=draw(st.integers(1, 4)),
        num_classes=draw(st.sampled_from([0, 5])),
    )
    return SamConfig("sam", encoder, draw(decoders), embedding_dim=16, mask_channels=8)


@settings(max_examples=40, deadline=None)
@given(config=st.one_of(vit_configs(), tiny_vit_configs()))
def test_any_network_is_recognised_from_its_own_shapes(config):
    assert recognise(Weights(empty_weights(config))) == config


def test_the_numbers_play_no_part(tiny_sam):
    weights = {name: torch.full_like(t, float("nan")) for name, t in tiny_sam.state_dict().items()}
    assert recognise(Weights(weights)) == tiny_sam.config


def test_what_is_missing_is_named(tiny_sam):
    weights = tiny_sam.state_dict()
    del weights["image_encoder.pos_embed"]
    with pytest.raises(CheckpointError, match=r"image_encoder\.pos_embed is missing"):
        recognise(Weights(weights))


@pytest.mark.parametrize(
    ("name", "tensor"),
    [
        ("image_encoder.pos_embed", torch.zeros(5)),
        ("image_encoder.blocks.0.attn.rel_pos_h", torch.zeros(5)),
        ("image_encoder.blocks.0.attn.rel_pos_h", torch.zeros(5, 0)),
        ("image_encoder.blocks.0.attn.rel_pos_h", torch.zeros(3, 16)),
        ("mask_decoder.transformer.layers.0.mlp.lin1.weight", torch.tensor(1.0)),
        ("mask_decoder.mask_tokens.weight", torch.tensor(1.0)),
        ("image_encoder.blocks.1000000000.x", torch.zeros(1)),
    ],
)
def test_shapes_of_no_such_network_are_refused(tiny_sam, name, tensor):
    with pytest.raises(CheckpointError, match="no known kind of Segment Anything network"):
        recognise(Weights({**tiny_sam.state_dict(), name: tensor}))


def test_a_window_that_would_fill_the_memory_is_refused_before_anything_is_built():
    weights = empty_weights(SAM_CONFIGS["vit_t"])
    name = "image_encoder.layers.1.blocks.0.attn.attention_biases"
    weights[name] = torch.zeros(4, 10_000, device="meta")
    with pytest.raises(CheckpointError, match="no known kind"):
        recognise(Weights(weights))
