"""Labelled images: nothing that is held back is trained on."""

from __future__ import annotations

import os
from pathlib import Path
from types import MappingProxyType

import numpy as np
import pytest
import tifffile

from napari_samwise.errors import ImageError
from napari_samwise.learn import corpus
from napari_samwise.learn.corpus import all_planes, planes, read_pair, training_planes
from napari_samwise.learn.split import Split, fixed_split, read_words


@pytest.fixture
def small_split(monkeypatch: pytest.MonkeyPatch) -> None:
    split = Split(("flat/one",), ("flat/two",), MappingProxyType({"deep/stack": 2}))
    monkeypatch.setattr(corpus, "fixed_split", lambda: split)


def test_no_image_is_on_both_sides() -> None:
    split = fixed_split()
    names = [*split.train, *split.held_back, *split.divided]
    assert len(names) == len(set(names)) > 100
    assert all(border > 0 for border in split.divided.values())


def test_every_hand_annotated_microscopy_source_is_held_back_in_part() -> None:
    split = fixed_split()
    sources = {name.split("/")[0] for name in (*split.held_back, *split.divided)}
    for prefix in ("dsb2018_", "usiigaci_phase", "plantseg_", "stardist_3d", "wsu_"):
        assert any(source.startswith(prefix) for source in sources)


@pytest.mark.usefixtures("small_split")
def test_the_two_sides_share_no_plane(squares_folder: Path) -> None:
    train = {plane.name for plane in planes(squares_folder, "train")}
    held_back = {plane.name for plane in planes(squares_folder, "held_back")}
    assert train == {"flat/one", "deep/stack:0", "deep/stack:1"}
    assert held_back == {"flat/two", "deep/stack:2", "deep/stack:3"}


@pytest.mark.usefixtures("small_split")
def test_of_a_divided_volume_only_unseen_objects_are_scored(squares_folder: Path) -> None:
    trained = {
        int(i)
        for plane in planes(squares_folder, "train")
        if plane.source == "deep"
        for i in np.unique(plane.labels)
    }
    scored = [p.scored for p in planes(squares_folder, "held_back") if p.source == "deep"]
    assert scored == [frozenset({5})] * 2
    assert trained == {0, 1, 2}


def test_parts_of_a_class_are_objects_of_their_own(
    squares_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    classes = np.zeros((2, 96, 120), np.uint8)
    classes[:, 10:30, 10:30], classes[:, 60:80, 10:30] = 1, 1
    classes[:, 10:30, 30:50] = 2
    classes[:, 90:95, 90:95] = 2  # a speck
    for name, planes_of in (("one", classes[0]), ("pair", classes)):
        tifffile.imwrite(squares_folder / f"flat/{name}_labels.tif", planes_of)
        tifffile.imwrite(squares_folder / f"flat/{name}_image.tif", planes_of)
    names = ("flat/one", "flat/pair")
    split = Split(names, (), MappingProxyType({}), frozenset(names))
    monkeypatch.setattr(corpus, "fixed_split", lambda: split)
    found = list(planes(squares_folder, "train"))
    assert len(found) == 3
    for plane in found:
        ids, areas = np.unique(plane.labels, return_counts=True)
        assert ids.tolist() == [0, 1, 2, 3]
        assert areas[1:].tolist() == [400, 400, 400]


def test_planes_are_what_the_encoder_sees(squares_folder: Path) -> None:
    found = {plane.name: plane for plane in all_planes(squares_folder)}
    assert len(found) == 6
    assert {plane.source for plane in found.values()} == {"flat", "deep"}
    for plane in found.values():
        assert plane.image.shape == (96, 120, 3)
        assert plane.image.dtype == np.uint8
        assert plane.labels.dtype == np.int32
        assert plane.scored is None
        assert plane.image[plane.labels > 0].min() > plane.image[plane.labels == 0].max()


def test_stacks_can_be_thinned(squares_folder: Path) -> None:
    names = [plane.name for plane in all_planes(squares_folder, every=3)]
    assert names == ["deep/stack:0", "deep/stack:3", "flat/one", "flat/two"]


def test_pairs_may_lie_in_the_folder_itself(squares_folder: Path) -> None:
    names = [(plane.name, plane.source) for plane in all_planes(squares_folder / "flat")]
    assert names == [("one", "."), ("two", ".")]


@pytest.mark.skipif(os.name == "nt", reason="links need rights there")
def test_folders_may_be_links(
    squares_folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    root = tmp_path_factory.mktemp("root")
    (root / "linked").symlink_to(squares_folder, target_is_directory=True)

    names = [plane.name for plane in all_planes(root)]

    assert names == [f"linked/{plane.name}" for plane in all_planes(squares_folder)]
    assert names


def test_all_images_of_a_further_folder_train(
    squares_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    split = Split(("flat/one",), ("flat/two",), MappingProxyType({}))
    monkeypatch.setattr(corpus, "fixed_split", lambda: split)
    further = squares_folder / "flat"

    def names(*folders: Path | None) -> list[str]:
        return [plane.name for plane in training_planes(*folders)]

    assert names(None) == []
    assert names(squares_folder) == ["flat/one"]
    assert names(None, further) == ["one", "two"]
    assert names(squares_folder, further) == ["flat/one", "one", "two"]


def test_what_objects_are_called_may_lie_beside_them(tmp_path: Path) -> None:
    assert read_words(tmp_path) == {}
    table = tmp_path / "words.json"
    table.write_text('{"rods": "bacterium"}')
    assert read_words(tmp_path) == {"rods": "bacterium"}


@pytest.mark.parametrize(
    ("text", "reason"),
    [("{", "is no readable JSON"), ('["rods"]', "must map folders"), ('{"a": 1}', "must map")],
)
def test_a_damaged_table_of_words_is_refused(tmp_path: Path, text: str, reason: str) -> None:
    (tmp_path / "words.json").write_text(text)
    with pytest.raises(ImageError, match=reason):
        read_words(tmp_path)


def test_a_folder_without_pairs_is_refused(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(ImageError, match="holds no labelled images"):
            next(all_planes(folder))


def test_labels_without_an_image_are_refused(squares_folder: Path) -> None:
    (squares_folder / "flat/one_image.tif").unlink()
    with pytest.raises(ImageError, match=r"one_image\.tif does not exist"):
        list(all_planes(squares_folder))


@pytest.mark.parametrize(
    ("labels", "reason"),
    [
        (np.zeros((5, 5), np.uint8), "has shape"),
        (np.zeros((96,), np.uint8), "has shape"),
        (np.zeros((96, 120), np.float32), "whole numbers"),
        (np.full((96, 120), -1, np.int16), "from 0"),
        (np.full((96, 120), 2**31, np.uint32), "renumber"),
    ],
)
def test_labels_that_do_not_fit_are_refused(
    squares_folder: Path, labels: np.ndarray, reason: str
) -> None:
    tifffile.imwrite(squares_folder / "flat/one_labels.tif", labels)
    with pytest.raises(ImageError, match=reason):
        read_pair(squares_folder, "flat/one")


def test_a_text_file_is_refused(squares_folder: Path) -> None:
    (squares_folder / "flat/one_image.tif").write_text("no picture")
    with pytest.raises(ImageError, match="no readable TIFF"):
        read_pair(squares_folder, "flat/one")
