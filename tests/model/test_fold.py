"""Folding normalisations for inference changes the speed and nothing else."""

from __future__ import annotations

import copy

import pytest
import torch
from torch import Tensor, nn

from napari_samwise.model.fold import fold_for_inference
from napari_samwise.model.nano_encoder import NanoConfig, NanoEncoder, conv_norm_act
from napari_samwise.weights.load import load_model


def _used(network: nn.Module) -> nn.Module:
    """Give every normalisation statistics and factors as a training run would."""
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            nn.init.normal_(module.running_mean)
            nn.init.uniform_(module.running_var, 0.1, 5)
            nn.init.normal_(module.weight)
            nn.init.normal_(module.bias)
    return network.eval()


@pytest.mark.parametrize("seed", range(3))
def test_a_folded_encoder_computes_the_same(seed: int) -> None:
    torch.manual_seed(seed)
    whole = _used(NanoEncoder(NanoConfig(widths=(8, 8, 16, 16, 16), depths=(1, 1, 1, 1, 1))))
    folded = copy.deepcopy(whole)
    fold_for_inference(folded)
    picture = torch.randn(1, 3, 96, 128)
    with torch.inference_mode():
        expected: tuple[Tensor, ...] = whole(picture)
        for one, other in zip(expected, folded(picture), strict=True):
            torch.testing.assert_close(one, other, atol=1e-4 * float(one.abs().max()), rtol=0)


def test_no_normalisation_is_left_and_other_modules_keep_their_names() -> None:
    network = nn.Sequential(conv_norm_act(3, 8), nn.Sequential(nn.Conv2d(8, 8, 1), nn.ReLU()))
    network.eval()
    before = [name for name, _ in network.named_modules()]
    fold_for_inference(network)
    assert not any(isinstance(module, nn.BatchNorm2d) for module in network.modules())
    assert [name for name, _ in network.named_modules()] == before


def test_convolutions_and_normalisations_that_do_not_follow_each_other_stay() -> None:
    network = nn.Sequential(nn.Conv2d(3, 8, 1), nn.ReLU(), nn.BatchNorm2d(8)).eval()
    fold_for_inference(network)
    assert isinstance(network[2], nn.BatchNorm2d)


def test_a_loaded_nano_is_folded_and_ready_for_channels_last() -> None:
    model = load_model("nano", device="cpu")
    assert not any(isinstance(module, nn.BatchNorm2d) for module in model.modules())
    assert not any(parameter.requires_grad for parameter in model.parameters())
    for parameter in model.parameters():
        if parameter.ndim == 4:
            assert parameter.is_contiguous(memory_format=torch.channels_last)
