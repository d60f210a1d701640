"""Polygons, run lengths and regions give back exactly the pixels of the labels."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from skimage.measure import points_in_poly

from napari_samwise.errors import ImageError, InputError
from napari_samwise.geometry.coco_rle import compress_runs
from napari_samwise.geometry.roi import Roi
from napari_samwise.io.coco_rle import count_runs
from napari_samwise.io.export import export_labels, read_labels
from napari_samwise.io.image_file import ImageFile
from napari_samwise.io.label_objects import LabelView, find_boxes, find_objects
from napari_samwise.io.outlines import trace_outlines

MASKS = hnp.arrays(bool, st.tuples(st.integers(1, 8), st.integers(1, 8)))


def signed_area(ring: np.ndarray) -> float:
    x, y = np.asarray(ring, dtype=float).T
    return float((x * np.roll(y, -1) - y * np.roll(x, -1)).sum() / 2)


def fill(rings: list[Any], shape: tuple[int, int]) -> np.ndarray:
    """Return the pixels whose centres lie inside an odd number of rings."""
    y, x = np.mgrid[: shape[0], : shape[1]] + 0.5
    centres = np.column_stack([x.ravel(), y.ravel()])
    inside = np.zeros(centres.shape[0], dtype=int)
    for ring in rings:
        inside += points_in_poly(centres, np.asarray(ring, dtype=float))
    return (inside % 2 == 1).reshape(shape)


@given(mask=MASKS)
def test_outlines_are_simple_and_fill_to_the_mask(mask: np.ndarray) -> None:
    polygons = trace_outlines(mask)
    assert all(signed_area(p[0]) > 0 and all(signed_area(h) < 0 for h in p[1:]) for p in polygons)
    rings = [ring for polygon in polygons for ring in polygon]
    assert all(len({tuple(v) for v in ring.tolist()}) == len(ring) for ring in rings)
    np.testing.assert_array_equal(fill(rings, mask.shape), mask)
    assert sum(map(signed_area, rings)) == mask.sum()


def test_hole_belongs_to_the_part_around_it() -> None:
    mask = np.zeros((5, 9), dtype=bool)
    mask[:, :5] = True
    mask[1, 1] = mask[2, 2] = False
    mask[0, 8] = True
    parts = sorted(trace_outlines(mask, (10, 20)), key=len)
    assert [len(rings) for rings in parts] == [1, 3]
    assert parts[0][0].tolist() == [[28, 10], [29, 10], [29, 11], [28, 11]]


@given(mask=MASKS, offset=st.tuples(st.integers(0, 3), st.integers(0, 3)))
def test_runs_are_those_of_pycocotools(mask: np.ndarray, offset: tuple[int, int]) -> None:
    coco = pytest.importorskip("pycocotools.mask")
    plane = np.zeros((mask.shape[0] + 4, mask.shape[1] + 4), dtype=np.uint8, order="F")
    box = Roi(offset, mask.shape)
    plane[box.slices] = mask
    runs = compress_runs(count_runs(mask, box, plane.shape))
    assert runs == coco.encode(plane)["counts"].decode()


# pycocotools has room for six characters a run and writes beyond that for runs of 2^29 and more.
@given(counts=st.lists(st.integers(0, 2**23), min_size=1, max_size=9))
def test_long_runs_survive_the_compression(counts: list[int]) -> None:
    coco = pytest.importorskip("pycocotools.mask")
    size = [sum(counts), 1]
    theirs = coco.frPyObjects({"size": size, "counts": counts}, *size)["counts"].decode()
    assert compress_runs(counts) == theirs


def test_objects_across_blocks_are_whole() -> None:
    labels = np.zeros((4100, 2100), dtype=np.uint32)
    labels[2000:2100, 2040:2060] = 7
    labels[10:4090, 5:9] = 2**31 + 5
    labels[4099, 2099] = 3
    view = LabelView(labels, "YX", "YX", ())
    assert find_boxes(view)[2**31 + 5] == Roi((10, 5), (4080, 4))
    found = {one.label: one for one in find_objects(view)}
    assert {label: int(one.mask.sum()) for label, one in found.items()} == {
        3: 1,
        7: 2000,
        2**31 + 5: 16320,
    }
    assert found[7].box == Roi((2000, 2040), (100, 20))


STACK = np.zeros((2, 40, 50), dtype=np.int32)
STACK[0, 5:15, 10:20] = 3
STACK[0, 8:10, 12:14] = 0
STACK[1, 30:35, 2:4] = 3
STACK[1, 20:22, 20:22] = 70_000
STACK[1, 22:24, 22:24] = 70_000
FILE = ImageFile(STACK, "ZYX", (2.0, 0.5, 0.5), "labels.tif")


def paint(rings: list[Any], label: int, plane: np.ndarray) -> None:
    plane[fill(rings, plane.shape)] = label


def test_geojson_gives_back_the_labels(tmp_path: Path) -> None:
    path = tmp_path / "objects.geojson"
    assert export_labels(path, FILE) == 3
    content = json.loads(path.read_text())
    assert content["type"] == "FeatureCollection"
    painted = np.zeros_like(STACK)
    for feature in content["features"]:
        geometry = feature["geometry"]
        polygons = geometry["coordinates"]
        polygons = [polygons] if geometry["type"] == "Polygon" else polygons
        rings = [ring for polygon in polygons for ring in polygon]
        assert all(ring[0] == ring[-1] for ring in rings)
        plane = painted[geometry["plane"]["z"]]
        paint([ring[:-1] for ring in rings], feature["properties"]["label"], plane)
        assert feature["properties"]["objectType"] == "annotation"
    np.testing.assert_array_equal(painted, STACK)


def test_pycocotools_gives_back_the_labels(tmp_path: Path, capsys: Any) -> None:
    coco = pytest.importorskip("pycocotools.coco")
    path = tmp_path / "objects.json"
    assert export_labels(path, FILE, ImageFile(STACK, "ZYX", None, "cells.tif")) == 3
    content = coco.COCO(str(path))
    assert {image["file_name"] for image in content.imgs.values()} == {"cells.tif"}
    painted = np.zeros_like(STACK)
    for annotation in content.anns.values():
        mask = content.annToMask(annotation).astype(bool)
        painted[content.imgs[annotation["image_id"]]["z"]][mask] = annotation["label"]
        assert annotation["area"] == mask.sum()
        x, y, width, height = annotation["bbox"]
        assert mask[y : y + height, x : x + width].sum() == mask.sum()
    np.testing.assert_array_equal(painted, STACK)


def test_roifile_gives_back_the_labels(tmp_path: Path) -> None:
    roifile = pytest.importorskip("roifile")
    path = tmp_path / "objects.zip"
    assert export_labels(path, FILE) == 3
    painted = np.zeros_like(STACK)
    names = []
    for region in roifile.roiread(path):
        rings = [region.coordinates()]
        if region.composite:
            rings = [ring[:-1] for ring in region.coordinates(multi=True)]
        paint(rings, int(region.name[:5]), painted[region.z_position - 1])
        names.append(region.name)
    np.testing.assert_array_equal(painted, STACK)
    assert names == ["00003-z0000", "00003-z0001", "70000-z0001"]


def test_planes_that_imagej_cannot_reach(tmp_path: Path) -> None:
    wide = ImageFile(np.zeros((16, 40_000), dtype=np.uint8), "YX", None, "wide.tif")
    with pytest.raises(InputError, match=r"write \.geojson instead"):
        export_labels(tmp_path / "objects.zip", wide)
    assert list(tmp_path.iterdir()) == []


def test_empty_labels_give_an_empty_file(tmp_path: Path) -> None:
    empty = ImageFile(np.zeros((20, 20), dtype=np.uint8), "YX", None, "empty.tif")
    for name in ("a.geojson", "a.json", "a.zip", "a.csv"):
        assert export_labels(tmp_path / name, empty) == 0
    assert json.loads((tmp_path / "a.geojson").read_text())["features"] == []


def test_images_are_no_labels(tmp_path: Path) -> None:
    np.save(tmp_path / "image.npy", np.zeros((20, 20)))
    with pytest.raises(ImageError, match="is no label image"):
        read_labels(tmp_path / "image.npy")
