"""Dimensions of a SAM network from the shapes of its tensors, never from a file's name."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import replace

from napari_samwise.errors import CheckpointError
from napari_samwise.model.build import SAM_CONFIGS
from napari_samwise.model.config import DecoderConfig, SamConfig, TinyViTConfig, ViTConfig
from napari_samwise.weights.names import Weights

UNNAMED = "sam"
"""Name of an architecture that is none of the published ones."""

VIT_MARK = "image_encoder.pos_embed"
LARGEST_WINDOW = 64
"""Side in tokens; a network takes memory with its fourth power before a single number is read."""

TINY_VIT_MARK = "image_encoder.patch_embed.seq.0.c.weight"


def recognise(weights: Weights) -> SamConfig:
    """Read the dimensions of a SAM network.

    What shapes cannot tell is taken as published: the heads of the mask decoder, and of TinyViT
    the side of its input and the strides between its stages.

    Parameters
    ----------
    weights : Weights
        Under published names.

    Returns
    -------
    SamConfig
        Named ``"vit_b"`` and so on where it equals a published one, else ``"sam"``. Whether every
        tensor has the shape that it asks for is not checked here.

    Raises
    ------
    CheckpointError
        Tensors without which there is no such network are missing or have another rank.
    """
    shapes = {name: tuple(tensor.shape) for name, tensor in weights.tensors.items()}
    try:
        config = _read_config(shapes, weights.norm_eps)
    except KeyError as error:
        raise CheckpointError(
            f"The weights are no Segment Anything network, {error.args[0]} is missing; give a "
            "checkpoint of Segment Anything, MobileSAM or one fine-tuned from them."
        ) from error
    except (IndexError, ValueError, ZeroDivisionError) as error:
        raise CheckpointError(
            "The weights are no known kind of Segment Anything network, their ranks or sizes are "
            "others; give a checkpoint of Segment Anything, MobileSAM or one fine-tuned from them."
        ) from error
    for known in SAM_CONFIGS.values():
        named = replace(config, name=known.name)
        if replace(named, decoder=replace(named.decoder, norm_eps=known.decoder.norm_eps)) == known:
            return named
    return config


Shapes = Mapping[str, tuple[int, ...]]


def _read_config(shapes: Shapes, norm_eps: float) -> SamConfig:
    if TINY_VIT_MARK in shapes:
        encoder: ViTConfig | TinyViTConfig = _read_tiny_vit(shapes)
        model_size = SAM_CONFIGS["vit_t"].model_size
    else:
        encoder = _read_vit(shapes)
        model_size = shapes[VIT_MARK][1] * encoder.patch_size
    return SamConfig(
        name=UNNAMED,
        image_encoder=encoder,
        decoder=_read_decoder(shapes, norm_eps),
        model_size=model_size,
        embedding_dim=shapes["image_encoder.neck.0.weight"][0],
        mask_channels=shapes["prompt_encoder.mask_downscaling.3.weight"][0],
    )


def _read_vit(shapes: Shapes) -> ViTConfig:
    _, grid, _, embed_dim = shapes[VIT_MARK]
    depth = _count(shapes, "image_encoder.blocks")
    # A table of relative positions has a row for each distance from -(n - 1) to n - 1.
    sides = [
        (shapes[f"image_encoder.blocks.{index}.attn.rel_pos_h"][0] + 1) // 2
        for index in range(depth)
    ]
    windows = {side for side in sides if side != grid}
    if len(windows) > 1:
        raise ValueError("windows of several sizes")
    head_dim = shapes["image_encoder.blocks.0.attn.rel_pos_h"][1]
    return ViTConfig(
        embed_dim=embed_dim,
        depth=depth,
        num_heads=embed_dim // head_dim,
        global_blocks=tuple(index for index, side in enumerate(sides) if side == grid),
        window_size=windows.pop() if windows else grid,
        patch_size=shapes["image_encoder.patch_embed.proj.weight"][2],
        mlp_ratio=shapes["image_encoder.blocks.0.mlp.lin1.weight"][0] / embed_dim,
    )


def _read_tiny_vit(shapes: Shapes) -> TinyViTConfig:
    published = TinyViTConfig()
    stages = _count(shapes, "image_encoder.layers")
    stage_names = [f"image_encoder.layers.{index}" for index in range(stages)]
    embed_dims = [shapes["image_encoder.patch_embed.seq.2.c.weight"][0]]
    embed_dims += [shapes[f"{name}.downsample.conv1.c.weight"][0] for name in stage_names[:-1]]
    # The first stage is convolutional and has no attention.
    biases = [shapes[f"{name}.blocks.0.attn.attention_biases"] for name in stage_names[1:]]
    widened = shapes["image_encoder.layers.0.blocks.0.conv1.c.weight"][0]
    hidden = shapes["image_encoder.layers.1.blocks.0.mlp.fc1.weight"][0]
    windows = [math.isqrt(cells) for _, cells in biases]
    if max(windows, default=0) > LARGEST_WINDOW:
        raise ValueError("windows that no such network has")
    return TinyViTConfig(
        embed_dims=tuple(embed_dims),
        depths=tuple(_count(shapes, f"{name}.blocks") for name in stage_names),
        num_heads=(published.num_heads[0], *(heads for heads, _ in biases)),
        window_sizes=(published.window_sizes[0], *windows),
        merge_strides=(2,) * (stages - 2) + (1,),
        expand_ratio=widened // embed_dims[0],
        mlp_ratio=hidden // embed_dims[1],
        num_classes=shapes.get("image_encoder.head.weight", (0,))[0],
    )


def _read_decoder(shapes: Shapes, norm_eps: float) -> DecoderConfig:
    layer = "mask_decoder.transformer.layers.0"
    inner, embedding_dim = shapes[f"{layer}.cross_attn_token_to_image.q_proj.weight"]
    return DecoderConfig(
        depth=_count(shapes, "mask_decoder.transformer.layers"),
        mlp_dim=shapes[f"{layer}.mlp.lin1.weight"][0],
        attention_downsample=embedding_dim // inner,
        num_candidates=shapes["mask_decoder.mask_tokens.weight"][0] - 1,
        iou_head_depth=_count(shapes, "mask_decoder.iou_prediction_head.layers"),
        iou_head_dim=shapes["mask_decoder.iou_prediction_head.layers.0.weight"][0],
        norm_eps=norm_eps,
    )


def _count(shapes: Shapes, prefix: str) -> int:
    pattern = re.compile(rf"{re.escape(prefix)}\.(\d+)\.")
    indices = {int(match[1]) for match in map(pattern.match, shapes) if match}
    if not indices:
        raise KeyError(f"{prefix}.0")
    if max(indices) >= len(indices):
        raise ValueError(f"{prefix} has gaps")
    return len(indices)
