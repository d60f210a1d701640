"""Which images are meant, and names that no two of them share."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from napari_samwise.batch.names import name_inputs
from napari_samwise.batch.work_list import find_work
from napari_samwise.errors import InputError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Four images, a hidden one, a text, a folder within."""
    root = tmp_path / "in"
    (root / "within").mkdir(parents=True)
    for name in ("b.png", "a.tif", "a.npy", ".hidden.tif", "notes.txt", "within/c.tif"):
        (root / name).write_bytes(b"x")
    (root / "d.zarr").mkdir()
    return root


def names(work: object) -> list[str]:
    return [item.name for item in work.items]  # type: ignore[attr-defined]


def test_a_folder(folder: Path, tmp_path: Path) -> None:
    work = find_work(folder, tmp_path / "out", {})
    assert [item.path.name for item in work.items] == ["a.npy", "a.tif", "b.png", "d.zarr"]
    assert names(work) == ["a_npy", "a_tif", "b", "d"]
    assert work.ignored == 1


def test_patterns_and_files(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    work = find_work([f"{folder}/**/*.tif", folder / "notes.txt", folder / "gone.tif"], out, {})
    assert names(work) == ["a", "c", "notes", "gone"]
    assert find_work([folder / "a.tif", str(folder / "a.tif")], out, {}).ignored == 0
    assert names(find_work(f"{folder}/*", out, {})) == ["a_npy", "a_tif", "b", "d"]


def test_objects_that_the_widget_saved_are_no_images(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    (folder / "a.objects.tif").write_bytes(b"x")
    (folder / "b.Objects.TIF").write_bytes(b"x")
    (folder / "d.objects.zarr").mkdir()
    for inputs in (folder, f"{folder}/*"):
        work = find_work(inputs, out, {})
        assert names(work) == ["a_npy", "a_tif", "b", "d"]
        assert work.ignored == 4
    with pytest.raises(InputError, match="holds no image"):
        find_work(f"{folder}/*.objects.*", out, {})
    # Who names one means it.
    assert names(find_work(folder / "a.objects.tif", out, {})) == ["a.objects"]
    assert names(find_work(folder / "d.objects.zarr", out, {})) == ["d.objects"]


def test_the_same_name_in_two_folders(tmp_path: Path) -> None:
    for day in ("day1", "day2", "x/day2"):
        (tmp_path / day).mkdir(parents=True)
        np.save(tmp_path / day / "a.npy", np.eye(3))
    found = names(find_work([f"{tmp_path}/**/*.npy"], tmp_path / "out", {}))
    assert found[0] == "day1_a_npy"
    assert len(set(found)) == 3
    assert all(name.startswith("day2_a_npy_") for name in found[1:])


def test_a_name_once_given_stays(folder: Path) -> None:
    first, second = folder / "a.tif", folder / "a.npy"
    claimed = {str(first): "a"}
    assert name_inputs([first, second], claimed) == {first: "a", second: "a_npy"}
    # The other one is not asked for now; its results must stay.
    assert name_inputs([second], claimed) == {second: "a_npy"}
    # ... unless the image is gone: then it was probably moved.
    assert name_inputs([second], {str(folder / "moved.tif"): "a"}) == {second: "a"}


suffixes = st.sampled_from([".tif", ".TIF", ".ome.tif", ".nii.gz", ".png", ""])
parts = st.sampled_from(["a", "A", "a_tif", "b", "b_a_tif"])


@given(st.lists(st.builds(lambda d, n, s: Path("/") / d / (n + s), parts, parts, suffixes)))
def test_names_are_unique_even_where_case_is_ignored(paths: list[Path]) -> None:
    unique = list(dict.fromkeys(paths))
    found = name_inputs(unique, {})
    assert set(found) == set(unique)
    assert len({name.casefold() for name in found.values()}) == len(unique)
    assert found == name_inputs(unique[::-1], {})


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("within/*.png", "pattern .* holds no image"),
        ("empty", "folder .* holds no image"),
        ("gone", "no file or folder"),
    ],
)
def test_nothing_to_do(folder: Path, tmp_path: Path, given: str, said: str) -> None:
    (folder / "empty").mkdir()
    with pytest.raises(InputError, match=said):
        find_work(folder / given, tmp_path / "out", {})


def test_results_never_lie_among_images(folder: Path) -> None:
    with pytest.raises(InputError, match="would lie among the images"):
        find_work(folder, folder, {})
