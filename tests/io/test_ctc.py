"""CTC folders: what is written is read back, and damaged ones are refused in one sentence."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import tifffile
from hypothesis import given
from hypothesis import strategies as st

from napari_samwise.errors import InputError
from napari_samwise.io.ctc import read_ctc, write_ctc
from napari_samwise.segment.tracking.tracks import Tracks


def squares(present: dict[int, list[int]], frames: int, rank: int = 2) -> np.ndarray:
    """Labels where each id has its own square on the frames named."""
    labels = np.zeros((frames, *(4,) * (rank - 2), 16, 64), dtype=np.int32)
    for column, (label, where) in enumerate(present.items()):
        labels[where, ..., 4:8, 6 * column : 6 * column + 4] = label
    return labels


FAMILY = squares({1: [0, 1], 2: [2, 3], 5: [2, 3], 9: [0, 1, 2, 3]}, 4)
GRAPH = {2: [1], 5: [1]}


@pytest.fixture
def written(tmp_path: Path) -> Path:
    write_ctc(tmp_path / "01_RES", Tracks.from_labels(FAMILY, GRAPH))
    return tmp_path / "01_RES"


def test_files_are_those_of_the_challenge(written: Path) -> None:
    assert sorted(path.name for path in written.iterdir()) == [
        *(f"mask00{t}.tif" for t in range(4)),
        "res_track.txt",
    ]
    assert tifffile.imread(written / "mask002.tif").dtype == np.uint16
    assert (written / "res_track.txt").read_text() == "1 0 1 0\n2 2 3 1\n5 2 3 1\n9 0 3 0\n"


@pytest.mark.parametrize("rank", [2, 3])
def test_round_trip(tmp_path: Path, rank: int) -> None:
    labels = squares({1: [0, 1], 2: [2, 3], 5: [2, 3], 9: [0, 1, 2, 3]}, 4, rank)
    write_ctc(tmp_path / "RES", Tracks.from_labels(labels, GRAPH))
    tracks = read_ctc(tmp_path / "RES")
    np.testing.assert_array_equal(tracks.labels, labels)
    assert tracks.graph == GRAPH


@given(
    present=st.lists(
        st.lists(st.integers(0, 5), min_size=1, unique=True), min_size=1, max_size=6
    ).map(lambda frames: {3 * i + 1: where for i, where in enumerate(frames)})
)
def test_gaps_survive_the_round_trip(tmp_path_factory, present) -> None:
    labels = squares(present, 6)
    folder = tmp_path_factory.mktemp("ctc") / "RES"
    write_ctc(folder, Tracks.from_labels(labels))
    for line in (folder / "res_track.txt").read_text().splitlines():
        label, begin, end, _ = map(int, line.split())
        for t in range(6):
            there = (tifffile.imread(folder / f"mask00{t}.tif") == label).any()
            assert there == (begin <= t <= end)
    np.testing.assert_array_equal(read_ctc(folder).labels, labels)


def test_daughters_of_a_mother_with_a_gap(tmp_path: Path) -> None:
    labels = squares({1: [0, 2], 2: [3], 3: [3]}, 4)
    write_ctc(tmp_path / "RES", Tracks.from_labels(labels, {2: [1], 3: [1]}))
    assert "2 3 3 4\n" in (tmp_path / "RES" / "res_track.txt").read_text()
    tracks = read_ctc(tmp_path / "RES")
    np.testing.assert_array_equal(tracks.labels, labels)
    assert tracks.graph == {2: [1], 3: [1]}


def test_more_than_a_thousand_frames_have_four_digits(tmp_path: Path) -> None:
    labels = np.ones((1001, 2, 2), dtype=np.int32)
    write_ctc(tmp_path / "RES", Tracks.from_labels(labels))
    assert (tmp_path / "RES" / "mask1000.tif").is_file()
    assert read_ctc(tmp_path / "RES").spans == {1: (0, 1000)}


def test_a_folder_with_something_in_it_is_kept(written: Path) -> None:
    with pytest.raises(InputError, match="no empty folder"):
        write_ctc(written, Tracks.from_labels(FAMILY))
    with pytest.raises(InputError, match="There is no folder"):
        write_ctc(written / "a" / "b", Tracks.from_labels(FAMILY))
    assert read_ctc(written).graph == GRAPH


def test_ids_beyond_16_bits_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="from 0 to 65535, got 70000 to 70000"):
        write_ctc(tmp_path / "RES", Tracks.from_labels(squares({70000: [0]}, 1)))
    assert list(tmp_path.iterdir()) == []


def table(text: str):
    return lambda folder: (folder / "res_track.txt").write_text(text)


def mask(number: int, values: np.ndarray):
    return lambda folder: tifffile.imwrite(folder / f"mask00{number}.tif", values)


GOOD = "1 0 1 0\n2 2 3 1\n5 2 3 1\n9 0 3 0\n"


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda folder: (folder / "res_track.txt").unlink(), "cannot be read"),
        (lambda folder: (folder / "res_track.txt").write_bytes(b"\xff\xfe"), "no plain text"),
        (lambda folder: (folder / "mask001.tif").unlink(), "frame 1 is missing"),
        (lambda folder: [p.unlink() for p in folder.glob("*.tif")], "needs mask000.tif"),
        (lambda folder: (folder / "mask001.tif").write_bytes(b"II*\0"), "mask001.tif"),
        (table("1 0 1\n"), "four numbers"),
        (table("1 0 x 0\n"), "four numbers"),
        (table(GOOD + "0 0 1 0\n"), "L above 0"),
        (table(GOOD.replace("2 2 3 1", "2 3 2 1")), "B not after E"),
        (table(GOOD + "9 0 3 0\n"), "9 more than once"),
        (table(GOOD.replace("2 2 3 1", "2 2 3 7")), "names 7 as the mother of 2"),
        (table(GOOD.replace("2 2 3 1", "2 2 3 9")), "before its mother 9"),
        (table(GOOD.replace("9 0 3 0", "9 0 4 0")), "4 frames only"),
        (table(GOOD.replace("9 0 3 0\n", "")), "track 9 is in the mask but not in the table"),
        (table(GOOD + "11 0 1 0\n"), "track 11 is in the table, not the mask"),
        (mask(1, np.zeros((8, 8), np.uint16)), "one shape"),
        (mask(0, np.zeros((16, 64), np.float32)), "integer labels"),
    ],
)
def test_damaged_folders_are_refused(written: Path, damage, said: str) -> None:
    damage(written)
    with pytest.raises(InputError, match=said) as refusal:
        read_ctc(written)
    assert "\n" not in str(refusal.value)


def test_no_folder(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="There is no folder"):
        read_ctc(tmp_path / "nowhere")
