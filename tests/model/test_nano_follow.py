"""A long thin object of which each click shows a part."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy import ndimage as ndi

from napari_samwise.model.base import Decoded
from napari_samwise.model.nano_follow import follow_first
from napari_samwise.prompts import Prompts

SIZE = (150, 400)
CLICK = (75.0, 200.0)


@pytest.fixture
def worm() -> np.ndarray:
    columns = np.arange(20, 381)
    rows = np.rint(75 + 45 * np.sin(columns / 40)).astype(int)
    line = np.ones(SIZE, dtype=bool)
    for shift in range(-2, 3):  # steep parts have no gaps
        line[rows + shift, columns] = False
    return ndi.distance_transform_edt(line) <= 4


class Nearsighted:
    """Sees what lies within a radius of the click."""

    def __init__(self, truth: np.ndarray, radius: float) -> None:
        self.truth, self.radius, self.clicks = truth, radius, []

    def __call__(self, prompts: Prompts) -> Decoded:
        ((y, x),) = prompts.points[prompts.labels == 1][:1]
        self.clicks.append((y, x))
        rows, columns = np.ogrid[: SIZE[0], : SIZE[1]]
        seen = self.truth & (np.hypot(rows - y, columns - x) <= self.radius)
        masks = torch.from_numpy(np.stack([seen, np.zeros_like(seen)]))
        return Decoded(masks[:, ::2, ::2].float() * 8 - 4, torch.tensor([0.9, 0.2]), masks)


def start(worm: np.ndarray) -> tuple[float, float]:
    rows = np.flatnonzero(worm[:, 200])
    return float(rows.mean().round()), 200.0


def test_the_whole_object_is_found_from_its_middle(worm: np.ndarray) -> None:
    decode = Nearsighted(worm, 45)
    prompts = Prompts(points=[start(worm)])
    first = decode(prompts)
    found = follow_first(first, prompts, decode)
    mask = found.masks[0].numpy()
    assert (first.masks[0].numpy() & worm).sum() < 0.4 * worm.sum()
    assert (mask & worm).sum() > 0.97 * (mask | worm).sum()
    assert torch.equal(found.low_res_logits[0] > 0, found.masks[0][::2, ::2])
    assert torch.equal(found.predicted_iou, first.predicted_iou)
    assert torch.equal(found.masks[1], first.masks[1])
    assert len(decode.clicks) < 30


def test_what_was_excluded_is_not_added(worm: np.ndarray) -> None:
    columns = 330
    row = float(np.flatnonzero(worm[:, columns]).mean().round())
    prompts = Prompts(points=[start(worm), (row, columns)], labels=[1, 0])
    decode = Nearsighted(worm, 45)
    mask = follow_first(decode(prompts), prompts, decode).masks[0].numpy()
    assert not mask[int(row), columns]
    assert mask[:, :60].any()


def test_a_round_object_costs_no_further_click() -> None:
    rows, columns = np.ogrid[: SIZE[0], : SIZE[1]]
    decode = Nearsighted(np.hypot(rows - CLICK[0], columns - CLICK[1]) <= 30, 45)
    prompts = Prompts(points=[CLICK])
    first = decode(prompts)
    assert follow_first(first, prompts, decode) is first
    assert len(decode.clicks) == 1


def test_a_fragment_is_left_alone() -> None:
    line = np.zeros(SIZE, dtype=bool)
    line[74:77, 100:300] = True
    decode = Nearsighted(line, 22)
    prompts = Prompts(points=[(75, 200)])
    first = decode(prompts)
    assert 100 < int(first.masks[0].sum()) < 150
    assert follow_first(first, prompts, decode) is first
    wider = Nearsighted(line, 45)
    assert int(follow_first(wider(prompts), prompts, wider).masks[0].sum()) > 500


def test_a_chain_of_objects_is_not_joined(worm: np.ndarray) -> None:
    gaps = worm.copy()
    gaps[:, ::40] = False
    gaps[:, 1::40] = False
    labels, _ = ndi.label(gaps)

    def decode(prompts: Prompts) -> Decoded:
        y, x = np.rint(prompts.points[0]).astype(int)
        mask = torch.from_numpy((labels == labels[y, x]) & (labels > 0))[None]
        return Decoded(mask[:, ::2, ::2].float(), torch.tensor([0.9]), mask)

    prompts = Prompts(points=[(start(worm)[0], 180.0)])
    y = np.flatnonzero(worm[:, 180]).mean().round()
    prompts = Prompts(points=[(y, 180.0)])
    first = decode(prompts)
    assert first.masks.any()
    assert follow_first(first, prompts, decode) is first
