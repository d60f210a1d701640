"""Fitting the score head: what it is shown, and that it learns to choose."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from napari_samwise.learn.corpus import LabelledPlane
from napari_samwise.learn.scenes import make_scene
from napari_samwise.learn.score_fit import Contest, FitOptions, collect_contests, fit_score
from napari_samwise.model.nano import Nano
from napari_samwise.model.nano_encoder import NanoConfig
from napari_samwise.prompts import Prompts


@pytest.fixture
def model(smallest_config: NanoConfig) -> Nano:
    torch.manual_seed(0)
    return Nano(smallest_config).eval()


@pytest.fixture
def planes(squares_plane: LabelledPlane) -> list[LabelledPlane]:
    scene = make_scene(2, 100, "nuclei")
    return [squares_plane, LabelledPlane("scene", "scene", scene.image, scene.labels)]


def test_contests_hold_every_candidate_with_its_true_iou(
    model: Nano, planes: list[LabelledPlane]
) -> None:
    rng = np.random.default_rng(0)
    contests = list(collect_contests(model, planes * 3, rng, objects=3))
    assert len(contests) >= 6
    inputs = next(model.decoder.score.head.children()).in_features
    for contest in contests:
        assert contest.seen.shape == (len(contest.true_iou), inputs)
        assert len(contest.true_iou) % 4 == 0
        assert ((contest.true_iou >= 0) & (contest.true_iou <= 1)).all()
        assert torch.isfinite(contest.seen).all()
    assert {0, 1} <= {contest.clicks for contest in contests}
    assert not torch.is_inference_mode_enabled()
    assert not model.decoder.score.head._forward_pre_hooks


def test_while_contests_are_drawn_gradients_work(model: Nano, planes: list[LabelledPlane]) -> None:
    drawn = collect_contests(model, planes, np.random.default_rng(0), objects=1)
    next(drawn)
    assert not torch.is_inference_mode_enabled()
    drawn.close()
    assert not model.decoder.score.head._forward_pre_hooks


def test_the_fitted_head_ranks_by_what_tells(model: Nano) -> None:
    inputs = next(model.decoder.score.head.children()).in_features
    generator = torch.Generator().manual_seed(1)
    contests = []
    for _ in range(220):
        seen = 5 + 3 * torch.randn(8, inputs, generator=generator)
        contests.append(Contest(seen, ((seen[:, 2] - 5) / 2).sigmoid(), 1))
    before = {name: value.clone() for name, value in model.state_dict().items()}
    options = FitOptions(epochs=25, contests=16, learning_rate=5e-3)
    report = fit_score(model, contests, options)
    assert report["contests"] == 22
    assert report["correlation"] > 0.8
    assert report["chosen"] > report["best"] - 0.05
    with torch.inference_mode():
        test = contests[-1]
        scores = model.decoder.score.head(test.seen)[:, 0].sigmoid()
    assert torch.corrcoef(torch.stack([scores, test.true_iou]))[0, 1] > 0.7
    changed = {
        name for name, value in model.state_dict().items() if not torch.equal(value, before[name])
    }
    assert changed
    assert all(name.startswith("decoder.score.head.") for name in changed)


def test_a_fitted_model_still_decodes(model: Nano, planes: list[LabelledPlane]) -> None:
    contests = list(collect_contests(model, planes * 4, np.random.default_rng(0), objects=3))
    fit_score(model, contests, FitOptions(epochs=1, contests=4))
    plane = planes[0]
    with torch.inference_mode():
        features = model.encode(plane.image)
        decoded = model.decode(
            features, plane.labels.shape, Prompts(points=[(20, 20)]), multimask=True
        )
    assert torch.isfinite(decoded.predicted_iou).all()
