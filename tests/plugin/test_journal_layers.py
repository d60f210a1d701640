"""Journals opened by napari: objects with their provenance, prompts, and the image beside them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import tifffile
from napari.layers import Image, Labels, Points, Shapes
from npe2 import PluginManager

from napari_samwise.errors import JournalError
from napari_samwise.geometry.boxed_mask import BoxedMask
from napari_samwise.io.read import read_image
from napari_samwise.journal.events import DrawnShape, Paint, Prompt
from napari_samwise.journal.identity import identify
from napari_samwise.journal.objects import Change, ObjectRow
from napari_samwise.journal.pixels import encode_part
from napari_samwise.journal.recorded_plane import RecordedPlane
from napari_samwise.journal.writer import JournalWriter

ROW = ObjectRow(70_000, 12, 0.875, "nano", 3, "2026-01-01T00:00:00+00:00")


@pytest.fixture
def journal(tmp_path: Path, squares) -> Path:
    """A journal beside its image: one object, and an object in work."""
    PluginManager.instance().discover()
    image = tmp_path / "cells.tif"
    tifffile.imwrite(image, squares, metadata={"axes": "YX"}, resolution=(2, 2), imagej=False)
    file = read_image(image)
    path = tmp_path / "cells.tif.samwise.jsonl"
    writer = JournalWriter.begin([path], identify(squares, name=file.name))
    part = encode_part(BoxedMask.from_mask(np.ones((3, 4), dtype=bool), (5, 6)))
    writer.write(Paint((Change(ROW.id, RecordedPlane((0, 1)), (part,)),), (ROW,)))
    box = DrawnShape("rectangle", ((1.0, 1.0), (1.0, 9.0), (8.0, 9.0), (8.0, 1.0)))
    writer.write(Prompt(((3.0, 4.0), (9.0, 2.0)), (1, 0), ((0, 1),) * 2, (box,)))
    writer.close()
    return path


def kinds(layers) -> list[type]:
    return [type(layer) for layer in layers]


def test_a_journal_opens_with_everything(viewer, journal, squares) -> None:
    image, objects, boxes, prompts = viewer.open(str(journal), plugin="napari-samwise")
    assert kinds([image, objects, boxes, prompts]) == [Image, Labels, Shapes, Points]
    np.testing.assert_array_equal(image.data, squares)
    expected = np.zeros(squares.shape, dtype=int)
    expected[5:8, 6:10] = ROW.id
    np.testing.assert_array_equal(objects.data, expected)
    row = objects.features.iloc[1]
    told = (row["index"], row["area"], row["predicted_iou"], row["model"], row["clicks"])
    assert told == (ROW.id, 12, 0.875, "nano", 3)
    assert row["time"] == ROW.time
    assert tuple(objects.scale) == tuple(image.scale)
    assert prompts.features["label"].tolist() == ["include", "exclude"]
    np.testing.assert_array_equal(boxes.data[0][0], (1, 1))


def test_napari_knows_by_itself_who_reads_a_journal(viewer, journal) -> None:
    assert any(isinstance(layer, Labels) for layer in viewer.open(str(journal), plugin=None))


def test_another_image_of_that_name_is_not_opened(viewer, journal, squares) -> None:
    tifffile.imwrite(journal.with_name("cells.tif"), squares[::-1].copy())
    layers = viewer.open(str(journal), plugin="napari-samwise")
    assert kinds(layers) == [Labels, Shapes, Points]


def test_only_a_file_beside_it_is_looked_for(viewer, journal, tmp_path: Path) -> None:
    moved = tmp_path / "elsewhere" / journal.name
    moved.parent.mkdir()
    journal.rename(moved)
    layers = viewer.open(str(moved), plugin="napari-samwise")
    assert Image not in kinds(layers)


def test_a_damaged_journal_says_which_line_and_why(viewer, journal) -> None:
    lines = journal.read_text().splitlines()
    lines[1] = lines[1].replace('"paint"', '"explode"')
    journal.write_text("\n".join(lines) + "\n")
    with pytest.raises(JournalError, match="line 2"):
        viewer.open(str(journal), plugin="napari-samwise")
