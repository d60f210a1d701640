"""What the IoU head of nano is told of a mask."""

from __future__ import annotations

import pytest
import torch
from torch.nn import functional as F

from napari_samwise.model.nano_score import MaskScore, grow


@pytest.mark.parametrize("size", [(48, 48), (7, 5)])
def test_growing_is_a_maximum_over_five_by_five(size: tuple[int, int]) -> None:
    values = torch.rand(3, 4, *size, generator=torch.Generator().manual_seed(0))
    assert torch.equal(grow(values), F.max_pool2d(values, 5, 1, 2))


def test_a_score_is_the_same_with_and_without_gradients() -> None:
    generator = torch.Generator().manual_seed(1)
    torch.manual_seed(1)
    score = MaskScore(8, 12)
    given = [
        torch.randn(2, 4, *shape, generator=generator) for shape in ((32, 32), (12,), (16, 16))
    ]
    logits, tokens, dense = given[0] * 4, given[1], given[2][:, :3]
    features = torch.randn(2, 8, 16, 16, generator=generator)
    maps = torch.rand(2, 6, 16, 16, generator=generator)
    taught = score(logits, features, tokens, maps, dense)
    with torch.inference_mode():
        asked = score(logits, features, tokens, maps, dense)
    assert taught.requires_grad
    torch.testing.assert_close(asked, taught.detach(), atol=1e-6, rtol=1e-5)
