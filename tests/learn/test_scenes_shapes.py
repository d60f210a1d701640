"""What scenes are drawn with: choices, canvas, outlines, rods, curves, partitions."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from napari_samwise.learn.scenes.blobs import Outlines, clusters, random_outlines, raster, scatter
from napari_samwise.learn.scenes.canvas import blank
from napari_samwise.learn.scenes.curves import grow_trees, random_curves, raster_curves
from napari_samwise.learn.scenes.draw import Draw
from napari_samwise.learn.scenes.natural import polygons
from napari_samwise.learn.scenes.partitions import partition
from napari_samwise.learn.scenes.raster import windows
from napari_samwise.learn.scenes.rods import chains, raster_capsules


def _discs(*places: tuple[float, float, float]) -> Outlines:
    """Return circles of (row, column, radius)."""
    at = torch.tensor(places, dtype=torch.float32)
    return Outlines(at[:, :2], at[:, 2:].expand(-1, 64))


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 2**40), low=st.integers(-9, 9), span=st.integers(1, 9))
def test_choices_stay_within_their_bounds(seed: int, low: int, span: int) -> None:
    draw = Draw(seed)
    assert low <= draw.number(low, low + span) < low + span
    assert low <= draw.whole(low, low + span) < low + span
    assert 1 <= draw.log_number(1, 5) <= 5
    assert draw.pick("abc", (0, 1, 0)) == "b"
    assert not draw.chance(0)
    assert draw.chance(1)


def test_counts_have_the_mean_and_variance_of_poisson() -> None:
    counts = Draw(0).poisson(torch.tensor([[3.0], [200.0]]).expand(2, 40_000))
    for row, rate in zip(counts, (3.0, 200.0), strict=True):
        assert float(row.mean()) == pytest.approx(rate, rel=0.02)
        assert float(row.var()) == pytest.approx(rate, rel=0.04)
        assert (row == row.round()).all()


def test_a_layer_hides_or_fills_the_labels_below() -> None:
    layer = torch.tensor([[1, 1, 0, 0]], dtype=torch.int32)
    for over, expected in ((True, [3, 3, 2, 0]), (False, [1, 3, 2, 0])):
        canvas = blank(4, torch.device("cpu"))
        canvas.add_layer(torch.tensor([[1, 0, 2, 0]]), ("cell", "rod"))
        ids = canvas.add_layer(layer, "nucleus", over=over)
        assert ids.tolist() == [3]
        assert canvas.labels[0].tolist() == expected
        assert canvas.classes == {1: "cell", 2: "rod", 3: "nucleus"}


def test_windows_name_each_pixel_once_and_stay_inside() -> None:
    low = torch.tensor([[-3.0, 4.0], [5.0, 30.0], [8.2, 8.7]])
    pixels = windows(low, low + 4, 12)
    assert torch.bincount(pixels.shape, minlength=3).tolist() == [2 * 5, 0, 4 * 4]
    assert len(set(zip(pixels.shape.tolist(), pixels.index.tolist(), strict=True))) == 26
    assert int(pixels.index.max()) < 144


def test_a_disc_has_its_area_and_depth() -> None:
    layer, depth = raster(_discs((30, 40, 12)), 80)
    assert int((layer == 1).sum()) == 441  # grid points in a circle of radius 12 (Gauss)
    assert depth[30, 40] == 1
    assert float(depth[30, 46]) == pytest.approx(0.5, abs=1e-5)
    assert (depth[layer == 0] == 0).all()


@pytest.mark.parametrize("elongation", [1.0, 3.0])
def test_an_outline_keeps_the_area_of_its_circle(elongation: float) -> None:
    centres, radii = torch.tensor([[60.0, 70.0]]), torch.tensor([20.0])
    layer, _ = raster(random_outlines(Draw(0), centres, radii, elongation), 128)
    assert int((layer > 0).sum()) == pytest.approx(math.pi * 400, rel=0.03)


@pytest.mark.parametrize("corners", [3, 4, 6])
def test_a_polygon_has_about_the_area_of_its_circle(corners: int) -> None:
    centres, radii = torch.tensor([[64.0, 64.0]]), torch.tensor([25.0])
    shape = polygons(Draw(1), centres, radii, torch.tensor([corners]), torch.tensor([1.5]))
    layer, _ = raster(shape, 128)
    assert int((layer > 0).sum()) == pytest.approx(math.pi * 625, rel=0.05)


def test_overlap_decides_who_shows() -> None:
    two = _discs((20, 20, 10), (20, 26, 10))
    over, _ = raster(two, 48, "over")
    under, _ = raster(two, 48, "under")
    dropped, _ = raster(two, 48, "drop")
    assert over[20, 23] == 2
    assert under[20, 23] == 1
    assert dropped.unique().tolist() == [0, 1]
    assert ((over > 0) == (under > 0)).all()


def test_a_shape_hidden_by_dropped_ones_alone_is_kept() -> None:
    row = _discs((20, 12, 10), (20, 20, 10), (20, 34, 10))
    assert raster(row, 48, "drop")[0].unique().tolist() == [0, 1, 3]


def test_no_shapes_leave_the_layer_empty() -> None:
    nothing = Outlines(torch.zeros(0, 2), torch.zeros(0, 64))
    for overlap in ("over", "under", "drop"):
        assert int(raster(nothing, 16, overlap)[0].max()) == 0


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 1000), gap=st.floats(0.5, 2.5))
def test_scattered_things_keep_their_distance(seed: int, gap: float) -> None:
    centres = scatter(Draw(seed), 100, 60, 6, gap)
    assert 1 <= len(centres) <= 60
    apart = torch.cdist(centres, centres, compute_mode="donot_use_mm_for_euclid_dist")
    apart.fill_diagonal_(torch.inf)
    assert float(apart.min()) >= gap * 6 - 1e-3


def test_clusters_gather() -> None:
    close = clusters(Draw(0), 200, 50, 1, 3.0)
    assert close.shape == (50, 2)
    assert float(close.std(0).max()) < 6


def test_a_rod_has_the_area_of_a_capsule() -> None:
    ends = torch.tensor([[30.0, 20.0]]), torch.tensor([[30.0, 60.0]])
    layer, depth = raster_capsules(*ends, torch.tensor([10.0]), 80)
    assert int((layer == 1).sum()) == pytest.approx(40 * 10 + math.pi * 25, rel=0.1)
    assert depth[30, 40] == 1
    bent, _ = raster_capsules(*ends, torch.tensor([10.0]), 80, bends=torch.tensor([8.0]))
    rows = torch.nonzero(bent[:, 40])[:, 0].float()
    assert abs(float(rows.mean()) - 30) == pytest.approx(8, abs=0.6)


def test_the_rods_of_a_chain_touch_end_to_end() -> None:
    rods = chains(Draw(3), 200, 1, 20, 6, links=5, bending=0.1)
    gaps = (rods.starts[1:] - rods.ends[:-1]).norm(dim=1)
    assert len(rods.widths) <= 5
    assert ((gaps > 5) & (gaps < 7)).all()


def test_a_curve_starts_where_and_as_long_as_told() -> None:
    starts = torch.tensor([[10.0, 20.0], [50.0, 60.0]])
    lines = random_curves(Draw(0), starts, torch.zeros(2), torch.tensor([30.0, 80.0]), 0.0)
    assert torch.equal(lines[:, 0], starts)
    assert lines[:, -1].tolist() == [pytest.approx([10, 50]), pytest.approx([50, 140])]
    layer, _ = raster_curves(lines, torch.tensor([5.0, 3.0]), 64)
    assert layer[10, 20:50].tolist() == [1] * 30
    assert int((layer[:, 35] == 1).sum()) == 5


def test_every_branch_belongs_to_a_trunk_and_starts_on_its_tree() -> None:
    draw = Draw(4)
    trunks = random_curves(
        draw, torch.tensor([[5.0, 5.0], [90.0, 5.0]]), torch.zeros(2), torch.full((2,), 90.0)
    )
    curves, widths, tree = grow_trees(draw, trunks, torch.tensor([6.0, 4.0]), 2, 3)
    assert len(curves) == len(widths) == len(tree) == 2 * (1 + 3 + 9)
    assert torch.bincount(tree).tolist() == [13, 13]
    assert torch.equal(curves[-2:], trunks)
    assert float(widths.max()) == 6
    for curve, own in zip(curves[:-2], tree[:-2], strict=True):
        same_tree = curves[tree == own].flatten(0, 1)
        touching = ((same_tree - curve[0]).norm(dim=1) < 1e-4).sum()
        assert touching >= 2  # itself, and where it branches off


def test_cells_are_those_of_the_nearest_seeds() -> None:
    draw = Draw(0)
    seeds = draw.uniform(0, 96, 40, 2)
    cells, border = partition(draw, 96, seeds, 0.0)
    at = torch.stack(torch.meshgrid(*[torch.arange(96.0)] * 2, indexing="ij"), -1).view(-1, 2)
    distance = torch.cdist(at, seeds, compute_mode="donot_use_mm_for_euclid_dist")
    nearest = distance.argmin(1).view(96, 96) + 1
    assert (cells == nearest).float().mean() > 0.999
    two = distance.topk(2, largest=False)
    apart = (seeds[two.indices[:, 0]] - seeds[two.indices[:, 1]]).norm(dim=1)
    to_second = (two.values[:, 1] ** 2 - two.values[:, 0] ** 2) / (2 * apart)
    assert (border.flatten() <= to_second + 1e-2).all()
    differs = cells[:, 1:] != cells[:, :-1]
    assert float(border[:, 1:][differs].max()) <= 1.01


@pytest.mark.parametrize("size", [40, 61, 128])
def test_a_bent_partition_fills_pictures_of_any_size(size: int) -> None:
    draw = Draw(size)
    seeds = draw.uniform(0, size, 7, 2)
    cells, border = partition(draw, size, seeds, 4.0, draw.uniform(1, 8, 7))
    assert cells.shape == border.shape == (size, size)
    assert int(cells.min()) >= 1
    assert int(cells.max()) <= 7
    assert float(border.min()) >= -1e-3
