"""Scores as rows."""

from __future__ import annotations

import math

import pytest

from napari_samwise.learn.everything_score import MatchCounts
from napari_samwise.learn.scores import EverythingScore, ObjectScore, PlaneScore
from napari_samwise.learn.summary import (
    MEAN,
    click_measures,
    cost,
    costs_by_source,
    prompt_measures,
    summarise,
    summarise_everything,
)


def _score(value: float, source: str = "a", clicks: int = 5) -> ObjectScore:
    ious = tuple(value + 0.01 * count for count in range(clicks))
    return ObjectScore(
        source, f"{source}/i", 3, 99, ious, 0.9, 0.8, ious, 0.8, 0.1, 0.2, 10 * value
    )


def _plane(name: str, *values: float, clicks: int = 5) -> PlaneScore:
    source = name.partition("/")[0]
    scores = tuple(_score(value, source=source, clicks=clicks) for value in values)
    return PlaneScore(source, name, 7.0, scores)


def _found(name: str, matched: int, truth: int, found: int) -> PlaneScore:
    ours = MatchCounts((matched,) + (0,) * 9, truth, found)
    watershed = MatchCounts((0,) * 10, truth, 1)
    return PlaneScore(name[0], name, 7.0, (), EverythingScore(ours, watershed, 30.0))


def test_rows_are_means_over_objects_and_the_last_over_sources() -> None:
    planes = [_plane("b/1", 0.2, 0.4), _plane("a/1", 0.6), _plane("b/2", 0.6), _plane("c/1")]
    summary = summarise(planes, prompt_measures(5))
    assert [(row.source, row.objects) for row in summary.rows] == [("a", 1), ("b", 3), (MEAN, 4)]
    named = [dict(zip(summary.columns, row.values, strict=True)) for row in summary.rows]
    assert named[0]["1 click"] == pytest.approx(0.6)
    assert named[1]["1 click"] == pytest.approx(0.4)
    assert named[2]["1 click"] == pytest.approx(0.5)
    assert named[1]["3 clicks"] == pytest.approx(0.42)
    assert named[1]["5 clicks"] == pytest.approx(0.44)
    rest = {name: named[2][name] for name in ("best of 3", "box", "flood", "Otsu")}
    assert rest == pytest.approx({"best of 3": 0.9, "box": 0.8, "flood": 0.1, "Otsu": 0.2})


def test_no_scores_make_no_rows() -> None:
    assert summarise([], prompt_measures(5)).rows == ()
    assert summarise_everything([_plane("a/1", 0.5)]).rows == ()


def test_clicks_needed_count_failures_with_all_clicks() -> None:
    # 0.85 at the 6th click; at once; never.
    planes = [_plane("a/1", 0.801, 0.95, 0.1, clicks=10)]
    (row, _) = summarise(planes, prompt_measures(10)).rows
    named = dict(zip(prompt_measures(10), row.values, strict=True))
    assert named["clicks to 0.85"] == pytest.approx((6 + 1 + 10) / 3)
    assert named["never 0.85"] == pytest.approx(1 / 3)
    assert named["clicks to 0.90"] == pytest.approx((10 + 1 + 10) / 3)
    assert named["never 0.90"] == pytest.approx(2 / 3)
    assert "clicks to 0.85" not in prompt_measures(5)


def test_every_click_can_be_told() -> None:
    (row, _) = summarise([_plane("a/1", 0.5)], click_measures(5)).rows
    assert row.values == pytest.approx((0.5, 0.51, 0.52, 0.53, 0.54))


def test_intervals_hold_the_mean_and_are_the_same_every_time() -> None:
    planes = [_plane(f"{source}/{k}", 0.1 * k) for source in "ab" for k in range(8)]
    summary = summarise(planes, prompt_measures(5))
    for row in summary.rows:
        assert row.low[0] < row.values[0] < row.high[0]
    # Two sources that vary independently are surer than one.
    one, _, both = summary.rows
    assert both.high[0] - both.low[0] < one.high[0] - one.low[0]
    assert summary == summarise(planes, prompt_measures(5))


def test_a_single_image_has_no_interval() -> None:
    row = summarise([_plane("a/1", 0.1, 0.9)], prompt_measures(5)).rows[0]
    assert math.isnan(row.low[0])
    assert math.isnan(row.high[0])


def test_planes_of_a_stack_are_drawn_together_if_there_are_others() -> None:
    stacks = [
        _plane(f"a/{name}:{z}", value) for name, value in (("s", 0.2), ("t", 0.4)) for z in (0, 1)
    ]
    row = summarise(stacks, prompt_measures(5)).rows[0]
    assert (row.low[0], row.high[0]) == pytest.approx((0.2, 0.4))
    alone = [_plane(f"a/s:{z}", value) for z, value in enumerate((0.2, 0.2, 0.4, 0.4))]
    row = summarise(alone, prompt_measures(5)).rows[0]
    assert 0.2 <= row.low[0] < 0.3 < row.high[0] <= 0.4


def test_everything_mode_counts_over_the_planes_of_a_source() -> None:
    planes = [_found("a/1", 1, 2, 1), _found("a/2", 3, 3, 4), _found("b/1", 0, 1, 0)]
    summary = summarise_everything(planes)
    first, second, mean = summary.rows
    assert [row.objects for row in summary.rows] == [5, 1, 6]
    named = dict(zip(summary.columns, first.values, strict=True))
    assert named["AP@0.5"] == pytest.approx(4 / (5 + 5 - 4))
    assert named["mean AP"] == pytest.approx(4 / 6 / 10)
    assert (named["precision"], named["recall"]) == pytest.approx((4 / 5, 4 / 5))
    assert named["watershed AP@0.5"] == 0
    assert mean.values[0] == pytest.approx((first.values[0] + second.values[0]) / 2)


def test_cost_is_told_in_the_median() -> None:
    planes = (_plane("a/1", 0.1, 0.2, 0.9), _found("a/2", 1, 1, 1))
    took = cost(planes)
    assert (took.encode_ms, took.decode_ms, took.everything_ms) == pytest.approx((7, 2, 30))
    assert math.isnan(cost(planes[:1]).everything_ms)
    assert math.isnan(cost(planes[1:]).decode_ms)


def test_cost_is_told_by_source() -> None:
    planes = (_plane("b/1", 0.1), _plane("a/1", 0.2), _plane("b/2", 0.3))
    found = costs_by_source(planes)
    assert [(source, count) for source, (count, _) in found.items()] == [("a", 1), ("b", 2)]
    assert found["b"][1].decode_ms == pytest.approx(2)


def test_the_last_of_many_clicks_is_told() -> None:
    (row, _) = summarise([_plane("a/1", 0.5, clicks=10)], prompt_measures(10)).rows
    named = dict(zip(prompt_measures(10), row.values, strict=True))
    assert named["10 clicks"] == pytest.approx(0.59)
    assert not any(title.startswith("10") for title in prompt_measures(5))
