"""The one place of the plugin that runs a model; called from worker threads."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from napari_samwise.errors import Cancelled
from napari_samwise.intensity import Intensity, resolve_intensity
from napari_samwise.journal.events import ModelIdentity
from napari_samwise.journal.identity import plain_model_name
from napari_samwise.plugin.candidates import candidates_of
from napari_samwise.plugin.encoder_hooks import watched
from napari_samwise.plugin.frame import Answer, Encoded, Frame, IntensityChoice
from napari_samwise.plugin.large_planes import LargePlanes
from napari_samwise.plugin.request import Request
from napari_samwise.plugin.view import ImageSource
from napari_samwise.plugin.worker import Ticket

if TYPE_CHECKING:
    from napari_samwise.geometry.lattice import Frame as Part
    from napari_samwise.model.base import SegmentationModel
    from napari_samwise.plugin.watched_predictor import WatchedPredictor
    from napari_samwise.predictor.embedding import Embedding
    from napari_samwise.predictor.predictor import Predictor
    from napari_samwise.predictor.store import EmbeddingStore

Load = Callable[[str, Callable[[int, int], None]], "SegmentationModel"]


def load_by_name(name: str, progress: Callable[[int, int], None]) -> SegmentationModel:
    """Load a model; the import of torch happens here, in the worker's thread."""
    from napari_samwise.weights.load import load_model

    return load_model(name, progress=progress)


def open_store_in_memory() -> EmbeddingStore:
    """Make a store that ends with the session."""
    from napari_samwise.predictor.store import EmbeddingStore

    return EmbeddingStore()


def open_store_on_disk() -> EmbeddingStore:
    """Make a store that finds what earlier sessions have encoded."""
    from napari_samwise.predictor.disk_store import DiskStore
    from napari_samwise.predictor.store import EmbeddingStore

    return EmbeddingStore(disk=DiskStore())


class Engine:
    """Encodes and decodes frames with one model in memory and one store for all images.

    A plane larger than the model sees at once is not encoded by ``encode`` but made ready; what a
    request needs of it is encoded by ``begin`` and ``search``.

    These three are called from one thread at a time, ``decode`` from another and ``at_hand`` from
    a third; the rest from any.

    Parameters
    ----------
    load : callable
        Gives the model of a name; called with the name and a progress callback.
    open_store : callable
        Makes the store; called once, in the thread that is first to need it.
    """

    def __init__(
        self,
        load: Load = load_by_name,
        *,
        open_store: Callable[[], EmbeddingStore] = open_store_in_memory,
    ) -> None:
        self._load = load
        self._open_store = open_store
        self._lock = threading.Lock()
        self._loading = threading.Lock()
        self._loaded: tuple[str, WatchedPredictor] | None = None
        self._latest: Embedding | None = None
        self._encoded: dict[Frame, Encoded] = {}
        self._large = LargePlanes()
        self._intensities: dict[tuple[ImageSource, IntensityChoice], Intensity] = {}

    def encoded(self, frame: Frame) -> Encoded | None:
        """Return how a frame was encoded, or None if its embedding is not kept."""
        with self._lock:
            found = self._encoded.get(frame)
        if found is None:
            return None
        if found.part_px:
            return found if frame in self._large else None
        return found if self._find(found) is not None else None

    @property
    def part(self) -> Part | None:
        """The part of a large plane that is being encoded now."""
        return None if self._loaded is None else self._loaded[1].part

    def at_hand(self, frame: Frame, ticket: Ticket) -> tuple[Predictor, Intensity]:
        """Return what a long job in a thread of its own needs to see a frame's image.

        Raises
        ------
        Cancelled
            If the ticket was stopped.
        InputError
            If the image or the model cannot be used.
        """
        from napari_samwise.predictor.predictor import Predictor

        loaded = self._load_predictor(frame.model, ticket)
        # One of its own: which part the loaded one is at is told to the user.
        return Predictor(loaded.model, store=loaded.store), self._resolve(frame)

    def encode(self, frame: Frame, ticket: Ticket) -> Encoded:
        """Encode a frame, or make it ready if it is too large; load its model first.

        Raises
        ------
        Cancelled
            If the ticket was stopped.
        InputError
            If the image or the model cannot be used.
        """
        predictor = self._load_predictor(frame.model, ticket)
        start = time.perf_counter()
        intensity = self._resolve(frame)
        key, part_px = "", 0
        if max(frame.plane.size(frame.source.shape)) > predictor.model.whole_px:
            part_px = self._large.open(frame, predictor, intensity).lattice.frame_px
        else:
            pixels = frame.source.read(frame.plane)
            with watched(predictor.model, ticket.report, ticket.should_stop):
                embedding = predictor.encode(pixels, intensity=intensity)
            key = embedding.key
            # The store gives up what is larger than itself; the plane in work must not go.
            self._latest = embedding
        seconds = time.perf_counter() - start
        model, device = _identify(frame.model, predictor), predictor.model.device.type
        rounded = predictor.store.disk is not None
        done = Encoded(frame, key, intensity, model, device, seconds, part_px, rounded)
        with self._lock:
            self._encoded[frame] = done
        return done

    def begin(self, frame: Frame, request: Request, ticket: Ticket) -> None:
        """Encode the part of a large plane in which a request is looked at first.

        Raises
        ------
        Cancelled
            If the ticket was stopped, or the model has been given up meanwhile.
        """
        with self._watched(ticket):
            self._large.begin(frame, request)

    def search(self, frame: Frame, request: Request, ticket: Ticket) -> Answer:
        """Answer a request on a large plane, encoding all parts that it takes.

        Raises
        ------
        Cancelled
            If the ticket was stopped, or the model has been given up meanwhile.
        InputError
            If the prompts cannot be used.
        """
        start = time.perf_counter()
        with self._watched(ticket):
            found = self._large.search(frame, request, ticket.should_stop)
        return Answer(frame, request, found, time.perf_counter() - start)

    def decode(self, frame: Frame, request: Request, keep: int | None = None) -> Answer:
        """Answer a request from what is encoded; on a large plane that is a first look.

        Raises
        ------
        Cancelled
            If the embedding or the model has been given up meanwhile.
        InputError
            If the prompts cannot be used.
        """
        with self._lock:
            encoded = self._encoded.get(frame)
        start = time.perf_counter()
        if encoded is not None and encoded.part_px:
            found, at_hand = self._large.look(frame, request, keep)
            seconds = time.perf_counter() - start
            return Answer(frame, request, found, seconds, is_final=False, at_hand=at_hand)
        kept = None if encoded is None else self._find(encoded)
        if kept is None:
            raise Cancelled("The embedding is no longer there.")
        predictor, embedding = kept
        prompts = request.on_plane(embedding.image_size)
        found = candidates_of(predictor.decode(embedding, prompts, keep=keep))
        return Answer(frame, request, found, time.perf_counter() - start)

    def forget(self, source: ImageSource) -> None:
        """Let go of an image's pixels; embeddings stay in the store until room is needed."""
        with self._lock:
            self._encoded = {f: e for f, e in self._encoded.items() if f.source is not source}
            kept = {k: v for k, v in self._intensities.items() if k[0] is not source}
            self._intensities = kept
        self._large.forget(source)

    def _load_predictor(self, name: str, ticket: Ticket) -> WatchedPredictor:
        def report_download(done: int, total: int) -> None:
            if ticket.should_stop():
                raise Cancelled("The download was stopped; it goes on where it was.")
            ticket.report(done, total)

        with self._loading:
            if self._loaded is None or self._loaded[0] != name:
                from napari_samwise.plugin.watched_predictor import WatchedPredictor

                store = self._open_store() if self._loaded is None else self._loaded[1].store
                # One model in memory: the earlier one goes when the new one is there.
                loaded = WatchedPredictor(self._load(name, report_download), store=store)
                self._loaded = (name, loaded)
                self._large.clear()
            return self._loaded[1]

    @contextmanager
    def _watched(self, ticket: Ticket) -> Iterator[None]:
        """Let the encoder of the loaded model report to a ticket and stop with it."""
        if self._loaded is None:
            raise Cancelled("No model is loaded.")
        with watched(self._loaded[1].model, ticket.report, ticket.should_stop):
            yield

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

    def _find(self, encoded: Encoded) -> tuple[WatchedPredictor, Embedding] | None:
        """Return the predictor and the embedding of a frame, if both are still in memory.

        The disk is left to ``encode``: this is asked by the thread of the window.
        """
        loaded, latest = self._loaded, self._latest
        if loaded is None or loaded[0] != encoded.frame.model:
            return None
        if latest is not None and latest.key == encoded.key:
            return loaded[1], latest
        embedding = loaded[1].store.get_from_memory(encoded.key)
        return None if embedding is None else (loaded[1], embedding)


def _identify(name: str, predictor: Predictor) -> ModelIdentity:
    """Return by what a model is known again, with the name under which it was loaded."""
    from napari_samwise.predictor.content_key import identity_of

    model = predictor.model
    precision = str(model.precision).removeprefix("torch.")
    plain = plain_model_name(name)
    return ModelIdentity(plain, identity_of(model), model.preprocessing, precision)
