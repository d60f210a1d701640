"""Many images of mixed format, some damaged: every result, every reason, nothing else."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
import zarr

import napari_samwise as sw
from napari_samwise.batch.recipe import Find, Keep, Outputs, Recipe
from napari_samwise.errors import InputError, JournalError, ModelNameError
from napari_samwise.geometry.boxed_mask import BoxedMask

Write = Callable[..., list[Path]]
GRID = Find(points_per_side=10)


@pytest.fixture(autouse=True)
def _tiny(tiny_loaded: Any) -> None:
    """Every name loads the tiny model."""


def read_log(out: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (out / "log.jsonl").read_text().splitlines()]


def test_mixed_formats_with_damaged_files(
    tmp_path: Path, write_images: Write, write_damaged: Write, grid_recipe: Recipe
) -> None:
    images, out = tmp_path / "images", tmp_path / "out"
    good = write_images(images, 20)
    bad = write_damaged(images)
    (images / "notes.txt").write_text("no image")
    told: list[tuple[int, int]] = []
    report = sw.batch(
        images, out, recipe=grid_recipe, workers=3, progress=lambda *count: told.append(count)
    )
    assert report.counts() == {
        "images": 30, "done": 20, "skipped": 0, "failed": 10, "ignored": 1,
    }  # fmt: skip
    assert report.exit_code == 2
    assert {Path(each.image) for each in report.done} == set(good)
    assert {Path(each.image) for each in report.failed} == set(bad)
    for each in report.failed:
        assert each.status == "failed"
        assert each.reason is not None
        assert each.reason.endswith((".", "YX'."))
        assert Path(each.image).name in each.reason or "image" in each.reason.lower()
    assert told == [(n, 30) for n in range(31)]
    assert json.loads((out / "report.json").read_text()) == report.to_json()
    events = Counter(entry["event"] for entry in read_log(out))
    assert events == {"run_started": 1, "image_done": 20, "image_failed": 10, "run_finished": 1}
    visible = {path.name for path in out.iterdir() if not path.name.startswith(".")}
    named = {name for each in report.done for name in each.outputs}
    assert visible == named | {"report.json", "log.jsonl", "recipe.yaml"}
    assert len(named) == 60


def test_results_are_those_of_a_call(tmp_path: Path, write_images: Write, tiny_model: Any) -> None:
    paths = write_images(tmp_path / "images", 4)
    recipe = Recipe(find=GRID, outputs=Outputs("ome-zarr", "csv", "geojson"))
    report = sw.batch(paths, tmp_path / "out", recipe=recipe)
    assert [each.image for each in report.images] == [str(path) for path in paths]
    options = recipe.options_for(tiny_model)
    for path, each in zip(paths, report.images, strict=True):
        image = tifffile.imread(path) if ".tif" in path.name else None
        if image is None:
            continue
        expected = sw.segment_everything(image, tiny_model, options=options)
        labels = zarr.open_group(tmp_path / "out" / each.outputs[0], mode="r")["0"][...]
        np.testing.assert_array_equal(labels, expected)
        assert each.objects == 2
        rows = list(csv.DictReader((tmp_path / "out" / each.outputs[1]).open()))
        assert [int(row["pixels"]) for row in rows] == [196, 196]
        assert {float(row["intensity_mean"]) for row in rows} == {200.0, 120.0}
        shapes = json.loads((tmp_path / "out" / each.outputs[2]).read_text())
        assert len(shapes["features"]) == 2


def test_threads_and_order_make_no_difference(
    tmp_path: Path, write_images: Write, grid_recipe: Recipe, contents: Any
) -> None:
    paths = write_images(tmp_path / "images", 8)
    one, many = tmp_path / "one", tmp_path / "many"
    sw.batch(paths, one, recipe=grid_recipe, workers=1)
    sw.batch(paths[::-1], many, recipe=grid_recipe, workers=4)
    assert contents(one) == contents(many)
    assert len(contents(one)) == 8 * 3 + 1


def test_a_fault_of_ours_stops_nothing(
    tmp_path: Path, write_images: Write, monkeypatch: pytest.MonkeyPatch, tiny_model: Any
) -> None:
    paths = write_images(tmp_path / "images", 3)
    decode, calls = type(tiny_model).decode, []

    def fail_once(*args: Any, **kwargs: Any) -> Any:
        calls.append(1)
        if len(calls) == 1:
            raise ZeroDivisionError("by zero")
        return decode(*args, **kwargs)

    monkeypatch.setattr(type(tiny_model), "decode", fail_once)
    report = sw.batch(paths, tmp_path / "out", recipe=Recipe(find=GRID), workers=1)
    assert (len(report.done), len(report.faults), report.exit_code) == (2, 1, 1)
    assert report.faults[0].reason == "napari-samwise failed with ZeroDivisionError: by zero"


@pytest.mark.parametrize(
    "error", [MemoryError(), RuntimeError("DefaultCPUAllocator: can't allocate memory")]
)
def test_want_of_memory_is_told(
    tmp_path: Path,
    write_images: Write,
    monkeypatch: pytest.MonkeyPatch,
    tiny_model: Any,
    error: Exception,
) -> None:
    def fail(*args: Any, **kwargs: Any) -> Any:
        raise error

    monkeypatch.setattr(type(tiny_model), "encode", fail)
    report = sw.batch(
        write_images(tmp_path / "images", 1), tmp_path / "out", recipe=Recipe(find=GRID)
    )
    assert report.exit_code == 2
    assert "not enough memory" in str(report.failed[0].reason)


def test_slices_are_linked_and_sizes_are_physical(tmp_path: Path) -> None:
    stack = np.full((3, 64, 64), 20, np.uint8)
    stack[:, 10:30, 10:30] = 200
    stack[:, 40:44, 40:44] = 120
    (tmp_path / "in").mkdir()
    path = tmp_path / "in" / "stack.ome.tif"
    sizes = {"axes": "ZYX", "PhysicalSizeX": 0.5, "PhysicalSizeY": 0.5, "PhysicalSizeZ": 1.0}
    tifffile.imwrite(path, stack, ome=True, metadata=sizes)
    linked = Recipe(link="z", find=Find(points_per_side=20), keep=Keep(min_area_um2=5.0))
    report = sw.batch(path, tmp_path / "out", recipe=linked)
    assert report.images[0].objects == 1, report.failed
    labels = tifffile.imread(tmp_path / "out" / "stack_labels.tif")
    np.testing.assert_array_equal(labels, (stack == 200).astype(np.int32))
    plain = tmp_path / "in" / "plain.npy"
    np.save(plain, stack[0])
    told = sw.batch(plain, tmp_path / "out", recipe=replace(linked, link=None)).failed[0].reason
    assert "min_area_um2 needs an image that knows its pixel size" in str(told)


def test_replay_on_every_image(tmp_path: Path, write_images: Write, tiny_model: Any) -> None:
    from napari_samwise.intensity import resolve_intensity
    from napari_samwise.journal.identity import identify

    paths = write_images(tmp_path / "images", 5)
    image = tifffile.imread(paths[0])
    journal = _record(tmp_path / "session.samwise.jsonl", image, identify, resolve_intensity)
    (tmp_path / "images" / "other.npy").write_bytes(b"")
    np.save(tmp_path / "images" / "other.npy", np.arange(400.0).reshape(20, 20))
    report = sw.batch(
        [tmp_path / "images"], tmp_path / "out", replay=journal, recipe=Recipe(model="nano")
    )
    assert (len(report.done), len(report.failed)) == (5, 1)
    assert "the shape (64, 64)" in report.failed[0].reason or "(64, 64)" in report.failed[0].reason
    expected = sw.replay(journal, image, model=tiny_model)
    assert expected.any()
    np.testing.assert_array_equal(
        tifffile.imread(tmp_path / "out" / "image00_labels.tif"), expected
    )
    assert (
        sw.batch(
            [tmp_path / "images"], tmp_path / "out", replay=journal, recipe=Recipe(model="nano")
        ).counts()["skipped"]
        == 5
    )


def test_a_journal_names_models_and_no_paths(
    tmp_path: Path, write_images: Write, tiny_model: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from napari_samwise.intensity import resolve_intensity
    from napari_samwise.journal.identity import identify

    path = write_images(tmp_path / "images", 1)[0]
    image = tifffile.imread(path)
    journal = _record(tmp_path / "s.samwise.jsonl", image, identify, resolve_intensity)
    report = sw.batch(path, tmp_path / "recorded", replay=journal)
    assert report.images[0].objects == 1, report.failed
    text = journal.read_text()
    journal.write_text(text.replace('"nano"', '"evil.pt"'))
    report = sw.batch(path, tmp_path / "out", replay=journal)
    assert "'evil.pt', which is no model known here" in str(report.failed[0].reason)
    journal.write_text(text.replace('"digest":"tiny"', '"digest":"other"'))
    report = sw.batch(path, tmp_path / "out", replay=journal)
    assert "other weights of 'nano'" in str(report.failed[0].reason)


def test_labels_with_the_geometry_of_the_image(tmp_path: Path) -> None:
    sitk = pytest.importorskip("SimpleITK")
    stack = np.full((2, 40, 40), 20, np.int16)
    stack[:, 8:20, 8:20] = 200
    (tmp_path / "in").mkdir()
    image = sitk.GetImageFromArray(stack)
    image.SetSpacing((0.5, 0.5, 2.0))
    image.SetOrigin((10.0, -4.0, 3.0))
    for suffix in ("nii.gz", "nrrd"):
        sitk.WriteImage(image, str(tmp_path / "in" / f"ct.{suffix}"))
    recipe = Recipe(find=GRID, link="Z", outputs=Outputs("nii.gz"))
    report = sw.batch(tmp_path / "in", tmp_path / "out", recipe=recipe)
    assert [each.outputs for each in report.done] == [
        ("ct_nii_gz_labels.nii.gz",),
        ("ct_nrrd_labels.nii.gz",),
    ], report.failed
    labels = sitk.ReadImage(str(tmp_path / "out" / "ct_nrrd_labels.nii.gz"))
    assert labels.GetSpacing() == pytest.approx(image.GetSpacing())
    assert labels.GetOrigin() == pytest.approx(image.GetOrigin())
    np.testing.assert_array_equal(sitk.GetArrayFromImage(labels), (stack == 200).astype(int))


def test_dask_and_torch_wait_until_they_are_needed() -> None:
    code = "import sys, napari_samwise as sw; print({*sys.modules} & {'dask'}); sw.Recipe; "
    code += "print({*sys.modules} & {'dask', 'torch', 'distributed'})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["set()", "set()"]


def _record(path: Path, image: np.ndarray, identify: Any, resolve_intensity: Any) -> Path:
    """Write a journal with a click on the brighter square."""
    from napari_samwise.journal import events, pixels, writer
    from napari_samwise.journal.recorded_plane import RecordedPlane

    y, x = np.argwhere(image == 200).mean(axis=0)
    journal = writer.JournalWriter.begin([path], identify(image, name="image00.tif"))
    model = events.ModelIdentity("nano", "tiny", "tiny-1", "float32")
    intensity = resolve_intensity(image, rgb=False)
    journal.write(events.Frame(0, RecordedPlane((0, 1)), model, intensity, None, False))
    journal.write(events.Decode(0, 0, ((float(y), float(x)),), (1,), None, None, (0.9, 0.8, 0.7)))
    part = pixels.encode_part(BoxedMask.from_mask(image == 200, (0, 0)))
    row, done = events.ObjectRow(1, 1, 0.9), events.CommittedPlane(0, 0, (part,))
    journal.write(events.Commit(row, (done,)))
    journal.close()
    return path


@pytest.mark.parametrize(
    ("change", "kind", "said"),
    [
        ({"inputs": "gone.tif"}, InputError, "There is no file or folder at 'gone.tif'"),
        ({"inputs": []}, InputError, "nothing to do"),
        ({"workers": 0}, InputError, "workers must be a whole number, 1 or more, got 0"),
        ({"workers": 1.5}, InputError, "1 or more, got 1.5"),
        ({"recipe": {"model": "nano"}}, InputError, "must be a Recipe or its file, got dict"),
        ({"recipe": "gone.yaml"}, InputError, "'gone.yaml' cannot be read"),
        ({"recipe": Recipe(model="nona")}, ModelNameError, "one of nano"),
        ({"replay": "gone.jsonl"}, JournalError, "gone.jsonl"),
        ({"axes": "QQ"}, InputError, "axes must name"),
    ],
)
def test_what_is_wrong_with_the_whole_is_told_at_once(
    tmp_path: Path, write_images: Write, change: dict[str, Any], kind: type, said: str
) -> None:
    paths = write_images(tmp_path / "images", 1)
    asked = {"inputs": paths, "out": tmp_path / "out", **change}
    with pytest.raises(kind, match=said):
        sw.batch(asked.pop("inputs"), asked.pop("out"), **asked)
    assert not list((tmp_path / "out").glob("*_labels*"))


def test_one_batch_at_a_time(tmp_path: Path, write_images: Write, grid_recipe: Recipe) -> None:
    paths = write_images(tmp_path / "images", 2)
    refused: list[str] = []

    def begin_another(done: int, total: int) -> None:
        try:
            sw.batch(paths, tmp_path / "out", recipe=grid_recipe)
        except InputError as error:
            refused.append(str(error))

    sw.batch(paths, tmp_path / "out", recipe=grid_recipe, progress=begin_another)
    assert len(refused) == 3
    assert "Another batch writes" in refused[0]


def test_what_is_in_the_way_is_not_replaced(tmp_path: Path, write_images: Write) -> None:
    path = write_images(tmp_path / "images", 1)[0]
    precious = tmp_path / "out" / "image00_labels.zarr" / "precious.txt"
    precious.parent.mkdir(parents=True)
    precious.write_text("mine")
    recipe = Recipe(find=GRID, outputs=Outputs("ome-zarr"))
    report = sw.batch(path, tmp_path / "out", recipe=recipe)
    assert "in the way" in str(report.failed[0].reason)
    assert precious.read_text() == "mine"
