"""``napari-samwise replay``: labels and a table, or one sentence and exit code 2."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile

from napari_samwise.geometry.boxed_mask import BoxedMask
from napari_samwise.intensity import resolve_intensity
from napari_samwise.journal.events import (
    Commit,
    Decode,
    Frame,
    ModelIdentity,
)
from napari_samwise.journal.identity import identify
from napari_samwise.journal.objects import CommittedPlane, ObjectRow
from napari_samwise.journal.pixels import encode_part
from napari_samwise.journal.recorded_plane import RecordedPlane
from napari_samwise.journal.writer import JournalWriter


@pytest.fixture
def journal(squares: Path) -> Path:
    """A click on the first square and one on the second, by the tiny model."""
    image = tifffile.imread(squares)
    identity = identify(image, name=squares.name)
    path = squares.with_name(f"{squares.name}.samwise.jsonl")
    writer = JournalWriter.begin([path], identity)
    intensity = resolve_intensity(image, rgb=False)
    model = ModelIdentity("tiny", "tiny", "tiny-1", "float32")
    writer.write(Frame(0, RecordedPlane((0, 1)), model, intensity, None, False))
    for number, (y, x) in enumerate([(10, 10), (30, 50)]):
        point = (float(y + 5), float(x + 5))
        writer.write(Decode(number, 0, (point,), (1,), None, None, (0.9, 0.8, 0.7)))
        part = encode_part(BoxedMask.from_mask(np.ones((10, 10), bool), (y, x)))
        writer.write(Commit(ObjectRow(number + 1, 1, 0.9), (CommittedPlane(number, 0, (part,)),)))
    writer.close()
    return path


def test_labels_and_table(invoke, tiny_loaded: Any, journal: Path, squares: Path) -> None:
    output = squares.with_name("labels.tif")
    result = invoke("replay", journal, squares, "--model", "tiny", "-o", output)
    assert result.exit_code == 0, result.output
    assert "2 objects, the same pixels as recorded" in result.output
    labels = tifffile.imread(output)
    assert (labels[10:20, 10:20] == 1).all()
    assert (labels[30:40, 50:60] == 2).all()
    assert np.count_nonzero(labels) == 200


def test_labels_lie_where_a_volume_lies(
    invoke, tiny_loaded: Any, journal: Path, squares: Path
) -> None:
    sitk = pytest.importorskip("SimpleITK")
    image = sitk.GetImageFromArray(tifffile.imread(squares)[np.newaxis])
    image.SetOrigin((3.0, -4.0, 50.0))
    image.SetSpacing((0.5, 0.25, 2.0))
    source, output = squares.with_name("ct.nii.gz"), squares.with_name("labels.nii.gz")
    sitk.WriteImage(image, str(source))
    result = invoke("replay", journal, source, "--model", "tiny", "-o", output)
    assert result.exit_code == 0, result.output
    written = sitk.ReadImage(str(output))
    assert written.GetOrigin() == pytest.approx(image.GetOrigin())
    assert written.GetSpacing() == pytest.approx(image.GetSpacing())


def test_json(invoke, tiny_loaded: Any, journal: Path, squares: Path) -> None:
    image = tifffile.imread(squares)
    image[30:40, 55:60] = 20
    other = squares.with_name("other.tif")
    tifffile.imwrite(other, image)
    output = squares.with_name("labels.npy")
    result = invoke("replay", journal, other, "--model", "tiny", "-o", output, "--json")
    assert result.exit_code == 0, result.output
    summary = json.loads(result.stdout)
    assert (summary["same_image"], summary["same_model"]) == (False, True)
    assert not summary["is_identical"]
    assert [row["id"] for row in summary["objects"]] == [1, 2]
    assert summary["objects"][0]["iou"] == 1


def test_what_is_wrong_is_one_line(invoke, tiny_loaded: Any, journal: Path, squares: Path) -> None:
    output = squares.with_name("labels.tif")
    with journal.open("ab") as stream:
        stream.write(b'{"event":"undo","t":1,"path":"/etc/passwd"}\n')
    result = invoke("replay", journal, squares, "-o", output)
    assert result.exit_code == 2
    assert "line 7: the event has the unknown member 'path'" in result.output
    assert not output.exists()
    assert invoke("replay", squares, squares, "-o", output).exit_code == 2
    assert invoke("replay", journal, journal, "-o", output).exit_code == 2
    assert invoke("replay", journal, squares, "-o", squares.with_name("a.txt")).exit_code == 2
