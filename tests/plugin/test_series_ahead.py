"""The next image is read and encoded while the user works on the present one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile

from napari_samwise.plugin.series import ahead


@pytest.fixture
def folder(tmp_path: Path, squares: np.ndarray) -> Path:
    made = tmp_path / "images"
    made.mkdir()
    for index in range(4):
        tifffile.imwrite(made / f"{index}.tif", np.roll(squares, index, axis=1))
    return made


@pytest.fixture
def slot(manual_slot) -> Any:
    return manual_slot()


@pytest.fixture
def work(open_series, slot) -> Any:
    return open_series(ahead=slot)


def test_the_next_image_is_encoded_ahead(work, slot, folder: Path) -> None:
    work.series.open(folder)
    assert len(work.harness.model.encoded) == 1
    slot.run()
    assert len(work.harness.model.encoded) == 2
    assert not slot.busy, "one image ahead, and no more"
    work.series.next()
    assert work.harness.status.detail != ""
    assert len(work.harness.model.encoded) == 2, "it needs not be encoded again"
    work.keep(12, 16)
    assert work.harness.objects[12, 16] == 1


def test_what_was_read_ahead_is_not_read_again(work, slot, folder: Path, monkeypatch) -> None:
    work.series.open(folder)
    slot.run()
    (folder / "1.tif").unlink()
    work.series.next()
    assert work.name == "1.tif"


def test_a_click_stops_it_and_it_begins_again(
    start, open_series, manual_slot, slot, folder: Path
) -> None:
    work = open_series(ahead=slot)
    work.series.open(folder)
    decoding = work.harness.controller._pipeline._decoding = manual_slot()
    assert slot.busy
    assert not slot.was_stopped
    work.harness["prompts"].add((12, 15))
    assert slot.was_stopped
    slot.run()
    assert len(work.harness.model.encoded) == 1
    assert not slot.busy, "not before the mask is there"
    decoding.run()
    assert slot.busy
    slot.run()
    assert len(work.harness.model.encoded) == 2


def test_it_stops_within_the_encoder(work, slot, folder: Path, monkeypatch) -> None:
    begun = []

    def stop(model: Any, report: Any, should_stop: Any) -> Any:
        begun.append(should_stop)
        raise ahead.Cancelled("stopped")

    work.series.open(folder)
    with monkeypatch.context() as patch:
        patch.setattr(ahead, "watched", stop)
        slot.run()
    assert len(begun) == 1
    assert slot.busy, "it begins again when there is time"


def test_an_unreadable_image_is_tried_once(work, slot, folder: Path) -> None:
    (folder / "1.tif").write_text("no image")
    work.series.open(folder)
    slot.run()
    assert not slot.busy
    work.harness.controller.board.publish()
    assert not slot.busy
    work.series.next()
    assert slot.busy, "the one after it is prepared now"


def test_another_model_asks_for_another_embedding(work, slot, folder: Path) -> None:
    work.series.open(folder)
    slot.run()
    work.harness.controller.choose_model("other")
    assert slot.busy


def test_it_follows_where_the_user_goes(work, slot, folder: Path) -> None:
    work.series.open(folder)
    work.series.go_to(2)
    assert slot.was_stopped
    slot.run()
    slot.run()
    assert work.ahead.take(folder / "3.tif") is not None
    assert work.ahead.take(folder / "1.tif") is None


def test_nothing_is_ahead_of_the_last_image(work, slot, folder: Path) -> None:
    work.series.open(folder)
    slot.run()
    work.series.go_to(3)
    assert not slot.busy


def test_contrast_limits_of_an_image_that_is_not_shown_are_not_known(
    work, slot, folder: Path
) -> None:
    work.series.open(folder)
    slot.run()
    work.harness.controller.choose_intensity("contrast-limits")
    work.series.next()
    assert not slot.busy


def test_the_slice_in_view_is_encoded_ahead(work, slot, tmp_path: Path, stack) -> None:
    for name in ("a.tif", "b.tif", "c.tif"):
        data = stack if name != "c.tif" else stack[:3]
        tifffile.imwrite(tmp_path / name, data, ome=True, metadata={"axes": "ZYX"})
    work.series.open(tmp_path)
    work.viewer.dims.set_current_step(0, 7)
    while slot.busy:
        slot.run()
    count = len(work.harness.model.encoded)
    work.series.next()
    assert len(work.harness.model.encoded) == count
    slot.run()
    assert len(work.harness.model.encoded) == count, "the next one has no slice 7"


def test_closing_ends_it(work, slot, folder: Path) -> None:
    work.series.open(folder)
    work.series.close()
    assert slot.is_closed
    assert work.ahead.take(folder / "1.tif") is None
