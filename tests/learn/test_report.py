"""Tables, plot and pictures of an evaluation."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from napari_samwise.learn.corpus import LabelledPlane
from napari_samwise.learn.peak_memory import peak_memory_bytes
from napari_samwise.learn.report.plot import draw_scores
from napari_samwise.learn.report.tables import (
    write_costs,
    write_objects,
    write_summary,
    write_totals,
)
from napari_samwise.learn.report.worst import WorstObjects, draw_case
from napari_samwise.learn.scores import ModelResult, ObjectScore, PlaneScore
from napari_samwise.learn.summary import prompt_measures, summarise

GREEN, RED, YELLOW = (0, 210, 90), (235, 45, 45), (255, 230, 0)


def _score(value: float, identity: int = 1, source: str = "squares") -> ObjectScore:
    clicks = tuple(value + 0.01 * count for count in range(5))
    plane = f"{source}/a"
    promised = tuple(value + 0.1 for value in clicks)
    return ObjectScore(
        source, plane, identity, 99, clicks, 0.9, 0.8, promised, 0.75, 0.1, 0.2, 1.234
    )


def _result(name: str, *values: float) -> ModelResult:
    planes = [
        PlaneScore(source, f"{source}/a", 5.0, (_score(value, 3, source),))
        for source, value in zip("abcdef", values, strict=False)
    ]
    return ModelResult(name, "cpu", tuple(planes), 1.0, None)


def _read(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def _has(picture: np.ndarray, colour: tuple[int, int, int]) -> np.ndarray:
    return (picture == colour).all(-1)


def test_the_file_of_objects_has_one_line_an_object_and_model(tmp_path: Path) -> None:
    write_objects(tmp_path / "o.csv", [_result("m", 0.25, 0.5), _result("n", 0.75)])
    rows = _read(tmp_path / "o.csv")
    assert [(row["model"], row["source"]) for row in rows] == [("m", "a"), ("m", "b"), ("n", "a")]
    assert rows[0] == {
        "model": "m",
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
        "flood": "0.1000",
        "otsu": "0.2000",
        "predicted_click_1": "0.3500",
        "predicted_click_2": "0.3600",
        "predicted_click_3": "0.3700",
        "predicted_click_4": "0.3800",
        "predicted_click_5": "0.3900",
        "predicted_box": "0.7500",
        "decode_ms": "1.23",
    }


def test_the_summary_has_one_line_a_measure(tmp_path: Path) -> None:
    summary = summarise(_result("m", 0.25, 0.5).planes, prompt_measures(5))
    write_summary(tmp_path / "s.csv", {"m": [summary]})
    rows = _read(tmp_path / "s.csv")
    assert len(rows) == 3 * len(prompt_measures(5))
    means = {row["source"]: row["mean"] for row in rows if row["measure"] == "1 click"}
    assert means == {"a": "0.2500", "b": "0.5000", "mean over sources": "0.3750"}


def test_costs_have_one_line_a_source(tmp_path: Path) -> None:
    write_costs(tmp_path / "c.csv", [_result("m", 0.25, 0.5)])
    rows = _read(tmp_path / "c.csv")
    assert [(row["source"], row["planes"], row["encode_ms"]) for row in rows] == [
        ("a", "1", "5.00"),
        ("b", "1", "5.00"),
    ]
    assert rows[0]["everything_ms"] == "nan"


def test_totals_have_one_line_a_model(tmp_path: Path) -> None:
    known = replace(_result("m", 0.25, 0.5), peak_memory=3 * 2**20)
    write_totals(tmp_path / "t.csv", [known, _result("n", 0.75)])
    first, second = _read(tmp_path / "t.csv")
    assert (first["planes"], first["objects"], first["peak_mib"]) == ("2", "2", "3")
    assert (first["encode_ms"], first["decode_ms"], first["seconds"]) == ("5.00", "1.23", "1.0")
    assert (second["model"], second["peak_mib"], second["everything_ms"]) == ("n", "", "nan")


def test_the_worst_are_kept_worst_first(squares_plane: LabelledPlane) -> None:
    worst = WorstObjects(2)
    answer = np.zeros(squares_plane.labels.shape, bool)
    for value, identity in ((0.5, 1), (0.9, 2), (0.1, 5), (0.5, 2)):
        worst.watch(squares_plane, _score(value, identity), answer, (20, 20))
    assert [(c.score.clicks[0], c.score.object_id) for c in worst.cases] == [(0.1, 5), (0.5, 1)]


def test_a_picture_shows_truth_answer_and_click(squares_plane: LabelledPlane) -> None:
    worst = WorstObjects()
    answer = np.roll(squares_plane.labels == 1, 6, 1)
    worst.watch(squares_plane, _score(0.6), answer, (24, 22))
    (case,) = worst.cases
    assert case.truth.sum() == answer.sum() == case.answer.sum()
    assert case.truth[case.click]
    picture = draw_case(case)
    zoom = picture.shape[0] // case.truth.shape[0]
    assert zoom > 1
    truth = case.truth.repeat(zoom, 0).repeat(zoom, 1)
    found = case.answer.repeat(zoom, 0).repeat(zoom, 1)
    assert _has(picture, GREEN).any()
    assert not (_has(picture, GREEN) & truth).any()
    assert _has(picture, RED).any()
    assert not (_has(picture, RED) & ~found).any()
    rows, columns = np.nonzero(_has(picture, YELLOW))
    centre = (np.array(case.click) + 0.5) * zoom
    assert (rows.mean(), columns.mean()) == pytest.approx(tuple(centre), abs=1)


def test_an_empty_answer_at_the_rim_can_be_drawn(squares_plane: LabelledPlane) -> None:
    labels = np.zeros_like(squares_plane.labels)
    labels[-3:, -90:] = 1
    plane = LabelledPlane("p", "s", squares_plane.image, labels)
    worst = WorstObjects()
    worst.watch(plane, _score(0.0), np.zeros(labels.shape, bool), (94, 60))
    picture = draw_case(worst.cases[0])
    assert not _has(picture, RED).any()
    assert _has(picture, GREEN).any()


def test_the_plot_shows_better_models_higher() -> None:
    blue, orange = (0, 114, 178), (213, 94, 0)
    picture = draw_scores([_result("good", 0.9, 0.8), _result("bad", 0.2, 0.1)])
    assert picture.dtype == np.uint8
    left = picture[40:420, 50:430]
    assert np.nonzero(_has(left, blue))[0].mean() < np.nonzero(_has(left, orange))[0].mean() - 100
    right = picture[40:420, 620:1000]
    assert np.nonzero(_has(right, blue))[1].mean() > np.nonzero(_has(right, orange))[1].mean() + 100


def test_the_plot_has_room_for_many_sources_and_models() -> None:
    few = draw_scores([_result("m", 0.5)])
    many = draw_scores([_result(f"m{k}", *([0.1 * k] * 6)) for k in range(8)])
    assert many.shape[0] > few.shape[0]


def test_memory_is_counted_in_bytes() -> None:
    peak = peak_memory_bytes()
    assert peak is None or 10 * 2**20 < peak < 2**40
