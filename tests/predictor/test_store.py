"""The store never holds more than it may, and gives up what was not used for longest."""

from __future__ import annotations

from collections import OrderedDict

import pytest
import torch
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from napari_samwise.errors import InputError
from napari_samwise.predictor.embedding import Embedding
from napari_samwise.predictor.store import EmbeddingStore


def embedding(key: str, nbytes: int) -> Embedding:
    features = {"image_embedding": torch.zeros(nbytes, dtype=torch.uint8)}
    return Embedding(features, (16, 16), key, "digest")


class StoreAgainstModel(RuleBasedStateMachine):
    """Any sequence of puts and gets, against a plain list of (key, size) by last use."""

    keys = st.sampled_from("abcdef")
    max_bytes = 100

    def __init__(self) -> None:
        super().__init__()
        self.store = EmbeddingStore(self.max_bytes)
        self.expected: OrderedDict[str, int] = OrderedDict()

    @rule(key=keys, nbytes=st.integers(1, 120))
    def put(self, key: str, nbytes: int) -> None:
        self.store.put(embedding(key, nbytes))
        self.expected.pop(key, None)
        if nbytes <= self.max_bytes:
            while sum(self.expected.values()) + nbytes > self.max_bytes:
                self.expected.popitem(last=False)
            self.expected[key] = nbytes

    @rule(key=keys)
    def get(self, key: str) -> None:
        found = self.store.get(key)
        assert (found is not None) == (key in self.expected)
        if found is not None:
            assert found.key == key
            self.expected.move_to_end(key)

    @rule(key=keys)
    def look(self, key: str) -> None:
        assert (key in self.store) == (key in self.expected)

    @rule()
    def clear(self) -> None:
        self.store.clear()
        self.expected.clear()

    @invariant()
    def never_too_much(self) -> None:
        assert self.store.nbytes == sum(self.expected.values())
        assert self.store.nbytes <= self.store.max_bytes
        assert len(self.store) == len(self.expected)


TestStoreAgainstModel = StoreAgainstModel.TestCase


def test_what_is_got_is_what_was_put() -> None:
    store, kept = EmbeddingStore(), embedding("a", 10)
    store.put(kept)
    assert store.get("a") is kept
    assert store.max_bytes == 2 * 2**30


def test_bytes_count_every_feature_at_its_precision() -> None:
    features = {"image_embedding": torch.zeros(2, 3), "skip": torch.zeros(5, dtype=torch.bfloat16)}
    assert Embedding(features, (16, 16), "k", "d").nbytes == 2 * 3 * 4 + 5 * 2


def test_a_negative_bound_is_refused() -> None:
    with pytest.raises(InputError, match="0 or more"):
        EmbeddingStore(-1)
