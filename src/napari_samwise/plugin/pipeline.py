"""What is encoded and decoded next: a click first, the newest first, nothing twice."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any

from psygnal import Signal

from napari_samwise.errors import Cancelled, SamwiseError
from napari_samwise.plugin.engine import Engine
from napari_samwise.plugin.frame import Answer, Encoded, Frame
from napari_samwise.plugin.worker import Slot, Ticket
from napari_samwise.prompts import Prompts

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Activity:
    """What the encoding thread does: a frame or None, and (done, total), total 0 if unknown."""

    frame: Frame | None = None
    done: int = 0
    total: int = 0


class Pipeline:
    """Brings requests through encoder and decoder, each in a thread of its own.

    It is told what is wanted *now*, by :meth:`want` and :meth:`hover`, and works towards that; what
    is no longer wanted is stopped or dropped. A request on an encoded frame never waits for a
    frame that is not.

    Parameters
    ----------
    engine : Engine
        Does the work.
    encoding, decoding : Slot
        Where it is done.
    """

    encoded = Signal(Encoded)
    answered = Signal(Answer)
    hovered = Signal(Answer)
    failed = Signal(object, str)
    """A frame, and a sentence that says why it cannot be encoded or decoded."""
    activity_changed = Signal(Activity)

    def __init__(self, engine: Engine, encoding: Slot, decoding: Slot) -> None:
        self.engine = engine
        self._encoding = encoding
        self._decoding = decoding
        self._shown: Frame | None = None
        self._requests: dict[Frame, Prompts] = {}
        self._settled: dict[Frame, Prompts] = {}
        self._given_up: set[Frame] = set()
        self._hover: Prompts | None = None
        self._hovering = False
        self._running: Frame | None = None
        self._closed = False

    def want(self, shown: Frame | None, requests: Mapping[Frame, Prompts]) -> None:
        """Say which frame is displayed, and for which frames a mask of which prompts is wanted.

        A request counts as answered only by the very same ``Prompts`` object; a frame that failed
        is tried again with its next request, or when it is displayed again.
        """
        if shown is not None and shown != self._shown:
            self._given_up.discard(shown)
        for frame, prompts in requests.items():
            if self._requests.get(frame) is not prompts:
                self._given_up.discard(frame)
        self._shown = shown
        self._requests = dict(requests)
        self._settled = {f: p for f, p in self._settled.items() if requests.get(f) is p}
        if self._running is not None and self._running not in self._wanted():
            self._encoding.stop()
        self._go_on()

    def hover(self, prompts: Prompts | None) -> None:
        """Want a mask for the cursor on the displayed frame, if that is encoded; or none."""
        self._hover = prompts
        self._hovering = prompts is not None
        self._go_on()

    def cancel(self) -> None:
        """Stop encoding; what was being encoded is not taken up again until it is asked for."""
        if self._running is not None:
            self._given_up.add(self._running)
            self._encoding.stop()

    def close(self) -> None:
        """Stop everything and report nothing any more."""
        self._closed = True
        self._encoding.close()
        self._decoding.close()

    def _unanswered(self) -> list[Frame]:
        """Frames with an open request, the displayed one first."""
        frames = [f for f, prompts in self._requests.items() if self._settled.get(f) is not prompts]
        return sorted(frames, key=lambda frame: frame != self._shown)

    def _wanted(self) -> list[Frame]:
        """Frames to be encoded, the most urgent first."""
        frames = self._unanswered()
        if self._shown is not None and self._shown not in frames:
            frames.append(self._shown)
        return [
            frame
            for frame in frames
            if frame not in self._given_up and self.engine.encoded(frame) is None
        ]

    def _go_on(self) -> None:
        if not self._closed and not self._decoding.busy:
            self._decode_next()
        if not self._closed and not self._encoding.busy:
            self._encode_next()

    def _decode_next(self) -> None:
        for frame in self._unanswered():
            if self.engine.encoded(frame) is not None:
                self._decode(frame, self._requests[frame])
                return
        if self._hover is not None and self._shown is not None:
            prompts, self._hover = self._hover, None
            if self.engine.encoded(self._shown) is not None:
                self._decode_hover(self._shown, prompts)

    def _decode(self, frame: Frame, prompts: Prompts) -> None:
        def work(ticket: Ticket) -> Answer:
            return self.engine.decode(frame, prompts)

        def finish(future: Future[Any]) -> None:
            error = future.exception()
            if not isinstance(error, Cancelled) and self._requests.get(frame) is prompts:
                self._settled[frame] = prompts
                if error is None:
                    self.answered.emit(future.result())
                else:
                    self.failed.emit(frame, _sentence(error, "Decoding"))
            self._go_on()

        self._decoding.start(work, finish, _ignore)

    def _decode_hover(self, frame: Frame, prompts: Prompts) -> None:
        def work(ticket: Ticket) -> Answer:
            return self.engine.decode(frame, prompts, keep=1)

        def finish(future: Future[Any]) -> None:
            # A hover that fails is not worth a word: the next one comes with the next move.
            if self._hovering and frame == self._shown and future.exception() is None:
                self.hovered.emit(future.result())
            self._go_on()

        self._decoding.start(work, finish, _ignore)

    def _encode_next(self) -> None:
        wanted = self._wanted()
        if wanted:
            self._encode(wanted[0])

    def _encode(self, frame: Frame) -> None:
        def work(ticket: Ticket) -> Encoded:
            return self.engine.encode(frame, ticket)

        def finish(future: Future[Any]) -> None:
            self._running = None
            self.activity_changed.emit(Activity())
            error = future.exception()
            if error is None:
                self.encoded.emit(future.result())
            elif not isinstance(error, Cancelled):
                self._given_up.add(frame)
                self.failed.emit(frame, _sentence(error, "Encoding"))
            self._go_on()

        def report(done: int, total: int) -> None:
            self.activity_changed.emit(Activity(frame, done, total))

        self._running = frame
        self.activity_changed.emit(Activity(frame))
        self._encoding.start(work, finish, report)


def _ignore(done: int, total: int) -> None:
    """Take no notice of progress: a decoding is over before a bar could be drawn."""


def _sentence(error: BaseException, what: str) -> str:
    """Say in one sentence why something failed; what nobody foresaw goes to the log in full."""
    if isinstance(error, SamwiseError):
        return str(error)
    _log.error("%s failed", what, exc_info=error)
    if isinstance(error, MemoryError) or "out of memory" in str(error).lower():
        return f"{what} ran out of memory; close other images or choose a smaller model."
    first_line = str(error).partition("\n")[0]
    return f"{what} failed ({type(error).__name__}: {first_line}); the log has the details."
