"""Adapting the model to the objects that were kept, from the window."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from psygnal import Signal

from napari_samwise.geometry.roi import Roi
from napari_samwise.plugin.board import Board
from napari_samwise.plugin.desk import Desk
from napari_samwise.plugin.engine import Engine
from napari_samwise.plugin.kept_planes import kept_planes
from napari_samwise.plugin.layer_files import snapshot
from napari_samwise.plugin.model_choice import base_name
from napari_samwise.plugin.stacks.bench import Bench, Post
from napari_samwise.plugin.stacks.scene import Scene
from napari_samwise.plugin.worker import Ticket

if TYPE_CHECKING:
    from napari_samwise.learn.adaptation import Adaptation

_NAME = "Adapting"
_MEANWHILE = "The model learns from your objects; go on clicking meanwhile."


@dataclass(frozen=True, slots=True)
class Adapted:
    """How adapting ended.

    Parameters
    ----------
    sentence : str
        What came of it.
    name : str
        What the new model is called; empty if it was no better, and dropped.
    """

    sentence: str
    name: str


class AdaptDesk:
    """Fits the model in use to the objects of the annotated image.

    Parameters
    ----------
    desk : Desk
        Which image is annotated.
    board : Board
        Says what happened.
    engine : Engine
        Has the model and the embeddings.
    bench : Bench
        Where it is done.
    """

    adapted = Signal(str)
    """There is a new model, of this name."""

    def __init__(self, desk: Desk, board: Board, engine: Engine, bench: Bench) -> None:
        self._desk, self._board = desk, board
        self._engine, self._bench = engine, bench

    def start(self) -> None:
        """Adapt in a worker; say why not if that is impossible."""
        workspace = self._desk.workspace
        scene = (
            None if workspace is None else Scene.shown(self._engine, self._board, workspace.image)
        )
        if workspace is None or scene is None:
            self._board.say("Adapting needs an image shown in 2D, with objects.", error=True)
            return
        session, image = workspace.session, str(workspace.image.name)
        boxes = {label: each.box for label, each in session.objects.items()}
        labels = snapshot(session.labels)
        work = partial(_adapt, scene, labels, boxes, image)
        self._bench.run(_NAME, work, done=self._finish, meanwhile=_MEANWHILE)

    def _finish(self, done: Adapted) -> None:
        if done.name:
            self.adapted.emit(done.name)
        # Only now: choosing a model says what to do next.
        self._board.say(done.sentence)


def _adapt(
    scene: Scene,
    labels: Any,
    boxes: Mapping[int, Roi | None],
    image: str,
    ticket: Ticket,
    post: Post,
) -> Adapted:
    from napari_samwise.learn.adapt import adapt
    from napari_samwise.learn.adaptation import AdaptOptions
    from napari_samwise.weights.adapted import write_adapted
    from napari_samwise.weights.adapted_models import new_adapted_path

    seen = scene.open(ticket)
    frame, model = scene.frame, seen.predictor.model
    options = AdaptOptions()
    most = options.most_planes
    whole = model.whole_px
    planes = kept_planes(frame.source, labels, boxes, frame.plane, seen.intensity, most, whole)
    done = adapt(
        planes,
        frame.model,
        options,
        model=model,
        store=seen.predictor.store,
        progress=ticket.report,
        should_stop=ticket.should_stop,
    )
    if not done.is_better:
        return Adapted(_describe("Adapting brought nothing", done, "the model stays."), "")
    path = write_adapted(done.weights, new_adapted_path(base_name(frame.model), image))
    return Adapted(_describe("Adapted", done, f"'{path.stem}' is in use now."), path.stem)


def _describe(what: str, done: Adaptation, end: str) -> str:
    """Say what was gained on objects that were not learned from."""
    before, after = done.before, done.after
    return (
        f"{what}: on {done.aside} objects that were put aside, one click gives IoU "
        f"{after.one_click:.2f} instead of {before.one_click:.2f}, a box {after.box:.2f} instead "
        f"of {before.box:.2f}; {end}"
    )
