from __future__ import annotations

import pytest
import torch

from napari_samwise.weights.digest import weights_digest

WEIGHTS = {
    "a": torch.arange(6.0).reshape(2, 3),
    "b": torch.tensor(7),
    "c": torch.ones(2, dtype=torch.bfloat16),
}


def test_neither_order_nor_strides_matter():
    transposed = WEIGHTS["a"].T.contiguous().T
    assert not transposed.is_contiguous()
    again = {"c": WEIGHTS["c"].clone(), "b": WEIGHTS["b"], "a": transposed}
    assert weights_digest(again) == weights_digest(WEIGHTS)
    assert len(weights_digest(WEIGHTS)) == 64


@pytest.mark.parametrize(
    "changed",
    [
        {**WEIGHTS, "a": WEIGHTS["a"] + torch.eye(2, 3) * 1e-6},
        {**WEIGHTS, "a": WEIGHTS["a"].reshape(3, 2)},
        {**WEIGHTS, "a": WEIGHTS["a"].double()},
        {"a2" if name == "a" else name: tensor for name, tensor in WEIGHTS.items()},
        {name: tensor for name, tensor in WEIGHTS.items() if name != "b"},
        {**WEIGHTS, "a": WEIGHTS["a"], "b": torch.tensor(8)},
    ],
    ids=["number", "shape", "dtype", "name", "fewer", "counter"],
)
def test_everything_else_does(changed):
    assert weights_digest(changed) != weights_digest(WEIGHTS)


def test_swapping_the_tensors_of_two_names_changes_it():
    one, two = torch.zeros(3), torch.ones(3)
    assert weights_digest({"x": one, "y": two}) != weights_digest({"x": two, "y": one})
