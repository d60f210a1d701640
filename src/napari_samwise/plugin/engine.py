"""The one place of the plugin that runs a model; called from worker threads."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from napari_samwise.errors import Cancelled
from napari_samwise.intensity import Intensity, resolve_intensity
from napari_samwise.plugin.encoder_hooks import watched
from napari_samwise.plugin.frame import Answer, Encoded, Frame, IntensityChoice
from napari_samwise.plugin.view import ImageSource
from napari_samwise.plugin.worker import Ticket
from napari_samwise.prompts import Prompts

if TYPE_CHECKING:
    from napari_samwise.model.base import SegmentationModel
    from napari_samwise.predictor.embedding import Embedding
    from napari_samwise.predictor.predictor import Predictor

Load = Callable[[str, Callable[[int, int], None]], "SegmentationModel"]


def load_by_name(name: str, progress: Callable[[int, int], None]) -> SegmentationModel:
    """Load a model; the import of torch happens here, in the worker's thread."""
    from napari_samwise.weights.load import load_model

    return load_model(name, progress=progress)


class Engine:
    """Encodes and decodes frames with one model in memory and one store for all images.

    ``encode`` is called from one thread at a time and ``decode`` from another; the rest from any.

    Parameters
    ----------
    load : callable
        Gives the model of a name; called with the name and a progress callback.
    """

    def __init__(self, load: Load = load_by_name) -> None:
        self._load = load
        self._lock = threading.Lock()
        self._loaded: tuple[str, Predictor] | None = None
        self._latest: Embedding | None = None
        self._encoded: dict[Frame, Encoded] = {}
        self._intensities: dict[tuple[ImageSource, IntensityChoice], Intensity] = {}

    def encoded(self, frame: Frame) -> Encoded | None:
        """Return how a frame was encoded, or None if its embedding is not kept."""
        with self._lock:
            found = self._encoded.get(frame)
        return found if found is not None and self._find(found) is not None else None

    def encode(self, frame: Frame, ticket: Ticket) -> Encoded:
        """Encode a frame, loading its model first.

        Raises
        ------
        Cancelled
            If the ticket was stopped.
        InputError
            If the image or the model cannot be used.
        """

        def report_download(done: int, total: int) -> None:
            if ticket.should_stop():
                raise Cancelled("The download was stopped; it goes on where it was.")
            ticket.report(done, total)

        predictor = self._load_predictor(frame.model, report_download)
        start = time.perf_counter()
        intensity = self._resolve(frame)
        pixels = frame.source.read(frame.plane)
        with watched(predictor.model, ticket.report, ticket.should_stop):
            embedding = predictor.encode(pixels, intensity=intensity)
        seconds = time.perf_counter() - start
        precision = str(predictor.model.precision).removeprefix("torch.")
        device = predictor.model.device.type
        done = Encoded(frame, embedding.key, intensity, device, precision, seconds)
        with self._lock:
            self._encoded[frame] = done
            # The store gives up what is larger than itself; the plane in work must not go.
            self._latest = embedding
        return done

    def decode(self, frame: Frame, prompts: Prompts, keep: int | None = None) -> Answer:
        """Decode prompts on a frame that was encoded.

        Raises
        ------
        Cancelled
            If the embedding or the model has been given up meanwhile.
        InputError
            If the prompts cannot be used.
        """
        with self._lock:
            encoded = self._encoded.get(frame)
        found = None if encoded is None else self._find(encoded)
        if found is None:
            raise Cancelled("The embedding is no longer there.")
        predictor, embedding = found
        start = time.perf_counter()
        prediction = predictor.decode(embedding, prompts, keep=keep)
        return Answer(frame, prompts, prediction, time.perf_counter() - start)

    def forget(self, source: ImageSource) -> None:
        """Let go of an image's pixels; embeddings stay in the store until room is needed."""
        with self._lock:
            self._encoded = {f: e for f, e in self._encoded.items() if f.source is not source}
            kept = {k: v for k, v in self._intensities.items() if k[0] is not source}
            self._intensities = kept

    def _load_predictor(self, name: str, progress: Callable[[int, int], None]) -> Predictor:
        if self._loaded is None or self._loaded[0] != name:
            from napari_samwise.predictor.predictor import Predictor

            store = None if self._loaded is None else self._loaded[1].store
            # One model in memory: the earlier one goes when the new one is there.
            self._loaded = (name, Predictor(self._load(name, progress), store=store))
        return self._loaded[1]

    def _resolve(self, frame: Frame) -> Intensity:
        """Return the map for the frame's whole image, found once."""
        key = (frame.source, frame.intensity)
        with self._lock:
            known = self._intensities.get(key)
        if known is not None:
            return known
        choice = frame.intensity
        found = resolve_intensity(
            frame.source.data,
            choice.policy,
            rgb=frame.source.rgb,
            limits=choice.limits,
            window=choice.window,
        )
        with self._lock:
            self._intensities[key] = found
        return found

    def _find(self, encoded: Encoded) -> tuple[Predictor, Embedding] | None:
        """Return the predictor and the embedding of a frame, if both are still there."""
        loaded, latest = self._loaded, self._latest
        if loaded is None or loaded[0] != encoded.frame.model:
            return None
        if latest is not None and latest.key == encoded.key:
            return loaded[1], latest
        embedding = loaded[1].store.get(encoded.key)
        return None if embedding is None else (loaded[1], embedding)
