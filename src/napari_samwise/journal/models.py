"""The models that a journal asks for, or the one that takes their place."""

from __future__ import annotations

from pathlib import Path

from napari_samwise.errors import JournalError, ModelNameError
from napari_samwise.journal.events import Frame, ModelIdentity
from napari_samwise.model.base import SegmentationModel
from napari_samwise.predictor.content_key import identity_of
from napari_samwise.predictor.embedding import Embedding
from napari_samwise.predictor.predictor import Predictor
from napari_samwise.predictor.store import EmbeddingStore
from napari_samwise.predictor.stored_precision import as_stored
from napari_samwise.weights.adapted_models import adapted_models
from napari_samwise.weights.load import load_model
from napari_samwise.weights.registry import CHECKPOINTS

ModelLike = str | Path | SegmentationModel | Predictor


class RoundedStore(EmbeddingStore):
    """A store whose features are rounded as those that come from the disk.

    Parameters
    ----------
    behind : EmbeddingStore
        What keeps them.
    """

    def __init__(self, behind: EmbeddingStore) -> None:
        super().__init__(behind.max_bytes)
        self._behind = behind

    def __contains__(self, key: object) -> bool:
        return key in self._behind

    def get(self, key: str) -> Embedding | None:
        """Return the embedding of this key, rounded, or None."""
        found = self._behind.get(key)
        return None if found is None else as_stored(found)

    def put(self, embedding: Embedding) -> Embedding:
        """Keep an embedding and return it rounded."""
        return as_stored(self._behind.put(embedding))


class Models:
    """Gives the predictor for each frame of a journal.

    Parameters
    ----------
    model : str or Path or SegmentationModel or Predictor or None
        Used for all; None for the models that the journal names, loaded when they are needed.
    """

    def __init__(self, model: ModelLike | None) -> None:
        self._given: SegmentationModel | None = None
        self._store: EmbeddingStore | None = None
        if isinstance(model, Predictor):
            self._given, self._store = model.model, model.store
        elif model is not None:
            self._given = Predictor(model).model
        self._loaded: dict[ModelIdentity, SegmentationModel] = {}
        self._predictors: dict[tuple[int, bool], Predictor] = {}

    def predictor(self, frame: Frame) -> Predictor:
        """Return the predictor for a frame.

        Raises
        ------
        JournalError
            If the journal's model is not one that can be loaded by its name, or has other weights.
        """
        model = self._given if self._given is not None else self._load(frame.model)
        key = (id(model), frame.rounded)
        if key not in self._predictors:
            self._predictors[key] = Predictor(model, store=self._make_store(frame.rounded))
        return self._predictors[key]

    def is_same(self, frame: Frame) -> bool:
        """Tell whether a frame is seen by the model by which it was recorded."""
        return _is_same(self.predictor(frame).model, frame.model)

    def _make_store(self, rounded: bool) -> EmbeddingStore:
        if rounded:
            return RoundedStore(self._store or EmbeddingStore())
        # With a disk behind it, the given store would round.
        return self._store if self._store and self._store.disk is None else EmbeddingStore()

    def _load(self, identity: ModelIdentity) -> SegmentationModel:
        if identity not in self._loaded:
            # A name out of a file must never be taken for a path.
            adapted = adapted_models().get(identity.name)
            if identity.name not in CHECKPOINTS and adapted is None:
                raise JournalError(
                    f"The journal was made with {identity.name!r}, which is no model known here; "
                    "say with which model to replay it, such as model='nano' or a file of weights."
                )
            try:
                model = load_model(adapted or identity.name, precision=identity.precision)
            except ModelNameError as error:
                raise JournalError(str(error)) from error
            if not _is_same(model, identity):
                raise JournalError(
                    f"The journal was made with other weights of {identity.name!r} than are "
                    f"installed here; give model={identity.name!r} to replay it with these."
                )
            self._loaded[identity] = model
        return self._loaded[identity]


def _is_same(model: SegmentationModel, identity: ModelIdentity) -> bool:
    return (identity_of(model), model.preprocessing) == (identity.digest, identity.preprocessing)
