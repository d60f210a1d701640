"""The script that fills model card and training log writes what report and run hold, no more."""

from __future__ import annotations

import re
import runpy
import shutil
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from napari_samwise.cli.evaluate_report import write_report
from napari_samwise.learn.checkpoint import CHECKPOINT_NAME
from napari_samwise.learn.everything_score import THRESHOLDS, MatchCounts
from napari_samwise.learn.report.worst import Case
from napari_samwise.learn.scores import (
    EverythingScore,
    InvariancePlane,
    InvarianceScore,
    ModelResult,
    ObjectScore,
    PlaneScore,
)
from napari_samwise.learn.training_log import LOG_NAME, LogEntry, append_entry
from napari_samwise.learn.transforms import TRANSFORMS

DOCS = Path(__file__).parents[2] / "docs"
SCRIPT = DOCS / "fill_model_card.py"
MARKERS = re.compile(r"<!-- (\w+):begin -->\n(.*?)\n<!-- \1:end -->", re.DOTALL)
FILLED = {"network", "recipe", "scores", "unseen", "calibration", "invariance", "failures"}
PAGES = ("model-card.md", "training-log.md")


def _plane(source: str, click: float) -> PlaneScore:
    clicks = tuple(min(click + 0.1 * count, 0.87) for count in range(10))
    score = ObjectScore(
        source, f"{source}/a", 3, 99, clicks, 0.9, 0.8, clicks, 0.75, 0.1, 0.2, 1.234
    )
    counts = MatchCounts(tuple(3 for _ in THRESHOLDS), 4, 5)
    return PlaneScore(
        source, f"{source}/a", 5.0, (score,), EverythingScore(counts, replace(counts, found=9), 7.0)
    )


def _changed(source: str) -> InvariancePlane:
    ious = (0.5, *(0.5 + 0.01 * count for count in range(1, len(TRANSFORMS) + 1)))
    return InvariancePlane(source, f"{source}/a", (InvarianceScore(3, ious, ious),))


@pytest.fixture
def report(tmp_path: Path) -> Path:
    """What ``evaluate --report`` leaves for two models and three sources."""
    folder = tmp_path / "report"
    folder.mkdir()
    sources = {"dsb2018_fluo": 0.25, "elsewhere": 0.5, "stardist_3d": 0.75}
    nano = ModelResult(
        "nano",
        "cpu, float32",
        tuple(_plane(source, click) for source, click in sources.items()),
        1.0,
        3 * 2**20,
        tuple(_changed(source) for source in sources),
    )
    square = np.zeros((40, 50), bool)
    square[10:20, 10:20] = True
    picture = np.full((40, 50, 3), 90, np.uint8)
    case = Case(nano.objects[0], picture, square, np.roll(square, 5), (12, 12))
    write_report(folder, [nano, replace(nano, name="vit_b")], {"nano": [case], "vit_b": []})
    return folder


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """What ``train`` leaves."""
    folder = tmp_path / "run"
    folder.mkdir()
    options = {"seed": 4, "feed": {"images": 12}}
    torch.save({"step": 150, "average": {}, "options": options}, folder / CHECKPOINT_NAME)
    for step, seconds in ((100, 30.0), (150, 24.0)):
        append_entry(folder / LOG_NAME, LogEntry(step, {"loss": 1.0, "seconds": seconds}))
    return folder


@pytest.fixture
def card(tmp_path: Path) -> Path:
    """A copy of the card in a folder of its own, with the training log beside it."""
    folder = tmp_path / "docs" / "reference"
    folder.mkdir(parents=True)
    for page in PAGES:
        shutil.copyfile(DOCS / "reference" / page, folder / page)
    return folder / PAGES[0]


def _texts(card: Path) -> list[str]:
    """Return the text of the card and of the log beside it."""
    return [(card.parent / page).read_text(encoding="utf-8") for page in PAGES]


def _blocks(texts: list[str]) -> dict[str, str]:
    """Return what stands between the markers of both pages."""
    found = [pair for text in texts for pair in MARKERS.findall(text)]
    assert len(dict(found)) == len(found), "every marker is on one page"
    return dict(found)


def _fill(monkeypatch: pytest.MonkeyPatch, report: Path, run: Path, card: Path) -> dict[str, str]:
    """Run the script and return what stands between the markers."""
    asked = [str(report), str(report), str(run), "--card", str(card)]
    monkeypatch.setattr(sys, "argv", ["fill", *asked])
    runpy.run_path(str(SCRIPT), run_name="__main__")
    return _blocks(_texts(card))


def test_the_card_has_what_report_and_run_hold(
    monkeypatch: pytest.MonkeyPatch, report: Path, run: Path, card: Path
) -> None:
    before = _texts(card)
    blocks = _fill(monkeypatch, report, run, card)
    assert set(blocks) >= FILLED
    assert "| **mean over sources** | **3** | **0.50** | **0.67** |" in blocks["scores"]
    assert "| 95 % interval |  | 0.50-0.50 | 0.67-0.67 |" in blocks["scores"]
    assert "| dsb2018_fluo | 1 | 0.25 |" in blocks["scores"]
    assert "| elsewhere † | 1 | 0.50 |" in blocks["scores"]
    assert "| stardist_3d * | 1 | 0.75 |" in blocks["scores"]
    # TP / (TP + FP + FN) of 3, 2 and 1, and the watershed's of 3, 6 and 1
    assert "| elsewhere † | 4 | 0.50 | 0.50 | 0.60 | 0.75 | 0.30 |" in blocks["scores"]
    assert "| elsewhere | 1 | 0.50 |" in blocks["unseen"]
    assert "| elsewhere | 4 | 0.50 | 0.50 | 0.60 | 0.75 | 0.30 |" in blocks["unseen"]
    assert "never within ten for 100 % of objects" in blocks["scores"]
    assert "never held more than 3 MiB" in blocks["scores"]
    assert "| 1 click | 3 | 0.50 | 0.50 | 0.00 | 1.00 |" in blocks["calibration"]
    assert "| elsewhere | 0.50 | +0.010 | +0.020 |" in blocks["invariance"]
    assert "150 steps in 1.2 hours, 28.00 s a step." in blocks["recipe"]
    assert "| feed.images | 12 |" in blocks["recipe"]
    total = sum(float(count) for count in re.findall(r"\| (\S+) million \|", blocks["network"]))
    assert f"**{total:.2f} million**" in blocks["network"]

    for name in FILLED:
        for target in re.findall(r"\]\((\S+?\.png)\)", blocks[name]):
            with Image.open(card.parent / target) as picture:
                assert min(picture.size) > 100
    for old, new in zip(before, _texts(card), strict=True):
        assert MARKERS.sub("", old) == MARKERS.sub("", new)
    assert blocks["training"] == _blocks(before)["training"]


def test_filling_again_changes_nothing(
    monkeypatch: pytest.MonkeyPatch, report: Path, run: Path, card: Path
) -> None:
    _fill(monkeypatch, report, run, card)
    first = _texts(card)
    _fill(monkeypatch, report, run, card)
    assert _texts(card) == first


def test_a_report_without_what_the_card_needs_is_refused(
    monkeypatch: pytest.MonkeyPatch, report: Path, run: Path, card: Path
) -> None:
    before = _texts(card)
    (report / "invariance.csv").unlink()
    with pytest.raises(SystemExit, match="--invariance"):
        _fill(monkeypatch, report, run, card)
    assert _texts(card) == before
