"""Next and previous image of a folder: nothing is lost, nothing piles up."""

from __future__ import annotations

import gc
import weakref
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
import zarr

from napari_samwise.errors import InputError
from napari_samwise.io.write import write_labels
from napari_samwise.plugin import labels
from napari_samwise.plugin.series import keeper, opened
from napari_samwise.plugin.source_file import file_of

COUNT = 4


@pytest.fixture
def folder(tmp_path: Path, squares: np.ndarray) -> Path:
    made = tmp_path / "images"
    made.mkdir()
    for index in range(COUNT):
        tifffile.imwrite(made / f"cells{index + 8}.tif", np.roll(squares, index, axis=1))
    return made


@pytest.fixture
def work(open_series) -> Any:
    return open_series()


def test_a_folder_opens_at_its_first_image(work, folder: Path) -> None:
    seen = []
    work.series.changed.connect(seen.append)
    work.series.open(folder)
    assert work.name == "cells8.tif"
    assert file_of(work.harness.controller.image) == folder / "cells8.tif"
    status = seen[-1]
    assert status.names == tuple(f"cells{index + 8}.tif" for index in range(COUNT))
    assert (status.at, status.busy, sum(status.done)) == (0, False, 0)
    assert work.said.startswith("Click on an object")


def test_objects_are_saved_and_come_back(work, folder: Path, squares: np.ndarray) -> None:
    work.series.open(folder)
    work.keep(12, 15)
    work.keep(30, 45)
    before = dict(work.harness.session.objects)
    work.series.next()
    assert work.name == "cells9.tif"
    assert not work.harness.objects.any()
    expected = (squares == 200) + 2 * (squares == 120)
    np.testing.assert_array_equal(tifffile.imread(folder / "cells8.objects.tif"), expected)
    work.series.previous()
    np.testing.assert_array_equal(work.harness.objects, expected)
    after = work.harness.session.objects
    assert {i: (each.model, each.area) for i, each in after.items()} == {
        i: (each.model, each.area) for i, each in before.items()
    }
    work.keep(44, 60)
    assert work.harness.objects[44, 60] == 3


def test_nothing_is_written_where_nothing_is_done(work, folder: Path) -> None:
    before = sorted(folder.iterdir())
    work.series.open(folder)
    for _ in range(COUNT + 1):
        work.series.next()
    assert sorted(folder.iterdir()) == before
    assert work.said == "This is the last image of the folder."


def test_what_did_not_change_is_not_written_again(work, folder: Path) -> None:
    work.series.open(folder)
    work.keep(12, 15)
    work.series.next()
    stamp = (folder / "cells8.objects.tif").stat().st_ino
    work.series.previous()
    work.series.next()
    assert (folder / "cells8.objects.tif").stat().st_ino == stamp


def test_a_table_that_changed_is_saved_though_the_pixels_are_the_same(work, folder: Path) -> None:
    work.series.open(folder)
    work.keep(12, 15)
    work.series.next()
    work.series.previous()
    (known,) = work.harness.session.objects.values()
    work.harness.session.edit((), {known.id: replace(known, clicks=7)}, "edit")
    work.series.next()
    work.series.previous()
    (known,) = work.harness.session.objects.values()
    assert known.clicks == 7


def test_labels_without_a_table_are_left_as_they_are(work, folder: Path, squares) -> None:
    path = folder / "cells8.objects.tif"
    write_labels(path, (squares > 0).astype(np.uint16) * 3, "YX", None)
    stamp = path.stat().st_ino
    work.series.open(folder)
    assert set(work.harness.session.objects) == {3}
    work.series.next()
    assert path.stat().st_ino == stamp
    assert not path.with_suffix(".csv").exists()


def test_all_objects_deleted_is_saved_too(work, folder: Path) -> None:
    work.series.open(folder)
    work.keep(12, 15)
    work.series.next()
    work.series.previous()
    work.harness.session.adopt(np.zeros_like(work.harness.objects), {})
    work.series.next()
    assert not tifffile.imread(folder / "cells8.objects.tif").any()


def test_painted_pixels_are_saved(work, folder: Path) -> None:
    work.series.open(folder)
    layer = work.harness["objects"]
    layer.selected_label = 5
    layer.paint((20, 30), 5)
    work.series.next()
    assert tifffile.imread(folder / "cells8.objects.tif")[20, 30] == 5


def test_five_layers_after_any_number_of_images(work, folder: Path) -> None:
    work.viewer.add_labels(np.zeros((3, 3), int), name="mine")
    work.series.open(folder)
    first = weakref.ref(work.harness.controller.desk.workspace)
    for _ in range(COUNT - 1):
        work.keep(12, 15)
        work.series.next()
        work.harness.settle()
    assert len(work.viewer.layers) == 1 + 5
    assert "mine" in work.viewer.layers
    gc.collect()
    assert first() is None, "the session of an image that was left is let go"


@pytest.mark.parametrize("what", ["save", "table"])
def test_a_failure_to_save_keeps_the_image(work, folder: Path, monkeypatch, what: str) -> None:
    work.series.open(folder)
    work.keep(12, 15)
    layers = list(work.viewer.layers)
    target = "write_labels" if what == "save" else "save_table"

    def full(*args: Any, **kwargs: Any) -> None:
        raise InputError("'x' cannot be written: No space left on device; choose another place.")

    with monkeypatch.context() as patch:
        patch.setattr(keeper, target, full)
        for leave in (work.series.next, work.series.finish, lambda: work.series.go_to(2)):
            leave()
            assert "No space left" in work.said
            assert list(work.viewer.layers) == layers
            assert work.harness.objects.any()
            assert work.series.status().at == 0
            assert not any(work.series.status().done)
    work.series.next()
    assert work.name == "cells9.tif"
    assert (folder / "cells8.objects.tif").exists()
    assert (folder / "cells8.objects.csv").exists()


def test_a_mask_in_work_is_not_lost(work, folder: Path) -> None:
    work.series.open(folder)
    work.harness["prompts"].add((12, 15))
    work.series.next()
    assert "not kept yet" in work.said
    assert work.name == "cells8.tif"
    work.harness.controller.clear()
    work.series.next()
    assert work.name == "cells9.tif"


def test_what_is_changed_while_it_is_saved_is_saved_as_well(
    open_series, manual_slot, folder: Path
) -> None:
    slot = manual_slot()
    work = open_series(slot)
    work.series.open(folder)
    slot.run()
    work.keep(12, 15)
    work.series.next()
    assert work.series.status().busy
    slot._held = (_before(slot._held[0], lambda: work.keep(30, 45)), *slot._held[1:])
    slot.run()
    assert work.name == "cells8.tif", "it is saved a second time"
    slot.run()
    assert work.name == "cells9.tif"
    assert tifffile.imread(folder / "cells8.objects.tif").max() == 2


def _before(job: Any, act: Any) -> Any:
    def run(ticket: Any) -> Any:
        found = job(ticket)
        act()
        return found

    return run


def test_nothing_else_is_opened_meanwhile(open_series, manual_slot, folder: Path) -> None:
    slot = manual_slot()
    work = open_series(slot)
    work.series.open(folder)
    work.series.next()
    work.series.finish()
    slot.run()
    assert work.name == "cells8.tif"


def test_a_running_job_keeps_the_image(open_series, manual_slot, folder: Path) -> None:
    work = open_series(jobs=manual_slot())
    work.series.open(folder)
    work.bench.run("Tracking", lambda ticket, post: None, done=lambda result: None)
    work.series.next()
    assert work.said == "Tracking is still going on; stop it first."
    assert work.name == "cells8.tif"


def test_done_and_next(work, folder: Path) -> None:
    work.series.open(folder)
    work.series.mark(1, True)
    work.series.finish()
    assert work.name == "cells10.tif", "the second is done already"
    assert work.series.status().done == (True, True, False, False)
    work.series.finish()
    work.series.finish()
    assert work.said == "Every image of the folder is done."
    assert all(work.series.status().done)
    work.series.mark(2, False)
    work.series.open(folder)
    assert work.name == "cells10.tif", "it opens at the first that is not done"


def test_an_image_that_cannot_be_read_is_told_once_and_passed(work, folder: Path) -> None:
    (folder / "cells9.tif").write_text("no image")
    work.series.open(folder)
    work.keep(12, 15)
    work.series.next()
    assert "Next goes past it" in work.said
    assert work.name == "cells8.tif"
    assert work.harness.objects.any()
    work.series.next()
    assert work.name == "cells10.tif"
    work.series.previous()
    assert work.name == "cells8.tif"
    tifffile.imwrite(folder / "cells9.tif", np.eye(20, dtype=np.uint8))
    work.series.go_to(1)
    assert work.name == "cells9.tif", "choosing it tries again"


def test_the_first_image_cannot_be_read(work, folder: Path) -> None:
    (folder / "cells8.tif").write_text("no image")
    work.series.open(folder)
    assert "Next goes past it" in work.said
    work.series.finish()
    assert work.name == "cells9.tif"
    assert not any(work.series.status().done), "what nobody has seen is not done"


@pytest.mark.parametrize("shape", [(3, 3), (2, 48, 64)])
def test_objects_of_another_shape_are_left_alone(work, folder: Path, shape) -> None:
    path = folder / "cells8.objects.tif"
    write_labels(path, np.ones(shape, np.uint16), "ZYX"[-len(shape) :])
    before = path.read_bytes()
    work.series.open(folder)
    assert "Next goes past it" in work.said
    work.series.next()
    work.series.close()
    assert path.read_bytes() == before


def test_a_wrong_folder_changes_nothing(work, folder: Path, tmp_path: Path) -> None:
    work.series.open(folder)
    work.series.open(tmp_path / "gone")
    assert "no file or folder" in work.said
    assert work.series.status().folder == folder


def test_another_folder_takes_over(work, folder: Path, tmp_path: Path, squares) -> None:
    work.series.open(folder)
    work.keep(12, 15)
    other = tmp_path / "other"
    other.mkdir()
    tifffile.imwrite(other / "z.tif", squares)
    work.series.open(other)
    assert (folder / "cells8.objects.tif").exists()
    assert work.name == "z.tif"
    assert len(work.viewer.layers) == 5


def test_steps_without_a_folder(work) -> None:
    for act in (work.series.next, work.series.previous):
        act()
        assert work.said == "Choose a folder of images first."
    work.series.finish()
    assert work.series.status().folder is None


def test_closing_saves(work, folder: Path) -> None:
    work.series.open(folder)
    work.keep(12, 15)
    work.series.close()
    assert tifffile.imread(folder / "cells8.objects.tif")[12, 15] == 1


def test_closing_where_nothing_can_be_saved_says_so(
    work, folder: Path, monkeypatch, caplog
) -> None:
    work.series.open(folder)
    work.keep(12, 15)

    def full(*args: Any, **kwargs: Any) -> None:
        raise InputError("no room")

    monkeypatch.setattr(keeper, "write_labels", full)
    work.series.close()
    assert "no room" in caplog.text


def test_the_user_deletes_the_image(work, folder: Path) -> None:
    work.series.open(folder)
    work.keep(12, 15)
    work.viewer.layers.remove("cells8.tif")
    work.harness.settle()
    work.series.next()
    assert work.name == "cells9.tif"
    assert (folder / "cells8.objects.tif").exists()


def test_another_image_of_the_viewer_is_annotated_meanwhile(work, folder: Path, squares) -> None:
    mine = work.viewer.add_image(squares, name="mine")
    work.series.open(folder)
    work.keep(12, 15)
    work.harness.controller.choose_image(mine)
    work.keep(30, 45)
    work.series.next()
    saved = tifffile.imread(folder / "cells8.objects.tif")
    assert saved[12, 15] == 1
    assert not saved[30, 45]
    assert work.name == "cells9.tif"
    kept = [layer for layer in work.viewer.layers if layer.name == "objects (mine)"]
    assert len(kept) == 1, "objects of other images stay"


def test_channels_are_layers_and_objects_go_along(work, tmp_path: Path, squares) -> None:
    for name in ("a.tif", "b.tif"):
        data = np.stack([squares, squares[::-1]])
        tifffile.imwrite(tmp_path / name, data, ome=True, metadata={"axes": "CYX"})
    work.series.open(tmp_path)
    first, second = work.viewer.layers["a.tif, channel 0"], work.viewer.layers["a.tif, channel 1"]
    assert work.harness.controller.image is first
    work.keep(12, 15)
    work.harness.controller.choose_image(second)
    work.keep(47 - 30, 45)
    assert sorted(np.unique(work.harness.objects)) == [0, 1, 2]
    work.harness.controller.choose_image(first)
    assert sorted(np.unique(work.harness.objects)) == [0, 1, 2]
    work.harness.controller.choose_image(second)
    work.series.next()
    assert work.name == "b.tif, channel 1", "the same channel of the next image"
    assert tifffile.imread(tmp_path / "a.objects.tif").max() == 2
    assert len(work.viewer.layers) == 6


def test_axes_pixel_size_and_slider_stay(work, tmp_path: Path, stack) -> None:
    for name in ("a.tif", "b.tif"):
        metadata = {"axes": "ZYX", "PhysicalSizeZ": 2.0, "PhysicalSizeX": 0.5, "PhysicalSizeY": 0.5}
        tifffile.imwrite(tmp_path / name, stack, ome=True, metadata=metadata)
    work.series.open(tmp_path)
    image = work.harness.controller.image
    np.testing.assert_allclose(image.scale, (2, 0.5, 0.5))
    assert [str(unit) for unit in image.units] == ["micrometer"] * 3
    assert image.axis_labels == ("z", "y", "x")
    work.viewer.dims.set_current_step(0, 7)
    work.keep(7, 12, 15)
    work.series.next()
    assert work.viewer.dims.current_step[0] == 7
    assert np.flatnonzero(tifffile.imread(tmp_path / "a.objects.tif").any((1, 2))).tolist() == [7]


def test_colour_is_one_layer(work, tmp_path: Path, squares) -> None:
    tifffile.imwrite(tmp_path / "a.tif", np.stack([squares] * 3, -1), photometric="rgb")
    work.series.open(tmp_path)
    assert work.harness.controller.image.rgb
    work.keep(12, 15)
    work.series.close()
    assert tifffile.imread(tmp_path / "a.objects.tif").shape == squares.shape


def test_objects_of_large_images_stay_on_disk(work, tmp_path: Path, squares, monkeypatch) -> None:
    for module in (opened, labels):
        monkeypatch.setattr(module, "fits_memory", lambda shape: False)
    # Large enough for a second level.
    plane = np.pad(squares, ((0, 600), (0, 600)))
    for name in ("a.zarr", "b.zarr"):
        zarr.save_array(tmp_path / name, plane)
    work.series.open(tmp_path)
    work.keep(12, 15)
    work.series.next()
    assert (tmp_path / "a.objects.zarr").is_dir()
    assert not (tmp_path / "b.objects.zarr").exists()
    work.series.previous()
    assert work.harness.session.labels[12, 15] == 1
    work.keep(30, 45)
    assert work.harness.session.labels[30, 45] == 2
    work.series.next()
    group = zarr.open_group(tmp_path / "a.objects.zarr", mode="r")
    np.testing.assert_array_equal(group["0"][:], (plane == 200) + 2 * (plane == 120))
    work.series.open(tmp_path)
    assert work.series.status().names == ("a.zarr", "b.zarr")


def test_keys_are_on_our_layers_only(work, folder: Path) -> None:
    work.series.open(folder)
    for name in ("prompts", "boxes", "preview", "objects"):
        work.harness.press(name, "PageDown")
    assert work.series.status().at == COUNT - 1
    work.harness.press("prompts", "PageUp")
    work.harness.press("objects", "Shift-PageDown")
    assert work.series.status().done[COUNT - 2]
    layers = list(work.viewer.layers)
    assert not work.harness.controller.image.keymap
    work.series.close()
    assert not any("Page" in str(key) for layer in layers for key in layer.keymap)


def test_a_mask_on_an_image_that_was_removed_holds_nobody(work, folder: Path) -> None:
    work.series.open(folder)
    work.harness["prompts"].add((12, 15))
    work.series.next()
    assert work.name == "cells8.tif", "it is still in work"
    work.harness.viewer.layers.remove(work.harness.controller.image)
    work.series.next()
    assert work.name == "cells9.tif"
