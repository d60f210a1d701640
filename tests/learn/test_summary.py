"""Scores as rows and as a file."""

from __future__ import annotations

import csv
import math
from pathlib import Path

import pytest

from napari_samwise.learn.evaluate import ObjectScore
from napari_samwise.learn.summary import COLUMNS, score_correlation, summarise, write_scores


def _score(source: str, value: float, promised: float = 0.5) -> ObjectScore:
    clicks = (value, value + 0.01, value + 0.02, value + 0.03, value + 0.04)
    return ObjectScore(source, f"{source}/a", 3, 99, clicks, 0.9, 0.8, promised, 0.1, 0.2)


def test_rows_are_means_over_objects_and_the_last_over_sources() -> None:
    rows = summarise([_score("b", 0.2), _score("a", 0.6), _score("b", 0.4), _score("b", 0.6)])
    assert [(row.source, row.objects) for row in rows] == [
        ("a", 1),
        ("b", 3),
        ("mean over sources", 4),
    ]
    named = [dict(zip(COLUMNS, row.values, strict=True)) for row in rows]
    assert named[0]["1 click"] == pytest.approx(0.6)
    assert named[1]["1 click"] == pytest.approx(0.4)
    assert named[2]["1 click"] == pytest.approx(0.5)
    assert named[1]["3 clicks"] == pytest.approx(0.42)
    assert named[1]["5 clicks"] == pytest.approx(0.44)
    rest = {name: named[2][name] for name in ("best of 3", "box", "flood", "Otsu")}
    assert rest == pytest.approx({"best of 3": 0.9, "box": 0.8, "flood": 0.1, "Otsu": 0.2})


def test_no_scores_make_no_rows() -> None:
    assert summarise([]) == []


def test_correlation_of_predicted_and_true_iou() -> None:
    right = [_score("a", value, value / 2) for value in (0.1, 0.5, 0.9)]
    wrong = [_score("a", value, 1 - value) for value in (0.1, 0.5, 0.9)]
    assert score_correlation(right) == pytest.approx(1)
    assert score_correlation(wrong) == pytest.approx(-1)
    assert math.isnan(score_correlation(right[:1]))
    assert math.isnan(score_correlation([_score("a", value, 0.5) for value in (0.1, 0.9)]))


def test_the_file_has_one_line_an_object(tmp_path: Path) -> None:
    path = tmp_path / "new folder" / "scores.csv"
    write_scores(path, [_score("a", 0.25, 0.75), _score("b", 0.5)])
    with path.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [row["source"] for row in rows] == ["a", "b"]
    assert rows[0] == {
        "source": "a",
        "plane": "a/a",
        "object_id": "3",
        "area_px": "99",
        "click_1": "0.2500",
        "click_2": "0.2600",
        "click_3": "0.2700",
        "click_4": "0.2800",
        "click_5": "0.2900",
        "best_of_three": "0.9000",
        "box": "0.8000",
        "predicted_iou": "0.7500",
        "flood": "0.1000",
        "otsu": "0.2000",
    }
