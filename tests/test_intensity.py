"""Intensity: the same for every tile and slice, for every dtype, and never surprised by NaN."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from napari_samwise.errors import ImageError
from napari_samwise.geometry.axes import Axes
from napari_samwise.intensity import CT_WINDOWS, Intensity, resolve_intensity, validate_plane
from napari_samwise.intensity.sample import MAX_VALUES, sample_values

DTYPES = ["?", "u1", "i1", "u2", "i2", ">u2", ">i2", "u4", "i4", "u8", "i8", "f2", "f4", ">f4"]
DTYPES += ["f8", ">f8"]


@st.composite
def planes(draw: st.DrawFn) -> np.ndarray:
    """Grey planes of any real dtype, NaN and infinity among floats."""
    dtype = np.dtype(draw(st.sampled_from(DTYPES)))
    shape = draw(st.tuples(st.integers(16, 24), st.integers(16, 24)))
    return draw(hnp.arrays(dtype, shape))


def resolved(image: np.ndarray, **kwargs: Any) -> Intensity:
    return resolve_intensity(image, rgb=image.ndim == 3, **kwargs)


def usable(plane: np.ndarray) -> bool:
    varies = bool((plane != plane.flat[0]).any())
    return varies and (plane.dtype.kind != "f" or bool(np.isfinite(plane).any()))


@given(planes())
def test_brighter_stays_brighter(plane: np.ndarray) -> None:
    assume(usable(plane))
    out = resolved(plane).apply(plane)
    assert out.dtype == np.uint8
    assert out.shape == (*plane.shape, 3)
    assert out.flags.c_contiguous
    known = ~np.isnan(plane.astype(np.float64))
    order = np.argsort(plane[known], kind="stable")
    assert (np.diff(out[known][order].astype(int), axis=0) >= 0).all()


@given(planes(), st.data())
def test_any_tiling_gives_the_same_pixels(plane: np.ndarray, data: st.DataObject) -> None:
    assume(usable(plane))
    row, column = (data.draw(st.integers(1, n - 1)) for n in plane.shape)
    intensity = resolved(plane)
    whole = intensity.apply(plane)
    for rows in (slice(None, row), slice(row, None)):
        for columns in (slice(None, column), slice(column, None)):
            tile = plane[rows, columns]
            np.testing.assert_array_equal(intensity.apply(tile), whole[rows, columns])


@given(hnp.arrays(np.uint16, (16, 20)))
def test_memory_layout_does_not_matter(plane: np.ndarray) -> None:
    assume(usable(plane))
    expected = resolved(plane).apply(plane)
    for same in (plane.astype(">u2"), np.asfortranarray(plane), np.repeat(plane, 2, 1)[:, ::2]):
        np.testing.assert_array_equal(resolved(same).apply(same), expected)


@pytest.mark.parametrize("dtype", ["i1", "u1", "i2", "u2"])
def test_the_table_of_small_integers_is_the_formula(dtype: str) -> None:
    info = np.iinfo(dtype)
    values = np.linspace(info.min, info.max, 400).astype(dtype).reshape(20, 20)
    low, high = info.min + 10.5, info.max - 20.25
    out = Intensity("contrast-limits", (low,), (high,), rgb=False).apply(values)
    expected = np.rint(255 * (np.clip(values.astype(float), low, high) - low) / (high - low))
    np.testing.assert_array_equal(out[..., 0], expected)


def test_auto_cuts_the_tails_of_all_channels_together() -> None:
    image = np.zeros((100, 100, 3), dtype=np.uint16)
    image[..., 0] = np.arange(10_000).reshape(100, 100)
    image[..., 1] = 20_000
    intensity = resolved(image)
    assert (intensity.low, intensity.high) == ((0.0,), (20_000.0,))
    assert intensity.apply(image)[..., 0].max() == round(255 * 9999 / 20_000)


@pytest.mark.filterwarnings("error")
def test_auto_ignores_a_hot_pixel_and_what_is_not_finite() -> None:
    image = np.linspace(0, 1, 40_000, dtype=np.float32).reshape(200, 200)
    image[0, :3] = np.nan, np.inf, -np.inf
    image[100, 100] = 1e9
    intensity = resolved(image)
    assert intensity.low[0] == pytest.approx(0.005, abs=1e-3)
    assert intensity.high[0] == pytest.approx(0.998, abs=1e-3)
    assert intensity.apply(image)[0, :3, 0].tolist() == [0, 255, 0]


def test_colour_as_viewers_show_it_is_left_alone() -> None:
    rng = np.random.default_rng(0)
    image = rng.integers(50, 100, (20, 20, 3), dtype=np.uint8)
    np.testing.assert_array_equal(resolved(image).apply(image), image)
    scaled = (image / 255).astype(np.float32)
    np.testing.assert_array_equal(resolved(scaled).apply(scaled), image)
    with_alpha = np.dstack([image, np.zeros((20, 20), np.uint8)])
    np.testing.assert_array_equal(resolved(with_alpha).apply(with_alpha), image)


@pytest.mark.parametrize("policy", ["auto", "minmax-per-tile"])
@pytest.mark.parametrize(
    "image",
    [
        np.full((16, 16), 7, np.uint8),
        np.zeros((16, 16), bool),
        np.full((3, 20, 20), 0.5),
        np.full((1500, 1500), 3, np.uint8),
    ],
)
def test_an_image_of_one_value_is_refused(image: np.ndarray, policy: str) -> None:
    with pytest.raises(ImageError, match="at least two different values"):
        resolve_intensity(image, policy, rgb=False)


@pytest.mark.parametrize("policy", ["auto", "minmax-per-tile"])
def test_an_image_of_one_value_may_be_asked_for(policy: str) -> None:
    image = np.full((3, 20, 20), 0.5)
    blank = resolve_intensity(image, policy, rgb=False, may_be_blank=True)
    assert blank.is_blank
    assert (blank.apply(image[0]) == 128).all()
    image[1, 1, 1] = 0.6
    resolved = resolve_intensity(image, policy, rgb=False, may_be_blank=True)
    assert not resolved.is_blank
    assert resolved == resolve_intensity(image, policy, rgb=False)


@pytest.mark.parametrize("value", [0.0, np.nan])
def test_an_unknown_policy_is_named_for_a_blank_image_too(value: float) -> None:
    with pytest.raises(ImageError, match="policy must be one of auto"):
        resolve_intensity(np.full((20, 20), value), "typo", rgb=False, may_be_blank=True)


@pytest.mark.parametrize("image", [None, {}, b"abc"])
def test_what_is_no_array_is_named(image: object) -> None:
    with pytest.raises(ImageError, match=f"must be an array, got {type(image).__name__}"):
        validate_plane(image)


def test_alpha_does_not_make_a_constant_picture_an_image() -> None:
    image = np.full((20, 20, 4), 9, np.uint8)
    image[5, 5, 3] = 200
    with pytest.raises(ImageError, match="got 9 everywhere"):
        resolve_intensity(image, rgb=True)


def test_one_pixel_that_the_sample_misses_makes_an_image() -> None:
    image = np.zeros((1500, 1500), np.uint8)
    image[1, 1] = 1
    assert not sample_values(image, Axes("YX")).any()
    assert resolved(image).low == (0.0,)


def test_an_even_slice_of_an_image_is_mapped_like_the_others() -> None:
    image = np.zeros((2, 16, 16), dtype=np.uint8)
    image[0, :8] = 200
    assert (resolve_intensity(image, rgb=False).apply(image[1]) == 0).all()


def test_few_bright_pixels_on_an_even_ground_stay_visible() -> None:
    image = np.full((100, 100), 100, dtype=np.uint16)
    image[50, 50] = 900
    out = resolved(image).apply(image)
    assert (out[50, 50, 0], out[0, 0, 0]) == (255, 0)


def test_a_sparse_bool_image_keeps_its_pixels() -> None:
    image = np.zeros((100, 100), dtype=bool)
    image[3, 4] = True
    out = resolved(image).apply(image)
    np.testing.assert_array_equal(out[..., 1] == 255, image)


def micro_sam_to_image(image: np.ndarray) -> np.ndarray:
    """The formula of micro_sam.util._to_image: per channel, float32, truncated."""
    values = image.astype("float32")
    values -= values.min(axis=(0, 1), keepdims=True)
    values /= values.max(axis=(0, 1), keepdims=True) + 1e-7
    return (values * 255).astype("uint8")


@given(hnp.arrays(st.sampled_from([np.dtype("u1"), np.dtype("u2")]), (16, 17, 3)))
def test_minmax_per_tile_is_micro_sams(image: np.ndarray) -> None:
    assume(usable(image))
    out = resolved(image, policy="minmax-per-tile").apply(image)
    np.testing.assert_array_equal(out, micro_sam_to_image(image))


def test_minmax_per_tile_looks_at_each_plane() -> None:
    volume = np.stack([np.eye(16) * 10, np.eye(16) * 1000])
    intensity = resolve_intensity(volume, "minmax-per-tile", rgb=False)
    dim, bright = (intensity.apply(plane) for plane in volume)
    np.testing.assert_array_equal(dim, bright)
    damaged = volume[0].copy()
    damaged[0, 1] = np.nan
    np.testing.assert_array_equal(intensity.apply(damaged), dim)


def test_contrast_limits_are_the_layers_own() -> None:
    image = np.arange(256, dtype=np.uint8).reshape(16, 16)
    out = resolved(image, policy="contrast-limits", limits=(100, 200)).apply(image)
    assert out.reshape(-1, 3)[[99, 100, 150, 200, 201], 0].tolist() == [0, 0, 128, 255, 255]


@pytest.mark.parametrize("window", ["soft-tissue", (-160, 240)])
def test_windows_of_computed_tomography(window: Any) -> None:
    image = np.linspace(-1000, 1000, 400).reshape(20, 20)
    out = resolved(image, policy="window", window=window).apply(image)[..., 0]
    assert (out[image <= -160] == 0).all()
    assert (out[image >= 240] == 255).all()
    assert out[np.abs(image - 40).argmin() // 20].max() > 120
    assert "soft-tissue" in CT_WINDOWS


@pytest.mark.parametrize(
    ("kwargs", "message"),
    [
        ({"policy": "contrast-limits"}, "limits=.low, high."),
        ({"policy": "contrast-limits", "limits": (5, 1)}, "in order"),
        ({"policy": "contrast-limits", "limits": (0, np.nan)}, "finite"),
        ({"policy": "window"}, "window=.low, high."),
        ({"policy": "window", "window": "teeth"}, "one of soft-tissue"),
        ({"policy": "gamma"}, "one of auto"),
    ],
)
def test_policies_need_their_limits(kwargs: dict[str, Any], message: str) -> None:
    with pytest.raises(ImageError, match=message):
        resolved(np.eye(16), **kwargs)


@pytest.mark.parametrize(
    ("image", "message"),
    [
        (np.zeros((0, 20)), "empty"),
        (np.full((20, 20), np.nan), "finite values"),
        (np.full((20, 20), np.inf), "finite values"),
        (np.zeros((20, 20), complex), "np.abs"),
        (np.zeros((20, 20), object), "dtype object"),
        (np.zeros((20, 20), "U3"), "dtype <U3"),
        (np.zeros((20, 20), "M8[s]"), "dtype datetime64"),
    ],
)
def test_arrays_without_brightness_are_refused(image: np.ndarray, message: str) -> None:
    with pytest.raises(ImageError, match=message) as caught:
        resolved(image)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("image", "message"),
    [
        (np.zeros(20), "rank 1"),
        (np.zeros((1, 1, 1, 1, 20, 20)), "rank 6"),
        (np.zeros((20, 20, 2)), "rank 3"),
        (np.zeros((15, 20)), "at least 16 x 16"),
        (np.zeros((0, 20)), "empty"),
        (np.zeros((20, 20), complex), "complex128"),
        (np.zeros((20, 20), object), "object"),
        ([[1, 2], [3]], "regular array"),
        ("cells.tif", "read the file first"),
        (None, "must be an array, got NoneType"),
    ],
)
def test_only_planes_are_planes(image: Any, message: str) -> None:
    with pytest.raises(ImageError, match=message) as caught:
        validate_plane(image)
    assert "\n" not in str(caught.value)


def test_a_plane_of_another_kind_than_resolved_is_refused() -> None:
    with pytest.raises(ImageError, match="resolved for planes of shape"):
        resolved(np.eye(16)).apply(np.zeros((16, 16, 3)))


def test_the_token_tells_maps_apart() -> None:
    image = np.arange(256.0).reshape(16, 16)
    tokens = {
        resolved(image).token,
        resolved(image, policy="minmax-per-tile").token,
        resolved(image, policy="contrast-limits", limits=(0, 1)).token,
        resolved(image, policy="contrast-limits", limits=(0, 1 + 1e-12)).token,
        resolved(image, policy="window", window=(0, 1)).token,
    }
    assert len(tokens) == 5


class Recorded:
    """A lazy array of the value of its flat index that counts what was read of it."""

    def __init__(self, shape: tuple[int, ...]) -> None:
        self.shape = shape
        self.dtype = np.dtype(np.float64)
        self.spans: list[int] = []

    def __getitem__(self, index: tuple[int | slice, ...]) -> np.ndarray:
        ranges = [
            range(*i.indices(n)) if isinstance(i, slice) else range(i, i + 1)
            for i, n in zip(index, self.shape, strict=True)
        ]
        self.spans.append(int(np.prod([r[-1] - r[0] + 1 for r in ranges])))
        return np.ravel_multi_index(np.ix_(*ranges), self.shape).astype(self.dtype)


@pytest.mark.parametrize(
    ("shape", "names"),
    [
        ((100_000, 90_000), "YX"),
        ((20_000, 30_000, 3), "YXC"),
        ((4, 3000, 3000), "CYX"),
        ((5, 900, 512, 2048), "TZYX"),
        ((2048, 512, 900), "YXZ"),
        ((3, 1_000_000), "YX"),
    ],
)
def test_a_sample_of_a_huge_lazy_image_is_bounded_and_spread(
    shape: tuple[int, ...], names: str
) -> None:
    image = Recorded(shape)
    values = sample_values(image, Axes(names))
    assert 2000 < len(values) <= MAX_VALUES
    assert len(image.spans) <= 64
    assert sum(image.spans) <= 64 * 1024 * 1024 * 3
    # Half of the values must come from each half of the image.
    if "C" not in names:
        assert np.median(values) / np.prod(shape, dtype=float) == pytest.approx(0.5, abs=0.1)


@pytest.mark.parametrize(("shape", "names"), [((1000, 1000), "YX"), ((5, 300, 200, 3), "ZYXC")])
def test_a_small_image_is_sampled_whole(shape: tuple[int, ...], names: str) -> None:
    assert len(sample_values(Recorded(shape), Axes(names))) == np.prod(shape)


def test_alpha_is_not_sampled() -> None:
    image = np.zeros((4, 20, 20), dtype=np.uint16)
    image[3] = 60_000
    assert sample_values(image, Axes("CYX")).max() == 0
