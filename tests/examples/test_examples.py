"""Every script in examples/ runs as it stands, and finds what it says."""

from __future__ import annotations

import runpy
from pathlib import Path
from typing import Any

import numpy as np
import pytest

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


def test_every_example_is_listed_and_tested() -> None:
    scripts = {path.name for path in EXAMPLES.glob("*.py")}
    listed = (EXAMPLES / "README.md").read_text(encoding="utf-8")
    tested = Path(__file__).read_text(encoding="utf-8")
    assert scripts
    for name in scripts:
        assert f"`{name}`" in listed
        assert f'run_example("{name}")' in tested
