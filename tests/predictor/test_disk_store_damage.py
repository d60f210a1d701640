"""Whatever happens to the files: the right embedding or none, and never an error."""

from __future__ import annotations

import errno
import json
import logging
import os
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import napari_samwise as sw
from napari_samwise.predictor.disk_store import DiskStore
from napari_samwise.predictor.disk_store_format import SEAL, seal
from napari_samwise.predictor.embedding import Embedding
from napari_samwise.predictor.store import EmbeddingStore

KEY = "0123456789abcdef"
FEATURES = {"image_embedding": torch.arange(24.0).reshape(2, 3, 4), "zeros": torch.zeros(5)}
FILES = sorted(
    ["zarr.json", SEAL]
    + [f"{name}/{file}" for name, file in (("image_embedding", "c.0.0.0"), ("zeros", "c.0"))]
    + [f"{name}/zarr.json" for name in FEATURES]
)


def put(folder: Path) -> Path:
    """Make a store with one entry, and return where the entry lies."""
    DiskStore(folder).put(Embedding(FEATURES, (30, 40), KEY, "digest"))
    return folder / f"{KEY}.zarr"


def assert_gone(folder: Path) -> None:
    """The damage is noticed, and the entry can be put again."""
    store = DiskStore(folder)
    assert store.get(KEY) is None
    assert KEY not in store
    assert list(folder.iterdir()) == []
    put(folder)
    found = store.get(KEY)
    assert found is not None
    assert torch.equal(found.image_embedding, FEATURES["image_embedding"])


def test_these_are_the_files_of_an_entry(tmp_path: Path) -> None:
    entry = put(tmp_path)
    files = [path.relative_to(entry).as_posix() for path in entry.rglob("*") if path.is_file()]
    assert sorted(files) == FILES


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=80)
@given(data=st.data())
def test_a_flipped_byte(tmp_path: Path, data: st.DataObject) -> None:
    shutil.rmtree(tmp_path, ignore_errors=True)
    path = put(tmp_path) / data.draw(st.sampled_from(FILES))
    content = bytearray(path.read_bytes())
    content[data.draw(st.integers(0, len(content) - 1))] ^= data.draw(st.integers(1, 255))
    path.write_bytes(content)
    assert_gone(tmp_path)


@pytest.mark.parametrize("file", FILES)
def test_a_truncated_a_longer_and_a_missing_file(tmp_path: Path, file: str) -> None:
    content = (put(tmp_path) / file).read_bytes()
    for damaged in (b"", content[:-1], content[: len(content) // 2], content + b"\0"):
        (tmp_path / f"{KEY}.zarr" / file).write_bytes(damaged)
        assert_gone(tmp_path)
    (tmp_path / f"{KEY}.zarr" / file).unlink()
    assert_gone(tmp_path)


def test_one_more_file_an_empty_folder_and_a_missing_array(tmp_path: Path) -> None:
    (put(tmp_path) / "image_embedding" / "c.0.0.1").write_bytes(b"more")
    assert_gone(tmp_path)
    shutil.rmtree(tmp_path / f"{KEY}.zarr" / "zeros")
    assert_gone(tmp_path)
    shutil.rmtree(tmp_path / f"{KEY}.zarr")
    (tmp_path / f"{KEY}.zarr").mkdir()
    assert_gone(tmp_path)


def test_an_entry_under_another_key(tmp_path: Path) -> None:
    other = "fedcba9876543210"
    put(tmp_path).rename(tmp_path / f"{other}.zarr")
    assert DiskStore(tmp_path).get(other) is None


@pytest.mark.parametrize(
    "change",
    [
        {"format": 2},
        {"dtypes": {"image_embedding": "object"}},
        {"dtypes": {"gone": "float32"}},
        {"dtypes": None},
        {"image_size": [1]},
    ],
)
def test_a_whole_entry_of_another_version(tmp_path: Path, change: dict[str, Any]) -> None:
    entry = put(tmp_path)
    group = json.loads((entry / "zarr.json").read_text())
    group["attributes"].update(change)
    (entry / "zarr.json").write_text(json.dumps(group))
    files = {name: (entry / name).read_bytes() for name in FILES}
    (entry / SEAL).write_bytes(seal(files))
    assert_gone(tmp_path)


def test_a_damaged_entry_is_encoded_again(tiny_model, tmp_path: Path) -> None:
    image = np.random.default_rng(0).integers(0, 255, (40, 50), dtype=np.uint8)
    first = sw.Predictor(tiny_model, store=EmbeddingStore(disk=DiskStore(tmp_path))).encode(image)
    chunk = tmp_path / f"{first.key}.zarr" / "image_embedding" / "c.0.0.0.0"
    chunk.write_bytes(bytes(chunk.stat().st_size))
    for _ in range(2):
        store = EmbeddingStore(disk=DiskStore(tmp_path))
        again = sw.Predictor(tiny_model, store=store).encode(image)
        assert torch.equal(again.image_embedding, first.image_embedding)
    assert len(tiny_model.encoded) == 2


class FullDisk:
    """Lets so many bytes be written and then says that there is no space."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, room: int) -> None:
        self.room = room
        self._write = Path.write_bytes
        monkeypatch.setattr(Path, "write_bytes", lambda path, content: self.write(path, content))

    def write(self, path: Path, content: Any) -> int:
        written = self._write(path, bytes(content)[: self.room])
        self.room -= written
        if written < len(content):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))
        return written


@pytest.mark.parametrize("room", [0, 10, 500, 1500])
def test_a_full_disk(tiny_model, tmp_path, monkeypatch, caplog, room: int) -> None:
    store = EmbeddingStore(disk=DiskStore(tmp_path / "store"))
    predictor = sw.Predictor(tiny_model, store=store)
    disk = FullDisk(monkeypatch, room)
    for seed in range(3):
        image = np.random.default_rng(seed).integers(0, 255, (40, 50), dtype=np.uint8)
        predictor.encode(image)
        assert predictor.is_encoded(image), "memory still has it"
    assert len(DiskStore(store.disk.folder)) == 0
    assert list(store.disk.folder.iterdir()) == []
    assert [record.levelno for record in caplog.records] == [logging.WARNING], "said once"
    assert "No space left" in store.disk.problem
    disk.room = 10**9
    predictor.encode(np.eye(40))
    assert len(store.disk) == 1


def test_a_limit_of_the_system_on_file_size(tmp_path: Path) -> None:
    resource = pytest.importorskip("resource")
    store = DiskStore(tmp_path)
    large = Embedding({"image_embedding": torch.ones(100_000)}, (30, 40), KEY, "digest")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, hard))
    try:
        store.put(large)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert store.problem is not None
    assert list(tmp_path.iterdir()) == []


def refuse(*args: object, **kwargs: object) -> None:
    raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))


def test_a_read_only_folder(tiny_model_class, tmp_path: Path, monkeypatch) -> None:
    images = [np.random.default_rng(seed).integers(0, 255, (40, 50)) for seed in range(2)]
    filled = sw.Predictor(tiny_model_class(), store=EmbeddingStore(disk=DiskStore(tmp_path)))
    key = filled.encode(images[0]).key
    # A superuser, as tests may run, writes anywhere; so the calls themselves refuse.
    tmp_path.chmod(0o555)
    for name in ("rename", "utime", "mkdir", "replace"):
        monkeypatch.setattr(os, name, refuse)
    try:
        model = tiny_model_class()
        predictor = sw.Predictor(model, store=EmbeddingStore(disk=DiskStore(tmp_path)))
        for image in images:
            predictor.encode(image)
        assert len(model.encoded) == 1, "the first was read"
        assert "Permission denied" in predictor.store.disk.problem
        # Damaged, and not to be removed: still never used.
        chunk = tmp_path / f"{key}.zarr" / "image_embedding" / "c.0.0.0.0"
        chunk.write_bytes(bytes(chunk.stat().st_size))
        predictor.store.clear()
        assert predictor.encode(images[0]).image_embedding.any()
        assert len(model.encoded) == 2
        predictor.store.disk.clear()
    finally:
        tmp_path.chmod(0o755)


def test_a_folder_that_is_a_file(tiny_model, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    for folder in (tmp_path / "file", tmp_path / "file" / "below"):
        store = DiskStore(folder)
        store.put(Embedding(FEATURES, (30, 40), KEY, "digest"))
        assert store.get(KEY) is None
        assert len(store) == store.nbytes == 0
        store.clear()
        assert store.problem is not None
