"""Objects seen from the side: planes across the slices, and what they tell."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from napari_samwise.geometry.boxed_mask import BoxedMask
from napari_samwise.intensity import Intensity
from napari_samwise.predictor.predictor import Predictor
from napari_samwise.prompts import Prompts
from napari_samwise.segment.volume.ending import Ending
from napari_samwise.segment.volume.found import Found
from napari_samwise.segment.volume.propagate import segment_volume
from napari_samwise.segment.volume.side_view import Cut, SideView
from napari_samwise.segment.volume.sides import Sides
from napari_samwise.segment.volume.stack import open_stack

LIMITS = Intensity("contrast-limits", (0.0,), (255.0,), rgb=False)
SHAPE = (24, 48, 56)


def square(y: int = 10, x: int = 20, side: int = 8) -> BoxedMask:
    mask = np.zeros(SHAPE[1:], bool)
    mask[y : y + side, x : x + side] = True
    return BoxedMask.from_mask(mask)


def column(bend: float = 0.0) -> np.ndarray:
    """Slices 3 to 20 of a column, which moves by so many pixels a slice."""
    inside = np.zeros(SHAPE, bool)
    for z in range(3, 21):
        start = round(4 + bend * (z - 3))
        inside[z, start : start + 8, start + 2 : start + 10] = True
    return inside


def grey(inside: np.ndarray) -> np.ndarray:
    ground = 10 + np.arange(len(inside), dtype=np.uint8)[:, None, None]
    return np.where(inside, np.uint8(200), ground)


@pytest.mark.parametrize("axis", [0, 1])
def test_where_a_plane_cuts_a_mask(axis: int) -> None:
    start, length = ((10, 56), (20, 48))[axis]
    for at, crossed in ((start - 1, 0), (start, 8), (start + 7, 8), (start + 8, 0)):
        line = Cut(axis, at).line(square(), length)
        assert np.count_nonzero(line) == crossed
        assert not crossed or line[(20, 10)[axis]]


def test_a_view_says_nothing_of_what_it_does_not_cut() -> None:
    inside = np.zeros((5, 56), bool)
    inside[:3, 20:24] = True
    view = SideView(Cut(0, 12), 7, inside)
    assert view.share(8, square()) == 0.5
    assert view.share(10, square()) == 0.0
    assert view.share(6, square()) is None
    assert view.share(12, square()) is None
    assert view.share(8, square(y=13)) is None


@pytest.mark.parametrize("axes", ["ZYX", "YXZ", "TZYX", "ZYXC"])
def test_planes_across_any_order_of_axes(tiny_model: Any, axes: str) -> None:
    inside = column()
    sizes = {**dict(zip("ZYX", SHAPE, strict=True)), "T": 2, "C": 3}
    letters = "ZYX" + "".join(name for name in axes if name not in "ZYX")
    full = np.broadcast_to(
        grey(inside).reshape(SHAPE + (1,) * (len(letters) - 3)), [sizes[n] for n in letters]
    )
    image = np.einsum(f"{letters}->{axes}", full)
    intensity = Intensity("contrast-limits", (0.0,), (255.0,), rgb="C" in axes)
    stack = open_stack(image, tiny_model, axes, "Z", intensity, None).stack
    seen = {10: BoxedMask.from_mask(inside[10])}
    rest = (1,) if "T" in axes else ()
    for axis, at in ((0, 8), (1, 10)):
        view = SideView.look(stack, rest, Cut(axis, at), seen, range(2, 24))
        assert view is not None
        np.testing.assert_array_equal(view.inside, inside[2:].take(at, axis=axis + 1))


def test_there_is_no_side_where_there_is_no_third_dimension(tiny_model: Any) -> None:
    image = grey(column())
    time = open_stack(image, tiny_model, "TYX", "T", LIMITS, None).stack
    assert time.encode_side((), 0, 8, range(24)) is None
    stack = open_stack(image, tiny_model, "ZYX", "Z", LIMITS, None).stack
    assert stack.encode_side((), 0, 8, range(15)) is None
    assert stack.encode_side((), 0, 8, range(16)) is not None
    tiny_model.whole_px = 50
    assert stack.encode_side((), 0, 8, range(16)) is None


@pytest.mark.parametrize("bend", [0.0, 0.7, 1.6])
def test_what_bends_out_of_its_planes_goes_on(tiny_model: Any, bend: float) -> None:
    true = column(bend)
    middle = (11, *np.argwhere(true[11]).mean(axis=0))
    found = segment_volume(grey(true), {1: Prompts([middle])}, model=tiny_model, intensity=LIMITS)
    np.testing.assert_array_equal(found.labels > 0, true)


@pytest.mark.parametrize(("start", "reaches"), [(8, (3, 19)), (30, (20, 36))])
def test_no_view_is_renewed_within_the_next_object(
    tiny_model: Any, start: int, reaches: tuple[int, int]
) -> None:
    """Two that bend and touch: on a slice of the second a view would see that one alone."""
    tiny_model.tolerances = (0.1, 0.05, 0.08)
    image = np.full((40, 72, 72), 10, np.uint8)
    for z in range(3, 37):
        image[z, z + 6 : z + 14, z + 6 : z + 14] = 200 if z < 20 else 170
    click = (start, start + 10, start + 10)
    found = segment_volume(image, {1: Prompts([click])}, model=tiny_model, intensity=LIMITS)
    slices = np.flatnonzero((found.labels > 0).any(axis=(1, 2)))
    assert (slices[0], slices[-1]) == reaches


def test_views_are_renewed_where_they_doubt_what_looks_the_same(tiny_model: Any) -> None:
    predictor = Predictor(tiny_model)
    stack = open_stack(grey(column()), predictor, "ZYX", "Z", LIMITS, None).stack
    mask = BoxedMask.from_mask(column()[10])
    sides = Sides(stack, (), 1.0)
    sides.remember(10, mask)
    found = Found(mask, 0.9, 1.0, "carried")
    assert sides.support(11, found, 0.65) == 1.0
    wrong = SideView(Cut(0, 8), 0, np.zeros((24, 56), bool))
    sides._views = [wrong, wrong]
    assert sides.support(11, found, 0.0) == 0.0
    assert sides.support(11, found, 0.65) == 1.0


@pytest.mark.parametrize(("holds", "last"), [(0, 8), (1, 14), (2, 20)])
def test_what_seems_lost_again_and_again_is_lost(tiny_model: Any, holds: int, last: int) -> None:
    inside = np.zeros(SHAPE, bool)
    for z in range(3, 21):
        inside[z, 10:22, 14:26] = True
        if z in (7, 8, 13, 14):
            # Twice the mask is a part for two slices, and grows again as a leak does.
            inside[z, 14], inside[z, :, 18] = False, False
    found = segment_volume(
        grey(inside),
        {1: Prompts([(4, 16, 20)])},
        model=tiny_model,
        axes="ZYX",
        intensity=LIMITS,
        ending=Ending(holds=holds),
    )
    assert np.flatnonzero(found.labels.any(axis=(1, 2)))[-1] == last
