"""The score head fitted to whole planes: what it learns, and that nothing else changes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from napari_samwise.errors import CheckpointError
from napari_samwise.learn.checkpoint import TrainingState, save_checkpoint
from napari_samwise.learn.corpus import LabelledPlane
from napari_samwise.learn.finish import FinishOptions, finish
from napari_samwise.learn.scenes import make_scene
from napari_samwise.learn.score_fit import Contest, FitOptions, collect_contests, fit_score
from napari_samwise.learn.word_fit import WordFitOptions
from napari_samwise.model.nano import Nano
from napari_samwise.model.nano_encoder import NanoConfig
from napari_samwise.weights.load import load_model


@pytest.fixture
def model(smallest_config: NanoConfig) -> Nano:
    torch.manual_seed(0)
    return Nano(smallest_config).eval()


def _told_contests(model: Nano, count: int) -> list[Contest]:
    """Contests in which one feature is the true IoU."""
    rng = torch.Generator().manual_seed(1)
    inputs = model.decoder.score.head[0].in_features
    contests = []
    for _ in range(count):
        seen = torch.randn(12, inputs, generator=rng) * 3 + 5
        true = torch.rand(12, generator=rng)
        seen[:, 3] = 40 * true - 100
        contests.append(Contest(seen, true, 1))
    return contests


def test_the_fit_finds_what_tells_the_iou_and_touches_only_the_head(model: Nano) -> None:
    before = {name: value.clone() for name, value in model.state_dict().items()}
    contests = _told_contests(model, 300)
    report = fit_score(model, contests, FitOptions(epochs=15))
    assert report["correlation"] > 0.9
    assert report["chosen"] > 0.9 * report["best"]
    with torch.no_grad():  # the standardisation is inside the head
        score = model.decoder.score.head(contests[0].seen)[:, 0].sigmoid()
    assert torch.corrcoef(torch.stack([score, contests[0].true_iou]))[0, 1] > 0.9
    for name, value in model.state_dict().items():
        if not name.startswith("decoder.score.head."):
            assert torch.equal(value, before[name]), name


def test_contests_hold_every_candidate_of_every_level(model: Nano) -> None:
    scene = make_scene(3, 400, "nuclei")
    plane = LabelledPlane("scene", "scenes", scene.image, scene.labels)
    contests = list(collect_contests(model, [plane], np.random.default_rng(0), 5))
    assert len(contests) >= 5
    inputs = model.decoder.score.head[0].in_features
    for contest in contests:
        assert contest.seen.shape == (len(contest.true_iou), inputs)
        assert len(contest.true_iou) % 4 == 0
        assert bool(torch.isfinite(contest.seen).all())
        assert 0 <= float(contest.true_iou.min()) <= float(contest.true_iou.max()) <= 1
    first = next(contest for contest in contests if contest.clicks == 1)
    assert len(first.true_iou) > 4, "a click alone is decoded on several levels"


def test_finish_writes_weights_that_load(model: Nano, tmp_path: Path) -> None:
    state = model.state_dict()
    checkpoint = tmp_path / "checkpoint.pt"
    optimiser = torch.optim.AdamW(model.parameters())
    save_checkpoint(checkpoint, TrainingState(model, dict(state), optimiser, 7), {})
    words = WordFitOptions(epochs=1, least=1)
    options = FinishOptions(10, objects=2, fit=FitOptions(epochs=1), word_planes=10, word_fit=words)
    report = finish(checkpoint, tmp_path / "some.safetensors", None, options)
    assert set(report) >= {"correlation", "chosen", "best", "contests", "words", "right"}
    loaded = load_model(tmp_path / "some.safetensors", precision="float32")
    assert isinstance(loaded, Nano)
    assert len(loaded.vocabulary) == report["words"] > 3
    torch.testing.assert_close(
        loaded.state_dict()["encoder.embed.weight"],
        state["encoder.embed.weight"],
        atol=1e-3,
        rtol=0,
    )


def test_objects_of_further_images_have_their_words(
    model: Nano, squares_folder: Path, tmp_path: Path
) -> None:
    checkpoint = tmp_path / "checkpoint.pt"
    optimiser = torch.optim.AdamW(model.parameters())
    save_checkpoint(checkpoint, TrainingState(model, dict(model.state_dict()), optimiser, 7), {})
    (squares_folder / "words.json").write_text('{"flat": "tile", "deep": "tile"}')
    options = FinishOptions(
        10,
        synthetic=0,
        objects=2,
        fit=FitOptions(epochs=1),
        word_planes=20,
        word_synthetic=0,
        word_fit=WordFitOptions(epochs=1, least=1),
    )
    finish(checkpoint, tmp_path / "some.safetensors", None, options, more=squares_folder)
    loaded = load_model(tmp_path / "some.safetensors", precision="float32")
    assert loaded.vocabulary == ("tile",)


def test_processes_find_the_same_weights(model: Nano, tmp_path: Path) -> None:
    checkpoint = tmp_path / "checkpoint.pt"
    optimiser = torch.optim.AdamW(model.parameters())
    save_checkpoint(checkpoint, TrainingState(model, dict(model.state_dict()), optimiser, 7), {})
    words = WordFitOptions(epochs=1, least=1)
    options = FinishOptions(10, objects=2, fit=FitOptions(epochs=1), word_planes=10, word_fit=words)
    found = []
    for workers in (0, 2):
        target = tmp_path / f"{workers}.safetensors"
        finish(checkpoint, target, None, options, workers=workers)
        found.append(load_file(target))
    assert found[0].keys() == found[1].keys()
    for name, tensor in found[0].items():
        torch.testing.assert_close(tensor, found[1][name], atol=2e-3, rtol=2e-2, msg=name)


def test_finish_takes_the_mean_with_older_weights(model: Nano, tmp_path: Path) -> None:
    state = model.state_dict()
    checkpoint = tmp_path / "checkpoint.pt"
    optimiser = torch.optim.AdamW(model.parameters())
    save_checkpoint(checkpoint, TrainingState(model, dict(state), optimiser, 7), {})
    key = "encoder.embed.weight"
    older = {name: tensor.clone() for name, tensor in state.items()}
    older[key] += 1
    save_file(older, tmp_path / "older.safetensors")
    words = WordFitOptions(epochs=1, least=1)
    options = FinishOptions(
        10,
        objects=2,
        fit=FitOptions(epochs=1),
        word_planes=10,
        word_fit=words,
        mean_with=str(tmp_path / "older.safetensors"),
    )
    finish(checkpoint, tmp_path / "some.safetensors", None, options)
    loaded = load_model(tmp_path / "some.safetensors", precision="float32")
    torch.testing.assert_close(loaded.state_dict()[key], state[key] + 0.5, atol=1e-3, rtol=0)


def test_weights_of_another_size_have_no_mean(model: Nano, tmp_path: Path) -> None:
    state = model.state_dict()
    checkpoint = tmp_path / "checkpoint.pt"
    optimiser = torch.optim.AdamW(model.parameters())
    save_checkpoint(checkpoint, TrainingState(model, dict(state), optimiser, 7), {})
    save_file({"encoder.embed.weight": torch.zeros(3)}, tmp_path / "older.safetensors")
    options = FinishOptions(10, mean_with=str(tmp_path / "older.safetensors"))
    with pytest.raises(CheckpointError, match="has no mean with this run: their tensors"):
        finish(checkpoint, tmp_path / "some.safetensors", None, options)
