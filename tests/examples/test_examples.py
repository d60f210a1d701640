"""Every script in examples/ runs as it stands, and finds what it says."""

from __future__ import annotations

import runpy
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import napari_samwise

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.fixture
def run_example(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Run a script in an empty folder and return its variables."""
    monkeypatch.chdir(tmp_path)

    def run(name: str) -> dict[str, Any]:
        found = runpy.run_path(str(EXAMPLES / name), run_name="__main__")
        assert not list(tmp_path.iterdir()), f"{name} leaves files behind"
        return found

    return run


def test_click_a_coin_finds_the_coin_under_the_click(
    run_example: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    best = run_example("click_a_coin.py")["best"]
    assert best[186, 347]
    # The coin is a disc that fills its box of 65 x 68 pixels.
    outside = best.copy()
    outside[148:226, 307:] = False
    assert not outside.any()
    assert 0.5 < best.sum() / (np.pi * 32.5 * 34) < 1.3
    assert capsys.readouterr().out.count("predicted IoU") == 9


def test_refine_a_mask_obeys_the_clicks(run_example: Any) -> None:
    found = run_example("refine_a_mask.py")
    assert found["before"][255, 160]
    assert found["after"][255, 160]
    assert found["after"][268, 182]
    assert not found["after"][230, 172]


def test_find_by_text_divides_the_coins(run_example: Any) -> None:
    found = run_example("find_by_text.py")
    assert found["everything"].max() >= found["round_things"].max() > 10
    # Large and not large are all round things there are, and no pixel is both.
    large, small = found["large"] > 0, found["small"] > 0
    assert large.any()
    assert small.any()
    assert not (large & small).any()
    round_ones = napari_samwise.segment_text(found["image"], "round things", found["predictor"])
    np.testing.assert_array_equal(large | small, round_ones > 0)


def test_stack_slice_by_slice_touches_prompted_slices_only(run_example: Any) -> None:
    found = run_example("stack_slice_by_slice.py")
    labels, centres = found["labels"], found["centres"]
    z, y, x = np.indices(labels.shape)
    for label, (cz, cy, cx) in centres.items():
        mask = labels == label
        assert set(np.flatnonzero(mask.any(axis=(1, 2)))) == {cz - 1, cz, cz + 1}
        distance = np.sqrt((4.0 * (z - cz)) ** 2 + (y - cy) ** 2 + (x - cx) ** 2)
        ball = (distance < found["radius"]) & (abs(z - cz) <= 1)
        iou = (mask & ball).sum() / (mask | ball).sum()
        assert iou > 0.6, f"ball {label} has IoU {iou:.2f}"


@pytest.fixture
def own_temporary_folder(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Let pytest tidy up what a script leaves in the temporary folder."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path_factory.mktemp("temporary")))


@pytest.mark.usefixtures("own_temporary_folder")
def test_folder_measures_all_but_the_broken_one(run_example: Any) -> None:
    found = run_example("folder.py")
    assert {name: len(areas) for name, areas in found["objects"].items()} == {
        f"cells{n}": 2 + n % 3 for n in range(6)
    }
    for areas in found["objects"].values():
        assert np.allclose(areas, np.pi * 15**2, rtol=0.1)
    assert found["report"].counts()["failed"] == 1
    assert (found["again"].counts()["done"], found["again"].counts()["skipped"]) == (1, 5)


@pytest.mark.usefixtures("own_temporary_folder")
def test_cluster_gives_the_same_labels(run_example: Any) -> None:
    pytest.importorskip("distributed")
    found = run_example("cluster.py")
    assert found["same"] == [True] * 4
    assert [image.objects for image in found["there"].images] == [3] * 4


def test_time_series_follows_both_cells_and_the_division(run_example: Any) -> None:
    tracks = run_example("time_series.py")["tracks"]
    assert tracks.spans[1] == (0, 7)
    assert len([mothers for mothers in tracks.graph.values() if mothers[0] == 2]) == 2
    assert tracks.labels[7][36, 30 + 6 * 7] == 1


@pytest.mark.usefixtures("own_temporary_folder")
def test_slide_measures_the_nuclei_of_all_fields(
    run_example: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", ["slide.py", "768"])
    found = run_example("slide.py")
    table, side = found["table"], found["side"]
    assert found["objects"].scale == (0.5, 0.5)
    assert found["objects"].data.shape == (side, side)
    fields = {
        (int(y) // 256, int(x) // 256)
        for y, x in zip(table["centroid_y_px"], table["centroid_x_px"], strict=True)
    }
    assert len(fields) == 9, "every field has nuclei"
    assert len(table["label"]) > 30


def test_annotate_takes_what_the_window_gives_back(
    run_example: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The window itself is tested in tests/plugin; here it gives two objects back."""
    given: dict[str, Any] = {}

    def annotate(image: Any, *, labels: Any) -> Any:
        given.update(image=image, labels=labels)
        return np.where(labels <= 2, labels, 0)

    monkeypatch.setattr(napari_samwise, "annotate", annotate, raising=False)
    run_example("annotate.py")
    assert given["labels"].shape == given["image"].shape
    assert given["labels"].max() > 20, "most of the 24 coins are found without a click"
    assert capsys.readouterr().out.count("object ") == 2


def test_every_example_is_listed_and_tested() -> None:
    scripts = {path.name for path in EXAMPLES.glob("*.py")}
    listed = (EXAMPLES / "README.md").read_text(encoding="utf-8")
    tested = Path(__file__).read_text(encoding="utf-8")
    assert scripts
    for name in scripts:
        assert f"`{name}`" in listed
        assert f'run_example("{name}")' in tested
