"""A folder never holds more than its quota, and gives up what was not used for longest."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from napari_samwise.errors import InputError
from napari_samwise.predictor.disk_store import DiskStore
from napari_samwise.predictor.embedding import Embedding


def embedding(key: str, values: int = 10_000) -> Embedding:
    return Embedding({"image_embedding": torch.full((values,), 1.0)}, (16, 16), key, "digest")


SIZE = 21_000
"""An entry of 10 000 values in half precision, with its metadata, and a little more."""


def test_the_least_recently_used_go_first(tmp_path: Path) -> None:
    store = DiskStore(tmp_path, max_bytes=4 * SIZE)
    for key in "abcd":
        store.put(embedding(key))
    assert store.get("a") is not None
    DiskStore(tmp_path).put(embedding("b"))
    store.put(embedding("e"))
    assert [key for key in "abcde" if key in store] == ["a", "b", "e"]
    assert store.nbytes <= store.max_bytes


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25)
@given(puts=st.lists(st.tuples(st.sampled_from("abcdefgh"), st.integers(1, 60_000)), max_size=12))
def test_never_more_than_the_quota(tmp_path: Path, puts: list[tuple[str, int]]) -> None:
    stores = [DiskStore(tmp_path, max_bytes=100_000) for _ in range(2)]
    for turn, (key, values) in enumerate(puts):
        store = stores[turn % 2]
        had = key in store
        store.put(embedding(key, values))
        if had or values < 45_000:
            assert key in store, "the one just put stays"
    # The other process' entries are seen when a store next looks.
    assert stores[0].nbytes <= 100_000 + 60_000 * 2
    stores[0].put(embedding("last", 1))
    DiskStore(tmp_path, max_bytes=100_000).put(embedding("verylast", 1))
    assert stores[0].nbytes <= 100_000
    stores[0].clear()


def test_what_is_larger_than_the_quota_is_left_out(tmp_path: Path) -> None:
    store = DiskStore(tmp_path, max_bytes=2 * SIZE)
    store.put(embedding("a"))
    store.put(embedding("b", 100_000))
    assert "a" in store
    assert "b" not in store
    assert "quota" in str(store.problem)


def test_the_folder_remembers_its_quota(tmp_path: Path) -> None:
    assert DiskStore(tmp_path).max_bytes == 20 * 10**9
    store = DiskStore(tmp_path)
    for key in "abcd":
        store.put(embedding(key))
    store.set_quota(2 * SIZE)
    assert store.max_bytes == DiskStore(tmp_path).max_bytes == 2 * SIZE
    assert "d" in store
    assert store.nbytes <= 2 * SIZE
    assert DiskStore(tmp_path, max_bytes=7).max_bytes == 7
    for damaged in ("", "-3", "many", "\0"):
        (tmp_path / "quota.txt").write_text(damaged)
        assert DiskStore(tmp_path).max_bytes == 20 * 10**9


def test_quotas_that_cannot_be(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="0 or more"):
        DiskStore(tmp_path, max_bytes=-1)
    with pytest.raises(InputError, match="0 or more"):
        DiskStore(tmp_path).set_quota(-1)
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="cannot be changed"):
        DiskStore(tmp_path / "file").set_quota(1)
