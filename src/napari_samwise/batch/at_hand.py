"""What a process loads once for all images that it works on: a model and a journal."""

from __future__ import annotations

import sys
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from napari_samwise.journal.events import Frame, ModelIdentity
from napari_samwise.journal.reader import Journal, read_journal
from napari_samwise.weights.registry import CHECKPOINTS

if TYPE_CHECKING:
    from napari_samwise.model.base import SegmentationModel


@dataclass(frozen=True, slots=True)
class ModelKey:
    """Which model, and how: parameters of ``load_model``."""

    name: str
    device: str
    precision: str
    decoder: bool = False


class AtHand:
    """One model and one journal, loaded when they are first asked for; safe to use from threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._model: tuple[ModelKey, SegmentationModel] | None = None
        self._journal: tuple[tuple[Path, str], Journal] | None = None

    def model(self, key: ModelKey) -> SegmentationModel:
        """Return a model, loaded if it is another one than last time."""
        with self._lock:
            if self._model is None or self._model[0] != key:
                self._model = None
                # Brings torch, which takes seconds.
                from napari_samwise.weights import load

                loaded = load.load_model(
                    key.name, device=key.device, precision=key.precision, decoder=key.decoder
                )
                self._model = (key, loaded)
            return self._model[1]

    def journal(self, path: Path, digest: str) -> Journal:
        """Return a journal, of which a digest tells whether it is still the same."""
        with self._lock:
            if self._journal is None or self._journal[0] != (path, digest):
                self._journal = ((path, digest), read_journal(path))
            return self._journal[1]

    def forget(self) -> None:
        """Give the memory back."""
        with self._lock:
            self._model = self._journal = None


AT_HAND = AtHand()
"""This process's own. Tasks come to worker processes as values, so nothing else could keep it."""


def model_of(journal: Journal) -> ModelIdentity | None:
    """Return the model of a journal if it is one for all of it, and known here by its name."""
    found = {entry.event.model for entry in journal.entries if isinstance(entry.event, Frame)}
    # A name out of a file must never be taken for a path.
    known = [model for model in found if model.name in CHECKPOINTS]
    return known[0] if len(found) == len(known) == 1 else None


def share_cores(threads: int | None) -> None:
    """Let torch use so many threads for one operation, if it is loaded and that is not None."""
    torch = sys.modules.get("torch")
    if threads is not None and torch is not None and torch.get_num_threads() != threads:
        torch.set_num_threads(threads)
