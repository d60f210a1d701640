"""Carrying the object in work through the slices, in the window."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from psygnal import Signal

from napari_samwise.geometry.boxed_mask import BoxedMask
from napari_samwise.plugin.board import Board
from napari_samwise.plugin.candidates import Mask
from napari_samwise.plugin.desk import Defer, Desk
from napari_samwise.plugin.engine import Engine
from napari_samwise.plugin.history import Step
from napari_samwise.plugin.stacks.bench import Bench, Post
from napari_samwise.plugin.stacks.fill_job import FillJob, FoundSlice
from napari_samwise.plugin.stacks.filled import Filled
from napari_samwise.plugin.stacks.gaps import fill_gaps, interpolate_object
from napari_samwise.plugin.stacks.scene import Scene
from napari_samwise.plugin.stacks.way import Way
from napari_samwise.plugin.worker import Ticket

if TYPE_CHECKING:
    from napari.layers import Labels

    from napari_samwise.plugin.session import Session

_FILLING = "Filling"
_NO_MASK = "Click on the object on this slice first; its mask is what is carried."
_MEANWHILE = "Slices show as they are found; stop keeps them, a click corrects one."
_PENDING = "The mask is still being computed; fill when it shows."


class FillDesk:
    """Fills a stack with the object in work, and again where it is corrected.

    Parameters
    ----------
    desk : Desk
        Which image is annotated.
    board : Board
        Says what happens, and knows the displayed plane.
    engine : Engine
        Has the model.
    bench : Bench
        Where the work is done.
    defer : callable
        Runs a function a little later in the thread of the window.
    """

    changed = Signal()
    """There are other slices or barriers."""

    def __init__(
        self, desk: Desk, board: Board, engine: Engine, bench: Bench, defer: Defer
    ) -> None:
        self._desk = desk
        self._board = board
        self._engine = engine
        self._bench = bench
        self._defer = defer
        self._session: Session | None = None
        self._preview: Labels | None = None
        self._barriers: frozenset[int] = frozenset()
        self._base: Filled | None = None
        self._shown: Filled | None = None
        self._is_outdated = False
        desk.workspace_changed.connect(self._on_workspace)
        bench.changed.connect(self._on_bench)
        self._on_workspace()

    @property
    def filled(self) -> Filled | None:
        """What is known of the object in work."""
        return None if self._session is None else self._session.filled

    @property
    def barriers(self) -> frozenset[int]:
        """Slices that the object in work does not enter."""
        return self._barriers if self.filled is None else self.filled.barriers

    @property
    def is_filling(self) -> bool:
        """Whether slices are being looked for."""
        return self._base is not None

    def close(self) -> None:
        """Unbind everything."""
        self._desk.workspace_changed.disconnect(self._on_workspace)
        self._bench.changed.disconnect(self._on_bench)
        self._bind(None, None)

    def fill(self, way: Way) -> None:
        """Carry the object from the slices where it is prompted through all others."""
        session = self._session
        if session is None:
            self._board.say("Open an image first.", error=True)
            return
        before = session.filled
        base = self._given(session, way)
        if session.pending:
            self._board.say(_PENDING, error=True)
        elif not base.given:
            self._board.say(_NO_MASK, error=True)
        elif base.barriers & set(base.given):
            self._refuse_barrier(min(base.barriers & set(base.given)))
        else:
            self._run(base, frozenset(base.given), before, step="fill")

    def interpolate(self, way: Way) -> None:
        """Fill the slices between those that are given by shape alone.

        The object in work if it is prompted on several slices, else the one whose number is
        selected in the objects layer.
        """
        session, workspace = self._session, self._desk.workspace
        if session is None or workspace is None:
            self._board.say("Open an image first.", error=True)
            return
        before = session.filled
        base = self._given(session, way)
        if base.given:

            def done(filled: Filled) -> None:
                if session.filled is before and not session.draft.is_empty:
                    self._finish(session, filled, before, "interpolate")

            work = partial(_interpolate, base)
            self._bench.run("Interpolation", work, done=done)
        else:
            label = int(workspace.layers.objects.selected_label)
            fill_gaps(self._bench, self._board, session, way, label)

    def toggle_barrier(self, way: Way) -> None:
        """Set or remove a barrier at the displayed slice."""
        frame = self._board.frame
        index = None if frame is None else way.index_of(frame.plane)
        session, before = self._session, self.filled
        if index is None or session is None:
            return
        if self.is_filling:
            self._board.say("Stop the filling first, or wait until it is done.", error=True)
            return
        if before is not None and index in before.given and index not in self.barriers:
            self._refuse_barrier(index)
            return
        self._barriers = self.barriers ^ {index}
        if before is not None:
            after = before.with_barriers(self._barriers)
            self._show(session, after)
            self._push(session, "barrier", before, after)
        shut = f"The object ends before slice {index}."
        opened = f"Slice {index} is open again; fill to go on through it."
        self._board.say(shut if index in self._barriers else opened)
        self.changed.emit()

    def next_doubtful(self, after: int) -> int | None:
        """Return the next slice worth a look, None if there is none."""
        return None if self.filled is None else self.filled.next_doubtful(after)

    def describe_doubt(self, index: int | None) -> None:
        """Say what to do with a slice worth a look, or why there is none."""
        filled = self.filled
        if filled is None:
            self._board.say("Fill first; then slices tell how sure they are.")
        elif index is None:
            self._board.say("No slice is in doubt.")
        else:
            self._board.say(
                f"Slice {index} is in doubt ({filled.confidence[index]:.2f}): "
                "click or paint in preview to correct it."
            )

    def _given(self, session: Session, way: Way) -> Filled:
        """Return what the user has said of the object on these slices, and nothing else."""
        before = session.filled
        base = Filled(way, barriers=self.barriers)
        if before is not None and before.way.is_same(way):
            base = replace(base, given=before.given, answers=before.answers)
        return base.take(base.news({p: each.mask for p, each in session.candidates.items()}))

    def _refuse_barrier(self, index: int) -> None:
        self._board.say(
            f"Slice {index} has a prompt; a barrier is a slice that the object does not enter.",
            error=True,
        )

    def _on_workspace(self) -> None:
        workspace = self._desk.workspace
        session = None if workspace is None else workspace.session
        if session is not self._session:
            self._stop()
            self._barriers = frozenset()
        self._bind(session, None if workspace is None else workspace.layers.preview)
        self.changed.emit()

    def _bind(self, session: Session | None, preview: Labels | None) -> None:
        """Listen to another session and its preview layer."""
        if self._session is not None:
            self._session.candidates_changed.disconnect(self._on_candidates)
        if self._preview is not None:
            self._preview.events.paint.disconnect(self._on_paint)
        self._session, self._preview = session, preview
        if session is not None:
            session.candidates_changed.connect(self._on_candidates)
        if preview is not None:
            preview.events.paint.connect(self._on_paint)

    def _on_candidates(self) -> None:
        """Carry what the user has corrected."""
        session = self._session
        if session is None:
            return
        if session.draft.is_empty and self._barriers and session.filled is None:
            self._barriers = frozenset()
        if self.is_filling and session.filled is not self._shown:
            # Undone, committed or cleared meanwhile.
            self._stop()
        self.changed.emit()
        if session.filled is None or session.pending:
            return
        news = session.filled.news({p: each.mask for p, each in session.candidates.items()})
        if self.is_filling:
            known = {} if self._base is None else self._base.answers
            if any(known.get(index) is not mask for index, mask in news.items()):
                self._is_outdated = True
                self._bench.stop()
        elif news and not self._bench.busy:
            self._correct(session, session.filled, news)

    def _correct(self, session: Session, filled: Filled, news: Mapping[int, Mask]) -> None:
        known = filled.recognise(news)
        fresh = {i: mask for i, mask in news.items() if known.answers.get(i) is not mask}
        if fresh:
            # The click is the step of undo, and brings back what was filled before.
            self._run(known.take(fresh), frozenset(fresh), filled, step="")
        else:
            self._show(session, known)

    def _on_bench(self) -> None:
        """Carry what was corrected while something else was going on."""
        if not self._bench.busy and not self.is_filling and self.filled is not None:
            self._on_candidates()

    def _on_paint(self, event: Any) -> None:
        # Some of napari's tools tell before they paint.
        self._defer(self._take_stroke)

    def _take_stroke(self) -> None:
        """Take what was painted into the preview for the right mask of the displayed slice."""
        session, filled, frame = self._session, self.filled, self._board.frame
        preview, workspace = self._preview, self._desk.workspace
        if session is None or preview is None or frame is None or workspace is None:
            return
        index = None if filled is None else filled.way.index_of(frame.plane)
        view = preview.data[frame.plane.index]
        mask = BoxedMask.from_mask(np.asarray(view) != 0)
        view[:] = 0
        if filled is None or index is None:
            self._board.say("A stroke in preview corrects a filled object; fill first.", error=True)
        elif mask.roi.is_empty:
            self._board.say("Nothing is left on this slice; set a barrier instead.", error=True)
        elif not self._bench.is_refused():
            answers = {p: each.mask for p, each in session.candidates.items()}
            taken = {**filled.answers, **filled.news(answers)}
            base = replace(filled, given={**filled.given, index: mask}, answers=taken)
            self._run(base, frozenset({index}), filled, step="stroke")
        workspace.show_candidates()

    def _run(
        self, base: Filled, changed: frozenset[int], before: Filled | None, *, step: str
    ) -> None:
        """Carry from the changed slices, and show slices as they are found."""
        session, workspace = self._session, self._desk.workspace
        if session is None or workspace is None:
            return
        scene = Scene.shown(self._engine, self._board, workspace.image)
        if scene is None:
            self._board.say("Show a plane of the image first.", error=True)
            return
        if self._bench.is_refused():
            return

        def done(filled: Filled) -> None:
            if not self._is_over(base, before):
                self._finish(session, filled, before, step)

        def failed() -> None:
            if not self._is_over(base, before):
                # Taken up, so that it is not tried again at once.
                kept = None if before is None else replace(before, answers=base.answers)
                self._show(session, kept)

        self._base, self._is_outdated = base, False
        self._show(session, replace(base, masks={**base.masks, **base.given}))
        job = FillJob(scene, base, changed)
        self._bench.run(
            _FILLING, job.run, take=self._on_slice, done=done, failed=failed, meanwhile=_MEANWHILE
        )

    def _on_slice(self, found: FoundSlice) -> None:
        """Show a slice as it is found."""
        session, shown = self._session, self._shown
        if session is not None and shown is not None and session.filled is shown:
            masks = {**shown.masks, found.index: found.mask}
            confidence = {**shown.confidence, found.index: found.confidence}
            self._show(session, replace(shown, masks=masks, confidence=confidence))

    def _is_over(self, base: Filled, before: Filled | None) -> bool:
        """Tell whether nobody waits for this filling; begin again if it was corrected since."""
        if self._base is not base or self._session is None:
            return True
        self._base = None
        if self._is_outdated:
            self._show(self._session, before)
            if before is None:
                self.fill(base.way)
        return self._is_outdated

    def _finish(self, session: Session, after: Filled, before: Filled | None, step: str) -> None:
        """Show what was found, and make it a step of undo if it is one."""
        if step:
            self._push(session, step, before, after)
        self._show(session, after)
        doubtful = len(after.doubtful)
        self._board.say(
            f"On {len(after.masks)} slices, {doubtful} in doubt (N shows the next); "
            "C keeps the object."
        )

    def _show(self, session: Session, filled: Filled | None) -> None:
        self._shown = filled
        session.fill(filled)

    def _push(
        self, session: Session, name: str, before: Filled | None, after: Filled | None
    ) -> None:
        step = Step(name, lambda: session.fill(before), lambda: session.fill(after))
        session.history.push(step)

    def _stop(self) -> None:
        """Stop filling and take no more of it."""
        if self.is_filling:
            self._base = self._shown = None
            self._bench.stop()


def _interpolate(base: Filled, ticket: Ticket, post: Post) -> Filled:
    return interpolate_object(base)
