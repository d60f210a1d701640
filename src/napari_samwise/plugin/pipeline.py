"""What is encoded and decoded next: a click first, the newest first, nothing twice.

A plane that is encoded whole is encoded, and then answers. A larger one is made ready; a request
encodes the part in which it is looked at first, gets a first look from what is encoded, and its
answer after a search that encodes whatever else it takes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import replace
from typing import Any

from psygnal import Signal

from napari_samwise.errors import Cancelled
from napari_samwise.plugin.activity import Activity, Stage, Task, describe_failure
from napari_samwise.plugin.engine import Engine
from napari_samwise.plugin.frame import Answer, Encoded, Frame
from napari_samwise.plugin.request import Request
from napari_samwise.plugin.worker import Slot, Ticket


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
        self._requests: dict[Frame, Request] = {}
        self._settled: dict[Frame, Request] = {}
        self._begun: dict[Frame, Request] = {}
        self._looked: dict[Frame, Request] = {}
        self._looks: dict[Frame, Answer] = {}
        self._given_up: set[Frame] = set()
        self._hover: Request | None = None
        self._hovering = False
        self._running: Task | None = None
        self._closed = False

    def want(self, shown: Frame | None, requests: Mapping[Frame, Request]) -> None:
        """Say which frame is displayed, and which requests are open.

        A request counts as answered only by the very same object; a frame that failed is tried
        again with its next request, or when it is displayed again.
        """
        if shown is not None and shown != self._shown:
            self._given_up.discard(shown)
        for frame, request in requests.items():
            if self._requests.get(frame) is not request:
                self._given_up.discard(frame)
        self._shown = shown
        self._requests = dict(requests)
        for known in (self._settled, self._begun, self._looked):
            for frame in [f for f, request in known.items() if requests.get(f) is not request]:
                del known[frame]
        self._looks = {f: a for f, a in self._looks.items() if requests.get(f) is a.request}
        if self._running is not None and self._running not in self._tasks():
            self._encoding.stop()
        self._go_on()

    def hover(self, request: Request | None) -> None:
        """Want a mask for the cursor on the displayed frame, if that is encoded; or none."""
        self._hover = request
        self._hovering = request is not None
        self._go_on()

    def cancel(self) -> None:
        """Stop encoding; what was being encoded is not taken up again until it is asked for.

        What a first look at a large plane has found then is the answer.
        """
        if self._running is not None:
            self._given_up.add(self._running.frame)
            self._encoding.stop()

    def close(self) -> None:
        """Stop everything and report nothing any more."""
        self._closed = True
        self._encoding.close()
        self._decoding.close()

    def _unanswered(self) -> list[Frame]:
        """Frames with an open request, the displayed one first."""
        frames = [f for f, request in self._requests.items() if self._is_open(f, request)]
        return sorted(frames, key=lambda frame: frame != self._shown)

    def _is_open(self, frame: Frame, request: Request) -> bool:
        """Tell whether a request is the present one of its frame and waits for its answer."""
        return self._requests.get(frame) is request and self._settled.get(frame) is not request

    def _tasks(self) -> list[Task]:
        """Return what is to be encoded, the most urgent first."""
        frames = self._unanswered()
        if self._shown is not None and self._shown not in frames:
            frames.append(self._shown)
        tasks = (self._task(frame) for frame in frames if frame not in self._given_up)
        return [task for task in tasks if task is not None]

    def _task(self, frame: Frame) -> Task | None:
        """Return what is to be encoded of a frame next, if anything."""
        encoded = self.engine.encoded(frame)
        if encoded is None:
            return Task(frame, Stage.ENCODE)
        request = self._requests.get(frame)
        if not encoded.part_px or request is None or not self._is_open(frame, request):
            return None
        stage = Stage.SEARCH if self._begun.get(frame) is request else Stage.BEGIN
        return Task(frame, stage, request)

    def _go_on(self) -> None:
        if not self._closed and not self._decoding.busy:
            self._decode_next()
        if not self._closed and not self._encoding.busy:
            self._encode_next()

    def _decode_next(self) -> None:
        for frame in self._unanswered():
            request, encoded = self._requests[frame], self.engine.encoded(frame)
            if encoded is not None and self._looked.get(frame) is not request:
                if encoded.part_px:
                    self._looked[frame] = request
                self._decode(frame, request)
                return
        if self._hover is not None and self._shown is not None:
            request, self._hover = self._hover, None
            if self.engine.encoded(self._shown) is not None:
                self._decode_hover(self._shown, request)

    def _decode(self, frame: Frame, request: Request) -> None:
        def work(ticket: Ticket) -> Answer:
            return self.engine.decode(frame, request)

        def finish(future: Future[Any]) -> None:
            error = future.exception()
            if self._is_open(frame, request) and not isinstance(error, Cancelled):
                if error is not None:
                    self._fail(frame, request, error, "Decoding")
                elif future.result().found:
                    self._answer(future.result())
            self._go_on()

        self._decoding.start(work, finish)

    def _decode_hover(self, frame: Frame, request: Request) -> None:
        def work(ticket: Ticket) -> Answer:
            return self.engine.decode(frame, request, keep=1)

        def finish(future: Future[Any]) -> None:
            # A hover that fails is not worth a word: the next one comes with the next move.
            if self._hovering and frame == self._shown and future.exception() is None:
                self.hovered.emit(future.result())
            self._go_on()

        self._decoding.start(work, finish)

    def _encode_next(self) -> None:
        tasks = self._tasks()
        if tasks:
            self._encode(tasks[0])

    def _encode(self, task: Task) -> None:
        def finish(future: Future[Any]) -> None:
            self._running = None
            self.activity_changed.emit(Activity())
            error = future.exception()
            if error is None:
                self._finish(task, future.result())
            elif not isinstance(error, Cancelled):
                self._give_up(task, error)
            elif task.frame in self._given_up and task.frame in self._looks:
                self._answer(replace(self._looks[task.frame], is_final=True))
            self._go_on()

        def report(done: int, total: int) -> None:
            self.activity_changed.emit(Activity(task.frame, done, total, self.engine.part))

        self._running = task
        self.activity_changed.emit(Activity(task.frame))
        self._encoding.start(self._work_of(task), finish, report)

    def _work_of(self, task: Task) -> Callable[[Ticket], Any]:
        """Return what the encoding thread does for a task."""
        frame, request = task.frame, task.request
        if request is None:
            return lambda ticket: self.engine.encode(frame, ticket)
        if task.stage is Stage.BEGIN:
            return lambda ticket: self.engine.begin(frame, request, ticket)
        return lambda ticket: self.engine.search(frame, request, ticket)

    def _finish(self, task: Task, result: Any) -> None:
        """Take what the encoding thread has done."""
        if task.request is None:
            self.encoded.emit(result)
        elif not self._is_open(task.frame, task.request):
            return
        elif task.stage is Stage.SEARCH:
            self._answer(result)
        else:
            self._begun[task.frame] = task.request
            if task.frame not in self._looks:
                self._looked.pop(task.frame, None)

    def _give_up(self, task: Task, error: BaseException) -> None:
        """Say why a task failed, if it is still wanted."""
        if task.request is not None:
            if self._is_open(task.frame, task.request):
                self._fail(task.frame, task.request, error, "Encoding")
        elif task in self._tasks():
            self._given_up.add(task.frame)
            self.failed.emit(task.frame, describe_failure(error, "Encoding"))

    def _answer(self, answer: Answer) -> None:
        """Hand an answer out; the request stays open after a first look."""
        if answer.is_final:
            self._settled[answer.frame] = answer.request
        else:
            self._looks[answer.frame] = answer
        self.answered.emit(answer)

    def _fail(self, frame: Frame, request: Request, error: BaseException, what: str) -> None:
        """Say why a request has no answer, once."""
        self._settled[frame] = request
        self.failed.emit(frame, describe_failure(error, what))
