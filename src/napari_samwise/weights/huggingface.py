"""From the names of Hugging Face's ``SamModel`` to the published ones of Segment Anything."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from torch import Tensor

_POSITION_MATRIX = "prompt_encoder.pe_layer.positional_encoding_gaussian_matrix"

_RENAMES: tuple[tuple[str, str], ...] = (
    # One matrix under two names; files written from shared memory keep only one of them.
    (r"shared_image_embedding\.positional_embedding", _POSITION_MATRIX),
    (r"prompt_encoder\.shared_embedding\.positional_embedding", _POSITION_MATRIX),
    (r"vision_encoder\.patch_embed\.projection\.", r"image_encoder.patch_embed.proj."),
    (r"vision_encoder\.layers\.(\d+)\.layer_norm(\d)\.", r"image_encoder.blocks.\1.norm\2."),
    (r"vision_encoder\.layers\.(\d+)\.", r"image_encoder.blocks.\1."),
    (r"vision_encoder\.neck\.conv1\.", r"image_encoder.neck.0."),
    (r"vision_encoder\.neck\.layer_norm1\.", r"image_encoder.neck.1."),
    (r"vision_encoder\.neck\.conv2\.", r"image_encoder.neck.2."),
    (r"vision_encoder\.neck\.layer_norm2\.", r"image_encoder.neck.3."),
    (r"vision_encoder\.", r"image_encoder."),
    (r"prompt_encoder\.point_embed\.", r"prompt_encoder.point_embeddings."),
    (r"prompt_encoder\.mask_embed\.conv1\.", r"prompt_encoder.mask_downscaling.0."),
    (r"prompt_encoder\.mask_embed\.layer_norm1\.", r"prompt_encoder.mask_downscaling.1."),
    (r"prompt_encoder\.mask_embed\.conv2\.", r"prompt_encoder.mask_downscaling.3."),
    (r"prompt_encoder\.mask_embed\.layer_norm2\.", r"prompt_encoder.mask_downscaling.4."),
    (r"prompt_encoder\.mask_embed\.conv3\.", r"prompt_encoder.mask_downscaling.6."),
    (
        r"mask_decoder\.transformer\.layer_norm_final_attn\.",
        r"mask_decoder.transformer.norm_final_attn.",
    ),
    (
        r"mask_decoder\.transformer\.layers\.(\d+)\.layer_norm(\d)\.",
        r"mask_decoder.transformer.layers.\1.norm\2.",
    ),
    (r"mask_decoder\.upscale_conv1\.", r"mask_decoder.output_upscaling.0."),
    (r"mask_decoder\.upscale_layer_norm\.", r"mask_decoder.output_upscaling.1."),
    (r"mask_decoder\.upscale_conv2\.", r"mask_decoder.output_upscaling.3."),
)

_HEAD = re.compile(
    r"(mask_decoder\.(?:output_hypernetworks_mlps\.\d+|iou_prediction_head))"
    r"\.(proj_in|layers\.(\d+)|proj_out)\."
)


def is_hugging_face(names: Iterable[str]) -> bool:
    """Whether the names are those of a ``transformers.SamModel``."""
    return any(name.startswith("vision_encoder.") for name in names)


def from_hugging_face(state_dict: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Rename the tensors of a ``transformers.SamModel``; the numbers stay as they are.

    Parameters
    ----------
    state_dict : mapping of str to Tensor
        In the layout of ``transformers.SamModel.state_dict()``.

    Returns
    -------
    dict of str to Tensor
        With the names of the published checkpoints of Segment Anything. A name that belongs to
        neither layout is passed on.
    """
    last_layers = _last_layers(state_dict)
    return {_published_name(name, last_layers): tensor for name, tensor in state_dict.items()}


def _last_layers(names: Iterable[str]) -> dict[str, int]:
    """Index of the last layer of each head: Hugging Face counts only those in the middle."""
    last: dict[str, int] = {}
    for name in names:
        match = _HEAD.match(name)
        if match:
            middle = int(match[3]) + 1 if match[3] else 0
            last[match[1]] = max(last.get(match[1], 1), middle + 1)
    return last


def _published_name(name: str, last_layers: Mapping[str, int]) -> str:
    head = _HEAD.match(name)
    if head:
        index = {"proj_in": 0, "proj_out": last_layers[head[1]]}.get(head[2])
        index = int(head[3]) + 1 if index is None else index
        return f"{head[1]}.layers.{index}.{name[head.end() :]}"
    for pattern, replacement in _RENAMES:
        renamed, count = re.subn(rf"^{pattern}", replacement, name)
        if count:
            return renamed
    return name
