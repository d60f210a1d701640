"""OME-Zarr: images that others wrote are read, labels that we write are read by others."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import zarr

from napari_samwise.errors import ImageError, InputError
from napari_samwise.io.ome_zarr_labels import make_multiscale, writing_labels
from napari_samwise.io.read import read_image
from napari_samwise.io.write import check_labels_path, write_labels

ome_zarr_io = pytest.importorskip("ome_zarr.io")
ome_zarr_reader = pytest.importorskip("ome_zarr.reader")
ome_zarr_writer = pytest.importorskip("ome_zarr.writer")
ome_zarr_format = pytest.importorskip("ome_zarr.format")

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

FORMATS = {"0.4": 2, "0.5": 3}
LABELS = (np.arange(3 * 700 * 600) % 1013).astype(np.int32).reshape(3, 700, 600)


def set_attributes(path: Path, version: str, **ome: Any) -> None:
    group = zarr.open_group(path, mode="a")
    group.attrs.update(ome if version == "0.4" else {"ome": {"version": version, **ome}})


def write_image(path: Path, version: str, image: np.ndarray, axes: str) -> None:
    """Write with ome-zarr, and tell the units, which its writer leaves out."""
    group = zarr.open_group(path, mode="w", zarr_format=FORMATS[version])
    fmt = {"0.4": ome_zarr_format.FormatV04, "0.5": ome_zarr_format.FormatV05}[version]()
    ome_zarr_writer.write_image(image, group, axes=axes.lower(), fmt=fmt)
    attributes = group.attrs.asdict()
    ome = attributes.get("ome", attributes)
    (multiscale,) = ome["multiscales"]
    for axis in multiscale["axes"]:
        axis |= {"unit": "nanometer"} if axis["type"] == "space" else {}
    for level, dataset in enumerate(multiscale["datasets"]):
        sizes = [500.0 * 2**level if a in "YX" else 2000.0 for a in axes]
        dataset["coordinateTransformations"] = [{"type": "scale", "scale": sizes}]
    group.attrs.update(attributes)


def read_with_ome_zarr(path: Path) -> tuple[list[np.ndarray], dict[str, Any]]:
    (node,) = ome_zarr_reader.Reader(ome_zarr_io.parse_url(str(path)))()
    return [np.asarray(level) for level in node.data], node.metadata


@pytest.mark.parametrize("version", FORMATS)
def test_image_of_ome_zarr(tmp_path: Path, version: str) -> None:
    image = np.arange(4 * 64 * 96, dtype=np.uint16).reshape(1, 1, 4, 64, 96)
    write_image(tmp_path / "image.zarr", version, image, "TCZYX")
    file = read_image(tmp_path / "image.zarr")
    assert (file.axes, file.scale) == ("ZYX", pytest.approx((2.0, 0.5, 0.5)))
    np.testing.assert_array_equal(np.asarray(file.data), image[0, 0])
    assert len(file.levels) > 1
    assert file.levels[1].shape[-2:] == (32, 48)


@pytest.mark.parametrize("version", FORMATS)
@pytest.mark.parametrize("axes", ["ZYX", "TYX", "CYX"])
def test_labels_are_read_by_ome_zarr(tmp_path: Path, version: Any, axes: str) -> None:
    path = tmp_path / "labels.zarr"
    write_labels(path, LABELS, axes, (2.0, 0.5, 0.25), ome_zarr=version)
    levels, metadata = read_with_ome_zarr(path)
    np.testing.assert_array_equal(levels[0], LABELS)
    np.testing.assert_array_equal(levels[1], LABELS[:, ::2, ::2])
    assert "".join(axis["name"] for axis in metadata["axes"]) == axes.lower()
    assert metadata["coordinateTransformations"][1] == [{"type": "scale", "scale": [2.0, 1.0, 0.5]}]
    file = read_image(path)
    assert (file.axes, len(file.levels)) == (axes, 2)
    assert file.data.dtype == np.int32
    models = pytest.importorskip("ome_zarr_models")
    assert "ImageLabel" in type(models.open_ome_zarr(zarr.open_group(path, mode="r"))).__name__


@pytest.mark.parametrize("version", FORMATS)
def test_labels_inside_an_image_are_found_with_it(tmp_path: Path, version: Any) -> None:
    path = tmp_path / "image.zarr"
    write_image(path, version, LABELS.astype(np.uint16), "ZYX")
    write_labels(path / "labels" / "cells", LABELS, "ZYX")
    write_labels(path / "labels" / "nuclei", LABELS + 1, "ZYX")
    nodes = list(ome_zarr_reader.Reader(ome_zarr_io.parse_url(str(path)))())
    found = {node.zarr.basename(): np.asarray(node.data[0]) for node in nodes if node.data}
    np.testing.assert_array_equal(found["cells"], LABELS)
    np.testing.assert_array_equal(found["nuclei"], LABELS + 1)
    np.testing.assert_array_equal(np.asarray(read_image(path).data), LABELS)


def test_array_on_disk_becomes_a_multiscale(tmp_path: Path) -> None:
    path = tmp_path / "labels.zarr"
    array = zarr.create_array(store=str(path), shape=(900, 700), chunks=(256, 256), dtype="int32")
    array[...] = LABELS[0].repeat(2, axis=0)[:900, :600].repeat(2, axis=1)[:, :700]
    whole = array[...]
    make_multiscale(path, "YX", (0.5, 0.5))
    levels, _ = read_with_ome_zarr(path)
    np.testing.assert_array_equal(levels[0], whole)
    np.testing.assert_array_equal(levels[1], whole[::2, ::2])
    assert [p.name for p in tmp_path.iterdir()] == ["labels.zarr"]


def write_and_fail(path: Path) -> None:
    with writing_labels(path, (64, 64), "YX") as array:
        array[:32] = 7
        raise KeyboardInterrupt


def test_nothing_is_left_of_labels_that_were_not_finished(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        write_and_fail(tmp_path / "labels.zarr")
    assert list(tmp_path.iterdir()) == []
    write_labels(tmp_path / "labels.zarr", LABELS[0], "YX")
    with pytest.raises(KeyboardInterrupt):
        write_and_fail(tmp_path / "labels.zarr")
    np.testing.assert_array_equal(read_image(tmp_path / "labels.zarr").data[...], LABELS[0])


def test_an_image_is_never_replaced_by_labels(tmp_path: Path) -> None:
    path = tmp_path / "image.zarr"
    write_image(path, "0.5", LABELS.astype(np.uint16), "ZYX")
    for refuse in (check_labels_path, lambda p: write_labels(p, LABELS, "ZYX")):
        with pytest.raises(InputError, match="choose another name"):
            refuse(path)
    np.testing.assert_array_equal(np.asarray(read_image(path).data), LABELS)


def test_axes_out_of_order_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="got 'ZTYX'"):
        write_labels(tmp_path / "labels.zarr", LABELS[None], "ZTYX")
    assert list(tmp_path.iterdir()) == []


def write_plate(path: Path) -> None:
    zarr.open_group(path, mode="w").create_group("A")
    set_attributes(path, "0.5", plate={})


def write_broken_metadata(path: Path) -> None:
    write_image(path, "0.5", LABELS.astype(np.uint16), "ZYX")
    (path / "zarr.json").write_text('{"attributes": {')


def write_missing_level(path: Path) -> None:
    zarr.open_group(path, mode="w")
    set_attributes(path, "0.5", multiscales=[{"axes": [], "datasets": [{"path": "0"}]}])


def write_wrong_axes(path: Path) -> None:
    write_image(path, "0.5", LABELS.astype(np.uint16), "ZYX")
    content = json.loads((path / "zarr.json").read_text())
    content["attributes"]["ome"]["multiscales"][0]["axes"].pop(0)
    (path / "zarr.json").write_text(json.dumps(content))


@pytest.mark.parametrize(
    ("write", "said"),
    [
        (write_plate, "not one image; give the path of an image inside it"),
        (write_broken_metadata, "not a readable OME-Zarr image"),
        (write_missing_level, "not a readable OME-Zarr image"),
        (write_wrong_axes, "names 2 axes, but its arrays have 3"),
        (Path.mkdir, "neither an OME-Zarr image nor a DICOM series"),
    ],
)
def test_unusable_folders_are_told_in_one_sentence(tmp_path: Path, write: Any, said: str) -> None:
    write(tmp_path / "image.zarr")
    with pytest.raises(ImageError, match=said) as caught:
        read_image(tmp_path / "image.zarr")
    assert "\n" not in str(caught.value)


def test_damaged_chunk_is_told(tmp_path: Path) -> None:
    write_labels(tmp_path / "labels.zarr", LABELS[0], "YX")
    chunk = next(p for p in (tmp_path / "labels.zarr" / "0").rglob("0") if p.is_file())
    chunk.write_bytes(chunk.read_bytes()[:50])
    with pytest.raises(ImageError, match="cannot be read everywhere"):
        read_image(tmp_path / "labels.zarr").data[:10]
