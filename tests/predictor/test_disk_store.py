"""What was put comes back, from a group that any zarr library opens; nothing else ever does."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
import zarr

import napari_samwise as sw
from napari_samwise.errors import InputError
from napari_samwise.predictor.disk_store import DiskStore
from napari_samwise.predictor.embedding import Embedding
from napari_samwise.predictor.store import EmbeddingStore
from napari_samwise.predictor.stored_precision import as_stored

KEY = "0123456789abcdef"


def embedding(key: str = KEY) -> Embedding:
    generator = torch.Generator().manual_seed(len(key))
    features = {
        "image_embedding": torch.randn(1, 4, 5, 6, generator=generator),
        "fine": torch.randn(2, 3, generator=generator).bfloat16(),
        "huge": torch.tensor([1e30, -2.0]),
        "zeros": torch.zeros(3, 4),
        "frame_step": torch.tensor([4], dtype=torch.int32),
        "scalar": torch.tensor(0.5),
        "flags": torch.tensor([True, False]),
        "nothing": torch.zeros(0, 2),
    }
    return Embedding(features, (70, 90), key, "digest of the model")


def assert_same(found: Embedding | None, put: Embedding) -> None:
    """The same embedding, to the last bit of what is stored."""
    assert found is not None
    assert (found.key, found.image_size, found.model_digest) == (
        put.key,
        put.image_size,
        put.model_digest,
    )
    expected = as_stored(put).features
    assert list(found.features) == list(expected)
    for name, tensor in found.features.items():
        assert tensor.dtype == expected[name].dtype
        torch.testing.assert_close(tensor, expected[name], rtol=0, atol=0)


def test_what_was_put_is_got_by_the_next_session(tmp_path: Path) -> None:
    store = DiskStore(tmp_path / "new" / "folder")
    assert store.get(KEY) is None
    assert len(store) == store.nbytes == 0
    store.put(embedding())
    later = DiskStore(store.folder)
    assert KEY in later
    assert_same(later.get(KEY), embedding())
    assert later.get("ff") is None
    assert len(later) == 1
    assert later.problem is None


def test_it_is_a_zarr_group(tmp_path: Path) -> None:
    store = DiskStore(tmp_path)
    store.put(embedding())
    group = zarr.open_group(tmp_path / f"{KEY}.zarr", mode="r")
    assert group.metadata.zarr_format == 3
    assert group.attrs["key"] == KEY
    assert group.attrs["image_size"] == [70, 90]
    for name, tensor in embedding().features.items():
        array = group[name]
        assert array.shape == tuple(tensor.shape)
        np.testing.assert_allclose(array[...], tensor.float().numpy(), rtol=1e-3, atol=1e-3)
    assert group["image_embedding"].dtype == np.float16
    assert group["fine"].dtype == np.float16
    assert group["huge"].dtype == np.float32


def test_half_precision_takes_half_the_space(tmp_path: Path) -> None:
    store = DiskStore(tmp_path)
    features = {"image_embedding": torch.randn(1, 256, 64, 64)}
    store.put(Embedding(features, (64, 64), KEY, "d"))
    assert store.nbytes == pytest.approx(2 * 2**20, rel=0.01)


def test_the_first_of_two_stays(tmp_path: Path) -> None:
    store = DiskStore(tmp_path)
    store.put(embedding())
    other = Embedding({"image_embedding": torch.ones(1)}, (1, 1), KEY, "other")
    store.put(other)
    assert_same(store.get(KEY), embedding())


def test_clear(tmp_path: Path) -> None:
    store = DiskStore(tmp_path)
    store.put(embedding())
    (tmp_path / "notes.txt").write_text("mine")
    store.clear()
    assert store.get(KEY) is None
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


def test_notes_of_the_system_do_no_harm(tmp_path: Path) -> None:
    store = DiskStore(tmp_path)
    store.put(embedding())
    (tmp_path / f"{KEY}.zarr" / ".DS_Store").write_bytes(b"\0")
    assert_same(store.get(KEY), embedding())


@pytest.mark.parametrize("key", ["", "../up", "a/b", "x" * 129, "a.b"])
def test_no_key_leads_out_of_the_folder(tmp_path: Path, key: str) -> None:
    with pytest.raises(InputError, match="letters and digits"):
        DiskStore(tmp_path).get(key)


def test_features_that_the_format_has_no_place_for(tmp_path: Path) -> None:
    store = DiskStore(tmp_path)
    for name, tensor in (("../up", torch.ones(1)), ("a", torch.ones(1, dtype=torch.complex64))):
        with pytest.raises(InputError, match="feature to store"):
            store.put(Embedding({name: tensor}, (1, 1), KEY, "d"))
    assert KEY not in store


def test_the_default_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("NAPARI_SAMWISE_HOME", str(tmp_path))
    assert DiskStore().folder == tmp_path / "embeddings"
    assert not DiskStore().folder.exists(), "looking makes nothing"


def image(seed: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 255, (40, 50), dtype=np.uint8)


def test_reopening_encodes_nothing(tiny_model_class, tmp_path: Path) -> None:
    prompts = sw.Prompts(points=[(20, 20)])
    masks = []
    for _ in range(2):
        model = tiny_model_class()
        predictor = sw.Predictor(model, store=EmbeddingStore(disk=DiskStore(tmp_path)))
        answer = predictor.decode(predictor.encode(image(0)), prompts)
        masks.append(answer.logits.tobytes() + answer.masks.tobytes())
        assert predictor.is_encoded(image(0))
        assert not predictor.is_encoded(image(1))
    assert model.encoded == []
    assert masks[0] == masks[1]


def test_memory_lies_in_front_and_may_be_too_small(tiny_model, tmp_path: Path) -> None:
    store = EmbeddingStore(max_bytes=30_000, disk=DiskStore(tmp_path))
    predictor = sw.Predictor(tiny_model, store=store)
    kept = [predictor.encode(image(seed)) for seed in (1, 2)]
    assert len(store) == 1
    assert store.get_from_memory(kept[0].key) is None
    assert_same(predictor.encode(image(1)), kept[0])
    assert predictor.encode(image(1)) is store.get_from_memory(kept[0].key)
    assert len(tiny_model.encoded) == 2
    store.clear()
    assert predictor.is_encoded(image(2))


def test_a_store_that_only_reads(tiny_model_class, tmp_path: Path) -> None:
    results = []
    for fills in (False, True, False):
        model = tiny_model_class()
        store = EmbeddingStore(disk=DiskStore(tmp_path), fills_disk=fills)
        results.append(sw.Predictor(model, store=store).encode(image(3)))
        assert len(DiskStore(tmp_path)) == (len(results) > 1)
    assert model.encoded == []
    # The same numbers whether they come from the disk or not.
    assert_same(results[0], results[2])
    torch.testing.assert_close(
        results[0].image_embedding, results[2].image_embedding, rtol=0, atol=0
    )
