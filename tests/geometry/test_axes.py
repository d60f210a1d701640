"""Axes: what is guessed, what must be said, what is refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from napari_samwise.errors import ImageError
from napari_samwise.geometry.axes import Axes, infer_axes, parse_axes


@pytest.mark.parametrize(
    ("shape", "names"),
    [
        ((64, 48), "YX"),
        ((64, 48, 3), "YXC"),
        ((64, 48, 4), "YXC"),
        ((7, 64, 48), "ZYX"),
        ((3, 64, 48), "ZYX"),
        ((7, 64, 48, 3), "ZYXC"),
        ((2, 7, 64, 48), "TZYX"),
    ],
)
def test_guesses(shape: tuple[int, ...], names: str) -> None:
    assert infer_axes(shape).names == names


@pytest.mark.parametrize("rank", [0, 1, 5, 6])
def test_other_ranks_ask_for_axes(rank: int) -> None:
    with pytest.raises(ImageError, match=rf"rank {rank} .*axes="):
        infer_axes((20,) * rank)


def test_channels_at_both_ends_are_ambiguous() -> None:
    with pytest.raises(ImageError, match="axes='CYX' or axes='YXC'"):
        infer_axes((3, 100, 4))


@given(st.permutations("TZCYX"))
def test_any_order_names_the_same_axes(order: list[str]) -> None:
    axes = parse_axes("".join(order).lower())
    extents = {"T": 2, "Z": 5, "C": 3, "Y": 40, "X": 30}
    shape = [extents[name] for name in order]
    spatial = axes.spatial_shape(shape)
    y, x = axes.plane
    assert (spatial[y], spatial[x]) == (40, 30)
    assert [spatial[i] for i in axes.leading] == [extents[n] for n in order if n in "TZ"]
    assert axes.channel is not None
    assert shape[axes.channel] == 3


def test_samples_of_tifffile_are_channels() -> None:
    assert parse_axes("YXS") == Axes("YXC")
    assert parse_axes("SCYX").spatial == "SYX"


@pytest.mark.parametrize("axes", ["", "ZY", "YYX", "Y X", "YX1", "ÄYX"])
def test_senseless_axes_are_refused(axes: str) -> None:
    with pytest.raises(ImageError, match="one letter"):
        parse_axes(axes)


def test_axes_that_are_no_string_are_refused() -> None:
    with pytest.raises(ImageError, match="got int"):
        parse_axes(3)  # type: ignore[arg-type]


def test_a_wrong_number_of_axes_is_refused() -> None:
    with pytest.raises(ImageError, match="name 3 axes but the image has 2"):
        Axes("ZYX").validate((20, 20))


@pytest.mark.parametrize("channels", [0, 2, 5])
def test_channels_must_be_chosen(channels: int) -> None:
    with pytest.raises(ImageError, match=f"got {channels}; choose three"):
        Axes("CYX").validate((channels, 20, 20))
