"""The published architectures, and building a network from its dimensions."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import torch
from torch import Tensor

from napari_samwise.model.config import SamConfig, TinyViTConfig, ViTConfig
from napari_samwise.model.sam import Sam

SAM_CONFIGS: Mapping[str, SamConfig] = MappingProxyType(
    {
        config.name: config
        for config in (
            SamConfig("vit_t", TinyViTConfig()),
            SamConfig("vit_b", ViTConfig(768, 12, 12, global_blocks=(2, 5, 8, 11))),
            SamConfig("vit_l", ViTConfig(1024, 24, 16, global_blocks=(5, 11, 17, 23))),
            SamConfig("vit_h", ViTConfig(1280, 32, 16, global_blocks=(7, 15, 23, 31))),
        )
    }
)


def build_sam(config: SamConfig, state_dict: Mapping[str, Tensor] | None = None) -> Sam:
    """Build a network, ready for inference.

    Parameters
    ----------
    config : SamConfig
        Dimensions of the network, e.g. one of ``SAM_CONFIGS``.
    state_dict : mapping of str to Tensor, optional
        Weights under the published names; they are used as they lie in memory, so nothing is
        initialised or stored twice. By default the weights are random.

    Returns
    -------
    Sam
        In evaluation mode, on the device of the weights, in float32.

    Raises
    ------
    RuntimeError
        If names or shapes of the weights are not those of the network.
    """
    if state_dict is None:
        return Sam.from_config(config).eval()
    weights = {
        name: value.float() if value.is_floating_point() else value
        for name, value in state_dict.items()
    }
    with torch.device("meta"):
        model = Sam.from_config(config)
    model.load_state_dict(weights, strict=True, assign=True)
    return model.eval()
