from __future__ import annotations

import pytest
import torch

from napari_samwise.errors import CheckpointError
from napari_samwise.model.nano import Nano
from napari_samwise.weights.assemble import assemble
from napari_samwise.weights.names import Weights


def assert_whole(model: torch.nn.Module) -> None:
    held = [*model.named_parameters(), *model.named_buffers()]
    assert [name for name, tensor in held if tensor.is_meta] == []
    assert not any(parameter.requires_grad for parameter in model.parameters())
    assert not model.training


def test_a_sam_network_takes_the_tensors_over(tiny_sam):
    weights = tiny_sam.state_dict()
    model = assemble(Weights(weights))
    assert_whole(model)
    assert model.config == tiny_sam.config
    for name, tensor in model.state_dict().items():
        assert tensor.data_ptr() == weights[name].data_ptr()


def test_what_is_derived_from_the_weights_is_derived_anew(tiny_sam):
    model = assemble(Weights(tiny_sam.state_dict()))
    for (name, buffer), (_, original) in zip(
        model.named_buffers(), tiny_sam.named_buffers(), strict=True
    ):
        assert torch.equal(buffer, original), name


def test_nano_is_told_from_sam():
    original = Nano()
    model = assemble(Weights(original.state_dict()))
    assert isinstance(model, Nano)
    assert_whole(model)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64])
def test_any_floating_dtype_becomes_the_networks_own(tiny_sam, dtype):
    model = assemble(Weights({name: t.to(dtype) for name, t in tiny_sam.state_dict().items()}))
    assert {parameter.dtype for parameter in model.parameters()} == {torch.float32}
    torch.testing.assert_close(model.state_dict(), tiny_sam.state_dict(), rtol=2**-7, atol=1e-4)


def test_counters_stay_integers():
    original = Nano().state_dict()
    counters = {name for name, tensor in original.items() if not tensor.is_floating_point()}
    model = assemble(Weights({name: t.half() for name, t in original.items()}))
    assert counters
    assert all(model.state_dict()[name].dtype == torch.int64 for name in counters)


def test_the_first_tensors_that_do_not_fit_are_named(tiny_sam):
    weights = tiny_sam.state_dict()
    for index in range(4):
        del weights[f"prompt_encoder.point_embeddings.{index}.weight"]
    weights["surplus"] = torch.zeros(1)
    weights["mask_decoder.iou_token.weight"] = torch.zeros(2, 16)
    with pytest.raises(CheckpointError) as caught:
        assemble(Weights(weights))
    message = str(caught.value)
    assert "Segment Anything" in message
    assert "missing prompt_encoder.point_embeddings.0.weight" in message
    assert "and 1 more" in message
    assert "unexpected surplus" in message
    assert "mask_decoder.iou_token.weight is (2, 16) instead of (1, 16)" in message
    assert "\n" not in message


@pytest.mark.parametrize(
    "spoil",
    [torch.Tensor.to_sparse, lambda tensor: tensor.to(torch.complex64), lambda t: t.to("meta")],
    ids=["sparse", "complex", "meta"],
)
def test_tensors_that_hold_no_plain_numbers_are_refused(tiny_sam, spoil):
    name = "mask_decoder.iou_token.weight"
    weights = tiny_sam.state_dict()
    with pytest.raises(CheckpointError, match=name):
        assemble(Weights({**weights, name: spoil(weights[name])}))


def test_weights_of_another_kind_of_network_are_refused_by_one_of_their_names():
    with pytest.raises(CheckpointError, match=r"unknown network, with tensors such as fc\.bias"):
        assemble(Weights({"fc.weight": torch.zeros(1), "fc.bias": torch.zeros(1)}))
    with pytest.raises(CheckpointError, match="unknown network"):
        assemble(Weights({}))
