"""The images of a folder as a list of work."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import tifffile
from hypothesis import given
from hypothesis import strategies as st

from napari_samwise.errors import InputError
from napari_samwise.io import series
from napari_samwise.io.series import MARKS_FILE, Worklist, natural_key

NAMES = ["a10.tif", "a2.tif", "B1.tif", "b.png", "b.tif"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "images"
    made.mkdir()
    for name in NAMES:
        (made / name).touch()
    return made


@pytest.fixture
def elsewhere(tmp_path: Path) -> Path:
    return tmp_path / "home"


def test_images_in_natural_order(folder: Path, elsewhere: Path) -> None:
    (folder / "notes.txt").touch()
    work = Worklist(folder, elsewhere)
    assert [path.name for path in work.images] == ["a2.tif", "a10.tif", "B1.tif", "b.png", "b.tif"]
    assert not elsewhere.exists()


def test_objects_and_marks_are_no_images(folder: Path, elsewhere: Path) -> None:
    work = Worklist(folder, elsewhere)
    for path in work.images:
        tifffile.imwrite(work.objects_path(path), np.zeros((2, 2), np.uint16))
        work.mark(path, done=True)
    assert Worklist(folder, elsewhere).images == work.images


def test_every_image_has_objects_of_its_own(folder: Path, elsewhere: Path) -> None:
    work = Worklist(folder, elsewhere)
    paths = [work.objects_path(path) for path in work.images]
    assert [path.name for path in paths] == [
        "a2.objects.tif",
        "a10.objects.tif",
        "B1.objects.tif",
        "b.png.objects.tif",
        "b.tif.objects.tif",
    ]
    assert len(set(paths)) == len(paths)
    assert {path.parent for path in paths} == {folder}


def test_marks_stay(folder: Path, elsewhere: Path) -> None:
    work = Worklist(folder, elsewhere)
    first, second, *_ = work.images
    work.mark(first, done=True)
    work.mark(second, done=True)
    work.mark(first, done=False)
    again = Worklist(folder, elsewhere)
    assert [again.is_done(path) for path in again.images] == [False, True, False, False, False]
    assert again.done_count == 1


def test_two_who_mark_do_not_undo_each_other(folder: Path, elsewhere: Path) -> None:
    mine, yours = Worklist(folder, elsewhere), Worklist(folder, elsewhere)
    mine.mark(mine.images[0], done=True)
    yours.mark(yours.images[1], done=True)
    assert yours.done_count == 2
    assert not [path for path in folder.iterdir() if "part" in path.name]


def test_a_mark_of_an_image_that_is_gone_is_kept_but_not_counted(
    folder: Path, elsewhere: Path
) -> None:
    work = Worklist(folder, elsewhere)
    work.mark(work.images[0], done=True)
    work.images[0].rename(folder / "other.tif")
    again = Worklist(folder, elsewhere)
    assert again.done_count == 0
    again.mark(again.images[0], done=True)
    assert "a2.tif" in json.loads((folder / MARKS_FILE).read_text())["done"]


def test_a_folder_that_cannot_be_written_to(folder: Path, elsewhere: Path, monkeypatch) -> None:
    beside = Worklist(folder, elsewhere)
    beside.mark(beside.images[0], done=True)
    beside.objects_path(beside.images[1]).touch()
    monkeypatch.setattr(series, "is_writable", lambda path: False)
    work = Worklist(folder, elsewhere)
    assert work.done_count == 1, "marks that came with the images are read"
    assert work.find_objects(work.images[1]) == folder / "a10.objects.tif"
    work.mark(work.images[2], done=True)
    path = work.objects_path(work.images[1])
    assert path.parent.parent == elsewhere
    path.touch()
    assert work.find_objects(work.images[1]) == path
    assert Worklist(folder, elsewhere).done_count == 2
    other = folder.with_name("more")
    folder.rename(other)
    assert Worklist(other, elsewhere).place != work.place


def test_whether_a_folder_can_be_written_to(tmp_path: Path) -> None:
    assert series.is_writable(tmp_path)
    assert not series.is_writable(tmp_path / "gone")
    assert list(tmp_path.iterdir()) == []


def test_a_place_that_cannot_be_made(folder: Path, elsewhere: Path, monkeypatch) -> None:
    monkeypatch.setattr(series, "is_writable", lambda path: False)
    elsewhere.touch()
    work = Worklist(folder, elsewhere)
    with pytest.raises(InputError, match="cannot be made"):
        work.mark(work.images[0], done=True)
    assert work.done_count == 0


@pytest.mark.parametrize(
    "content",
    ["", "{}", "[1]", '{"samwise_series": 9, "done": []}', '{"samwise_series": 1, "done": [1]}'],
)
def test_damaged_marks_are_not_overwritten(folder: Path, elsewhere: Path, content: str) -> None:
    (folder / MARKS_FILE).write_text(content)
    with pytest.raises(InputError, match="which images are done"):
        Worklist(folder, elsewhere)
    assert (folder / MARKS_FILE).read_text() == content


@pytest.mark.parametrize(
    ("name", "said"),
    [("gone", "no file or folder"), ("empty", "holds no image"), ("a.tif", "is one image")],
)
def test_what_is_no_folder_of_images(tmp_path: Path, name: str, said: str) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "a.tif").touch()
    with pytest.raises(InputError, match=said):
        Worklist(tmp_path / name, tmp_path / "home")


def test_a_folder_of_objects_alone(tmp_path: Path) -> None:
    (tmp_path / "a.objects.tif").touch()
    with pytest.raises(InputError, match="holds no image"):
        Worklist(tmp_path, tmp_path / "home")


@given(st.lists(st.integers(0, 10**30), min_size=2))
def test_numbers_count_as_numbers(numbers: list[int]) -> None:
    paths = [Path(f"image{number}.tif") for number in numbers]
    ordered = sorted(paths, key=natural_key)
    assert ordered == [Path(f"image{number}.tif") for number in sorted(numbers)]


@given(st.lists(st.text("a1²٣.", min_size=1), min_size=2, unique=True))
def test_any_names_have_one_order(names: list[str]) -> None:
    paths = [Path(f"x{name}") for name in names]
    backwards = paths[::-1]
    assert sorted(paths, key=natural_key) == sorted(backwards, key=natural_key)
