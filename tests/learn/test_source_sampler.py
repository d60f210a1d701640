"""Sources are drawn by the square root of how many planes they have."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from napari_samwise.learn.corpus import LabelledPlane
from napari_samwise.learn.source_sampler import SourceSampler


def test_large_sources_are_drawn_more_often_but_not_by_their_size(
    squares_plane: LabelledPlane,
) -> None:
    one = replace(squares_plane, source="one")
    many = [replace(squares_plane, name=f"m/{k}", source="many") for k in range(9)]
    sampler = SourceSampler([one, *many])
    rng = np.random.default_rng(0)
    drawn = [sampler.draw(rng) for _ in range(400)]
    assert Counter(plane.source for plane in drawn)["many"] == pytest.approx(300, abs=40)
    assert len({plane.name for plane in drawn if plane.source == "many"}) == 9


def test_more_than_forty_planes_add_no_weight(squares_plane: LabelledPlane) -> None:
    planes = [
        replace(squares_plane, source=source)
        for source, count in (("forty", 40), ("hundreds", 400))
        for _ in range(count)
    ]
    sampler = SourceSampler(planes)
    rng = np.random.default_rng(1)
    drawn = Counter(sampler.draw(rng).source for _ in range(400))
    assert drawn["forty"] == pytest.approx(200, abs=40)


def test_planes_without_objects_are_never_drawn(squares_plane: LabelledPlane) -> None:
    empty = replace(squares_plane, source="e", labels=np.zeros_like(squares_plane.labels))
    assert not SourceSampler([empty])
    assert not SourceSampler([])
    assert SourceSampler([empty, squares_plane]).sources == ("squares",)
