"""``train`` and ``evaluate``: the whole way from scenes to a table, and what they refuse."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from PIL import Image

from napari_samwise.learn.export import write_weights
from napari_samwise.model.nano import Nano
from napari_samwise.model.nano_encoder import NanoConfig


@pytest.fixture
def labelled(tmp_path: Path) -> Path:
    """Two sources with one image of two bright squares each."""
    labels = np.zeros((64, 80), np.uint16)
    labels[8:28, 8:28], labels[36:56, 40:70] = 1, 2
    for source in ("cells", "grains"):
        folder = tmp_path / "data" / source
        folder.mkdir(parents=True)
        tifffile.imwrite(folder / "a_image.tif", np.where(labels > 0, 900, 50).astype(np.uint16))
        tifffile.imwrite(folder / "a_labels.tif", labels)
    return tmp_path / "data"


def test_weights_trained_here_can_be_evaluated(
    invoke: Any, labelled: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    smallest = NanoConfig((4, 4, 4, 4, 4), (0, 0, 0, 0, 0), embed_dim=12, detail_dim=8, fine_dim=4)
    monkeypatch.setattr("napari_samwise.learn.train.NanoConfig", lambda: smallest)
    monkeypatch.setattr("napari_samwise.learn.train.REPORT_EVERY", 1)
    run = tmp_path / "run"
    first = write_weights(Nano(smallest).state_dict(), tmp_path / "first.safetensors", 0)
    short = (
        "--steps",
        1,
        "--cooldown",
        1,
        "--workers",
        0,
        "--score-planes",
        10,
        "--word-planes",
        10,
    )
    trained = invoke("train", run, *short, "--begin-with", first, "--more", labelled)
    assert trained.exit_code == 0, trained.output
    assert trained.stdout.startswith("step 1  ")
    assert "loss" in trained.stdout
    (line,) = (run / "log.jsonl").read_text().splitlines()
    assert json.loads(line)["step"] == 1
    with Image.open(run / "curves.png") as curves:
        assert min(curves.size) > 100
    weights = run / "nano.safetensors"
    assert f"weights: {weights}" in trained.stdout
    csv = tmp_path / "scores.csv"
    found = invoke("evaluate", labelled, "--model", weights, "--csv", csv, "--objects", 1)
    assert found.exit_code == 0, found.output
    lines = found.stdout.splitlines()
    assert lines[0].split()[:4] == ["mean", "IoU", "model", "objects"]
    assert [line.split()[0] for line in lines[1:4]] == ["cells", "grains", "mean"]
    assert f"{weights}  cpu" in lines[-1]
    assert len(csv.read_text().splitlines()) == 3


@pytest.mark.usefixtures("tiny_loaded")
def test_a_model_that_is_right_scores_one(invoke: Any, labelled: Path) -> None:
    result = invoke("evaluate", labelled, "--clicks-to", "--everything")
    assert result.exit_code == 0, result.output
    prompts, everything, interval, _, calibration, times, cost = _tables(result.stdout)
    assert _row(prompts, "cells")[:3] == ["nano", "2", "1.00"]
    assert "clicks to 0.85" in prompts[0]
    assert everything[0].split()[:4] == ["everything", "mode", "model", "objects"]
    assert _row(everything, "cells")[:4] == ["nano", "2", "1.00", "1.00"]
    assert "1.00-1.00" in interval[1]
    assert "10 clicks" in prompts[0]
    # The tiny model promises 0.9 of every mask, and is right.
    assert [line.split()[-1] for line in calibration[1:]] == ["1.00"] * 3
    assert _row(calibration, "box")[:5] == ["nano", "4", "0.90", "1.00", "0.10"]
    assert _row(times, "grains")[:2] == ["nano", "1"]
    assert cost[1].split()[:2] == ["nano", "cpu,"]


@pytest.mark.usefixtures("tiny_loaded")
def test_images_are_changed_where_it_is_asked_for(
    invoke: Any, labelled: Path, tmp_path: Path
) -> None:
    words = ("--invariance", "--invariance-objects", 1, "--report", tmp_path)
    result = invoke("evaluate", labelled, "--also", "vit_b", *words)
    assert result.exit_code == 0, result.output
    clicks, boxes = _tables(result.stdout)[3:5]
    assert clicks[0].startswith("invariance, 1 click  model")
    assert boxes[0].startswith("invariance, box")
    assert _row(clicks, "cells")[:6] == ["nano", "1", "1.00", "+0.000", "+0.000", "+0.000"]
    assert [line.split()[1] for line in boxes[1:3]] == ["nano", "vit_b"]
    lines = (tmp_path / "invariance.csv").read_text().splitlines()
    # Two models, two prompts, two sources and their mean, seven numbers each.
    assert len(lines) == 1 + 2 * 2 * 3 * 7


@pytest.mark.usefixtures("tiny_loaded")
def test_planes_too_small_to_be_changed_are_told_of(invoke: Any, labelled: Path) -> None:
    for path in labelled.rglob("*.tif"):
        tifffile.imwrite(path, tifffile.imread(path)[:30])
    result = invoke("evaluate", labelled, "--invariance")
    assert result.exit_code == 0, result.output
    assert "invariance: no plane has both sides of at least 32 pixels" in result.stdout


@pytest.mark.usefixtures("tiny_loaded")
def test_models_stand_in_one_table_and_a_report(
    invoke: Any, labelled: Path, tmp_path: Path
) -> None:
    report = tmp_path / "new" / "report"
    result = invoke("evaluate", labelled, "--also", "vit_b", "--also", "nano", "--report", report)
    assert result.exit_code == 0, result.output
    prompts, *_, cost = _tables(result.stdout)
    assert [line.split()[1] for line in prompts[1:5]] == ["nano", "vit_b"] * 2
    assert len(cost) == 3
    assert len((report / "objects.csv").read_text().splitlines()) == 1 + 2 * 4
    assert (report / "summary.csv").read_text().startswith("model,source,objects,measure,mean")
    pictures = sorted(report.rglob("*.png"))
    assert len(pictures) == 2 + 2 * 4
    assert len((report / "calibration.csv").read_text().splitlines()) == 1 + 2 * 3 * 10
    assert len((report / "costs.csv").read_text().splitlines()) == 1 + 2 * 2
    assert len((report / "totals.csv").read_text().splitlines()) == 1 + 2
    assert not (report / "invariance.csv").exists()
    assert pictures[-1].parent.name == "2_vit_b"
    assert "_iou1.00_grains_a_" in pictures[-1].name
    for path in pictures:
        with Image.open(path) as picture:
            assert min(picture.size) > 100
    again = invoke("evaluate", labelled, "--objects", 1, "--report", report)
    assert again.exit_code == 0, again.output
    assert len(list((report / "worst" / "1_nano").iterdir())) == 2


@pytest.mark.usefixtures("tiny_loaded")
def test_a_report_that_cannot_be_written_is_refused_at_once(
    invoke: Any, labelled: Path, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("in the way")
    place = tmp_path / "file" / "report"
    _assert_refused(invoke("evaluate", labelled, "--report", place), "choose another place")
    _assert_refused(invoke("evaluate", labelled, "--csv", place / "s.csv"), "choose another place")


@pytest.mark.usefixtures("tiny_loaded")
def test_evaluate_refuses_what_it_cannot_score(invoke: Any, labelled: Path, tmp_path: Path) -> None:
    _assert_refused(invoke("evaluate", tmp_path / "nowhere"), "holds no labelled images")
    _assert_refused(invoke("evaluate", labelled, "--part", "held_back"), "does not exist")
    _assert_refused(invoke("evaluate", labelled, "--invariance-objects", 3), "add that, too")
    for path in labelled.rglob("*_labels.tif"):
        tifffile.imwrite(path, np.zeros((64, 80), np.uint8))
    _assert_refused(invoke("evaluate", labelled), "no object of at least 25 pixels")


def test_weights_for_a_mean_are_read_before_training(invoke: Any, tmp_path: Path) -> None:
    missing = tmp_path / "none.safetensors"
    _assert_refused(invoke("train", tmp_path / "run", "--mean-with", missing), "cannot be read")
    assert not (tmp_path / "run").exists()


def test_train_refuses_what_it_cannot_use(invoke: Any, labelled: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    _assert_refused(invoke("train", run, "--device", "abacus"), "device must be one")
    _assert_refused(invoke("train", run, "--data", labelled), "does not exist")
    _assert_refused(
        invoke("train", run, "--more", tmp_path / "nowhere"), "holds no labelled images"
    )
    (labelled / "words.json").write_text("oops")
    _assert_refused(invoke("train", run, "--more", labelled), "is no readable JSON")
    assert not run.exists()
    for weights, reason in (
        ("vit_b", "another kind of network"),
        (tmp_path / "none.pt", "cannot be read"),
        (labelled / "cells" / "a_image.tif", "not weights"),
    ):
        _assert_refused(invoke("train", run, "--begin-with", weights), reason)
    assert not run.exists()
    run.mkdir()
    (run / "checkpoint.pt").write_text("a shopping list")
    _assert_refused(invoke("train", run), "cannot be read as the checkpoint")


def _tables(output: str) -> list[list[str]]:
    return [table.splitlines() for table in output.split("\n\n")]


def _row(table: list[str], source: str) -> list[str]:
    """The words of a row after its name."""
    return next(line for line in table if line.startswith(source)).split()[1:]


def _assert_refused(result: Any, reason: str) -> None:
    assert result.exit_code == 2
    assert reason in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1
