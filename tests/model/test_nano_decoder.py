"""Parts of nano's decoder that are computed in a quick way, against the plain one."""

from __future__ import annotations

import torch

from napari_samwise.model.nano_decoder import (
    EXCLUDE,
    INCLUDE,
    NO_POINT,
    NanoDecoder,
    WindowPrompts,
    mix_channels,
)
from napari_samwise.model.nano_encoder import NanoConfig

SMALL = NanoConfig(
    widths=(8, 8, 8, 8, 8), depths=(1, 1, 1, 1, 1), embed_dim=24, detail_dim=12, fine_dim=4
)


def test_clicks_are_drawn_as_round_bumps() -> None:
    points = torch.tensor([[[40.0, 150.0], [90.5, 20.0], [0.0, 0.0]]])
    labels = torch.tensor([[INCLUDE, EXCLUDE, NO_POINT]])
    prompts = WindowPrompts(points, labels, torch.zeros(1, 1, 96, 96))
    maps = NanoDecoder(SMALL).prompt_maps(prompts, 48)[0]
    centre = (torch.arange(48) + 0.5) * 4
    for index, (y, x) in ((1, (40.0, 150.0)), (3, (90.5, 20.0))):
        squared = (centre[:, None] - y) ** 2 + (centre[None] - x) ** 2
        for bump, width in ((maps[index], 5.0), (maps[index + 1], 24.0)):
            torch.testing.assert_close(bump, torch.exp(-squared / (2 * width**2)))
    assert not maps[[0, 5]].any()


def test_channels_are_summed_by_weight() -> None:
    generator = torch.Generator().manual_seed(0)
    weights = torch.randn(2, 4, 12, generator=generator)
    features = torch.randn(2, 12, 6, 5, generator=generator)
    expected = torch.einsum("pmc,pchw->pmhw", weights, features).flatten(2)
    for order in (torch.contiguous_format, torch.channels_last):
        mixed = mix_channels(weights, features.contiguous(memory_format=order))
        torch.testing.assert_close(mixed, expected, atol=1e-5, rtol=1e-5)
