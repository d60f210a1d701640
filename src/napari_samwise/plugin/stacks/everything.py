"""Everything mode in the window: found once, and chosen among as sliders move."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from psygnal import Signal

from napari_samwise.errors import InputError
from napari_samwise.plugin.board import Board
from napari_samwise.plugin.counted import counted
from napari_samwise.plugin.desk import Desk
from napari_samwise.plugin.engine import Engine
from napari_samwise.plugin.history import Step
from napari_samwise.plugin.source_file import channel_of, file_of
from napari_samwise.plugin.stacks.bench import Bench
from napari_samwise.plugin.stacks.everything_job import (
    Harvest,
    Linked,
    Method,
    Piece,
    Thresholds,
    Wish,
    choose,
    harvest,
    harvest_stack,
)
from napari_samwise.plugin.stacks.piece_writer import PieceWriter
from napari_samwise.plugin.stacks.recipe import Search
from napari_samwise.plugin.stacks.scene import Scene
from napari_samwise.plugin.stacks.way import Way, axis_names

if TYPE_CHECKING:
    from napari_samwise.plugin.session import Session


@dataclass(slots=True, eq=False)
class _Plane:
    """One plane of which everything is known.

    Parameters
    ----------
    session : Session
        The annotation of its image.
    scene : Scene
        Which plane of it, and the model that looked at it.
    harvest : Harvest
        What was found.
    step : Step, optional
        The undo step by which objects were written.
    """

    session: Session
    scene: Scene
    harvest: Harvest
    step: Step | None = None

    @property
    def is_ours(self) -> bool:
        """Whether nothing was done since."""
        newest = self.session.history.newest
        return self.step is None or newest is self.step


class EverythingDesk:
    """Finds all objects of the displayed plane, or of a stack.

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
    """

    changed = Signal()
    """There are other thresholds to choose from."""

    def __init__(self, desk: Desk, board: Board, engine: Engine, bench: Bench) -> None:
        self._desk = desk
        self._board = board
        self._engine = engine
        self._bench = bench
        self._found: _Plane | None = None
        self._wanted: Thresholds | None = None
        self._shown: Wish | None = None
        self._text = ""
        self._used: tuple[Search, Thresholds, Method] | None = None
        bench.changed.connect(self._go_on)

    @property
    def lowest(self) -> Thresholds | None:
        """The thresholds from which on masks are kept; None before any were found."""
        return None if self._found is None else self._found.harvest.lowest

    @property
    def thresholds(self) -> Thresholds | None:
        """What the sliders stand at; None before the model has said what suits it."""
        return self._wanted

    @property
    def has_recipe(self) -> bool:
        """Whether it is known how objects were found last."""
        return self._used is not None

    @property
    def proposed_path(self) -> str:
        """Where a recipe may lie, without a suffix: beside the image."""
        workspace = self._desk.workspace
        source = None if workspace is None else file_of(workspace.image)
        return "recipe" if source is None else str(source.with_name("recipe"))

    def save_recipe(self, path: Path) -> None:
        """Write how objects were found last, for ``napari-samwise batch --recipe``."""
        if self._used is None:
            self._board.say("Find everything once; a recipe tells how that was done.", error=True)
            return
        search, thresholds, method = self._used
        try:
            search.to_recipe(thresholds, method).save(path)
        except InputError as error:
            self._board.say(str(error), error=True)
        else:
            self._board.say(f"Recipe written; use it: napari-samwise batch FOLDER --recipe {path}")

    def start(self) -> None:
        """Find everything on the displayed plane and write it into the objects."""
        scene, session = self._scene(), self._session()
        if scene is None or session is None or not self._is_ready(session):
            return

        def done(result: Harvest) -> None:
            if self._session() is session:
                self._found = _Plane(session, scene, result)
                self._wanted, self._shown = result.usual, None
                self._used = (search, result.usual, result.method)
                self.changed.emit()

        search = self._search(scene)
        self._found = self._wanted = self._used = None
        self._bench.run("Everything mode", partial(harvest, scene), done=done)

    def set_thresholds(self, thresholds: Thresholds) -> None:
        """Choose anew among what was found."""
        self._wanted = thresholds
        if self._used is not None and self._used[0].link is None:
            self._used = (self._used[0], thresholds, self._used[2])
        self._go_on()

    def set_text(self, text: str) -> None:
        """Say what objects shall be, such as "bright round nuclei"; empty for anything."""
        self._text = text.strip()
        if self._used is not None and self._used[0].link is None:
            search, thresholds, method = self._used
            self._used = (replace(search, text=self._text), thresholds, method)
        self._go_on()

    def search(self, text: str) -> None:
        """Do as ``set_text``, and look for everything first where that was not done yet."""
        self.set_text(text)
        found = self._found
        if not self._bench.busy and (found is None or found.scene.frame != self._board.frame):
            self.start()

    def start_stack(self, way: Way) -> None:
        """Find everything on all slices and link it to objects of three dimensions."""
        scene, session = self._scene(), self._session()
        if scene is None or session is None or not self._is_ready(session):
            return
        writer = PieceWriter(session, scene.frame.model)

        def done(found: Linked) -> None:
            self._finish(writer, "everything in 3-D", found.scores)
            self._used = (search, found.thresholds, found.method)
            self.changed.emit()

        search = self._search(scene, way)
        work = partial(harvest_stack, scene, way, self._wanted, self._text)
        self._bench.run("Everything in 3-D", work, take=writer.take, done=done, failed=writer.erase)

    def _go_on(self) -> None:
        """Show what the sliders say, if that is not shown and nothing is in the way."""
        found, wanted = self._found, self._wanted
        if found is None or wanted is None or self._bench.busy:
            return
        wish = Wish(wanted, self._text)
        if wish == self._shown:
            return
        self._shown = wish
        if found.session is not self._session():
            return
        if not found.is_ours:
            self._board.say("Something was done since; press Everything again.", error=True)
            return
        writer = PieceWriter(found.session, found.scene.frame.model)

        def take(piece: Piece) -> None:
            if not writer.has_begun:
                self._take_back(found)
            writer.take(piece)

        def done(scores: tuple[float, ...]) -> None:
            found.step = self._finish(writer, "everything", scores)

        work = partial(choose, found.harvest, wish, found.scene)
        self._bench.run("Choosing", work, take=take, done=done, failed=writer.erase)

    def _take_back(self, found: _Plane) -> None:
        if found.step is not None and found.is_ours:
            found.step.undo()
            found.session.history.drop_newest()
        found.step = None

    def _finish(self, writer: PieceWriter, name: str, scores: tuple[float, ...]) -> Step | None:
        step, count = writer.finish(name, scores)
        if writer.problem:
            self._board.say(writer.problem, error=True)
        elif not writer.found and self._text:
            self._board.say(f"Nothing that passes is called {self._text!r}; use other words.")
        elif not writer.found:
            self._board.say("Nothing passes; lower the thresholds or try another model.")
        elif not count:
            known = counted(writer.found, "thing")
            self._board.say(f"{known} found, all of them objects already; nothing was added.")
        else:
            self._board.say(f"{counted(count)} found; one undo takes all of it back.")
        return step

    def _is_ready(self, session: Session) -> bool:
        if not session.ids.are_known:
            self._board.say("The ids in the labels are still being read; try again in a moment.")
        return session.ids.are_known

    def _scene(self) -> Scene | None:
        workspace = self._desk.workspace
        scene = (
            None if workspace is None else Scene.shown(self._engine, self._board, workspace.image)
        )
        if scene is None:
            self._board.say("Open an image and show one of its planes first.", error=True)
        return scene

    def _search(self, scene: Scene, way: Way | None = None) -> Search:
        workspace: Any = self._desk.workspace
        image = workspace.image
        names = axis_names([str(label) for label in image.axis_labels])
        link = None if way is None else names[way.along]
        return Search(scene.frame, channel_of(image), link, self._text)

    def _session(self) -> Session | None:
        workspace: Any = self._desk.workspace
        return None if workspace is None else workspace.session
