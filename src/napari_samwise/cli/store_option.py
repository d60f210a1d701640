"""The option ``--store``: whether embeddings are kept on disk for the next time."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from napari_samwise.model.base import SegmentationModel
    from napari_samwise.predictor.predictor import Predictor


@dataclass(frozen=True, slots=True)
class StoreChoice:
    """Whether to use the store on disk.

    Parameters
    ----------
    wanted : bool or None
        None as suits the model: what is there is read, and added to where encoding is slow.
    """

    wanted: bool | None

    def predictor(self, model: SegmentationModel) -> Predictor:
        """Return a predictor of a loaded model with this store."""
        from napari_samwise.predictor.disk_store import DiskStore
        from napari_samwise.predictor.predictor import Predictor
        from napari_samwise.predictor.store import EmbeddingStore

        if self.wanted is False:
            return Predictor(model)
        # Features that are quick to make are large: they would fill the disk and save no time.
        fills = self.wanted is True or not model.encodes_fast
        return Predictor(model, store=EmbeddingStore(disk=DiskStore(), fills_disk=fills))


def store_option(function: Callable[..., None]) -> Callable[..., None]:
    """Add ``--store/--no-store``; the command receives it as ``store``, a :class:`StoreChoice`."""

    @click.option(
        "--store/--no-store",
        default=None,
        help="Keep embeddings on disk, and use those that are there; default: use what 'embed' and "
        "napari have kept, and keep those of models that are slower than nano.",
    )
    @functools.wraps(function)
    def with_store(*args: Any, store: bool | None, **kwargs: Any) -> None:
        function(*args, store=StoreChoice(store), **kwargs)

    return with_store
