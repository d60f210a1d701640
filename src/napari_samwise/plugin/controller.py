"""Binds viewer, workspace and pipeline; the widget shows the board and calls the actions here."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from napari_samwise.errors import InputError
from napari_samwise.plugin.activity import Activity
from napari_samwise.plugin.board import Board
from napari_samwise.plugin.desk import Defer, Desk
from napari_samwise.plugin.frame import Answer, Frame, IntensityChoice
from napari_samwise.plugin.guide import suggest_adapting
from napari_samwise.plugin.images import find_image
from napari_samwise.plugin.key_actions import key_actions
from napari_samwise.plugin.keys import KeyMap
from napari_samwise.plugin.label_folder import default_folder
from napari_samwise.plugin.model_choice import DEFAULT_MODEL
from napari_samwise.plugin.modes import Gate, current_mode, drop_unfinished, enter_mode
from napari_samwise.plugin.pipeline import Pipeline
from napari_samwise.plugin.plane import Plane
from napari_samwise.plugin.request import Request
from napari_samwise.plugin.status import Mode, describe_kept, describe_unwritten
from napari_samwise.plugin.survey import Surveyor
from napari_samwise.plugin.view import displayed_plane
from napari_samwise.plugin.workspace import Workspace
from napari_samwise.prompts import INCLUDE, Prompts

if TYPE_CHECKING:
    from napari.components import ViewerModel
    from napari.layers import Image, Labels

    from napari_samwise.plugin.session import Session
    from napari_samwise.plugin.spare_layers import SpareLayers


class Controller:
    """The annotation of the images of one viewer.

    Parameters
    ----------
    viewer : ViewerModel
        The viewer, or napari's proxy of it.
    pipeline : Pipeline
        Encodes and decodes.
    defer : callable
        Runs a function a little later in the GUI thread.
    surveyor : Surveyor
        Reads labels that are too large to be read at once.

    Attributes
    ----------
    board : Board
        What is to be shown.
    desk : Desk
        Which image is annotated.
    keys : KeyMap
        What is bound on the plugin's layers.
    objects_folder : Path
        Where objects too large for memory are kept from now on.
    """

    def __init__(
        self, viewer: ViewerModel, pipeline: Pipeline, defer: Defer, surveyor: Surveyor
    ) -> None:
        self._viewer = viewer
        self._pipeline = pipeline
        self._surveyor = surveyor
        self.objects_folder = default_folder()
        self._model = DEFAULT_MODEL
        self._policy = IntensityChoice()
        self._hover_enabled = True
        self._bound: Session | None = None
        self._plane: Plane | None = None
        self._gate = Gate(viewer)
        self.keys = KeyMap(key_actions(self))
        self.desk = Desk(viewer, self._make_workspace, defer)
        self.board = Board(viewer, self.desk, pipeline.engine)
        self._connect()
        self.desk.choose(find_image(viewer))

    @property
    def image(self) -> Image | None:
        """The image that is annotated."""
        return None if self.desk.workspace is None else self.desk.workspace.image

    def choose_image(self, image: Image | None) -> None:
        """Annotate another image."""
        self.desk.choose(image)

    def choose_objects(self, layer: Labels | None) -> None:
        """Write objects into another layer of the user's from now on, None for a new one."""
        workspace = self.desk.workspace
        if workspace is None:
            return
        try:
            workspace.use_objects(layer)
        except InputError as error:
            self.board.say(str(error), error=True)
            # The list shows what was chosen, but objects go where they went before.
            self.desk.labels_changed.emit()
            return
        self._surveyor.look(workspace.session)
        self.desk.workspace_changed.emit()

    def choose_model(self, name: str) -> None:
        """Use another model from now on; its weights are fetched if they are not here."""
        self._model = name
        self.board.decode_seconds = None
        self._ask_again()

    def choose_intensity(self, policy: str, window: str | None = None) -> None:
        """Let the encoder see other intensities from now on."""
        self._policy = IntensityChoice(policy, window=window)
        self._ask_again()

    def enable_hover(self, enabled: bool) -> None:
        """Show, or do not show, the mask under the cursor before anything is clicked."""
        self._hover_enabled = enabled
        self._on_hover(None)

    def enter_mode(self, mode: Mode) -> None:
        """Make clicks on the canvas include, exclude, or draw a box or an outline."""
        if self.desk.workspace is not None and not self.board.obstacle:
            self.desk.restore_layers()
            enter_mode(self._viewer, self.desk.workspace, mode)
        self.board.say("")

    def toggle_label(self) -> None:
        """Turn selected points round, or else include into exclude for the clicks to come."""
        workspace = self.desk.workspace
        if workspace is None or workspace.prompts.flip_selected():
            return
        now = current_mode(self._viewer, workspace)
        self.enter_mode(Mode.EXCLUDE if now is Mode.INCLUDE else Mode.INCLUDE)

    def next_candidate(self) -> None:
        """Show the next candidate on the displayed plane."""
        self._step_candidate(1)

    def previous_candidate(self) -> None:
        """Show the candidate before on the displayed plane."""
        self._step_candidate(-1)

    def commit(self) -> None:
        """Keep the mask in work as an object."""
        if self._bound is None:
            return
        try:
            done = self._bound.commit()
        except (InputError, OSError) as error:
            self.board.say(describe_unwritten(error), error=True)
            return
        self._include_again()
        step = self._bound.history.newest
        taken = 0 if step is None or step.kept is None else step.kept.taken
        suggestion = suggest_adapting(self._bound.objects.values())
        self.board.say(" ".join(filter(None, (describe_kept(done, taken), suggestion))))

    def clear(self) -> None:
        """Remove the prompts in work."""
        if self._bound is not None:
            drop_unfinished(self._viewer, self.desk.workspace)
            self._bound.clear()
            self._include_again()
            self.board.say("")

    def undo(self) -> None:
        """Take back the last prompt, commit or painting."""
        if drop_unfinished(self._viewer, self.desk.workspace):
            self.board.say("Undone: the outline that was begun.")
        elif self._bound is not None:
            self._replay(self._bound.undo, "Undone", "There is nothing to undo.")

    def redo(self) -> None:
        """Do again what was undone last."""
        if self._bound is not None:
            self._replay(self._bound.redo, "Done again", "There is nothing to do again.")

    def cancel(self) -> None:
        """Stop encoding or downloading."""
        self._pipeline.cancel()
        self.board.say("Stopped. A click or another plane starts it again.")

    def close(self) -> None:
        """Stop the work and unbind everything from the viewer and its layers."""
        self.board.close()
        self._pipeline.close()
        self._surveyor.close()
        self._bind_session(None)
        self.desk.close()
        for emitter in self._viewer_events():
            emitter.disconnect(self._on_view)
        self._viewer.layers.selection.events.active.disconnect(self._on_active)

    def _replay(self, step: Callable[[], str], told: str, nothing: str) -> None:
        """Undo or redo a step, and say which."""
        try:
            name = step()
        except (InputError, OSError) as error:
            self.board.say(describe_unwritten(error), error=True)
        else:
            self.board.say(f"{told}: {name}." if name else nothing)

    def _make_workspace(self, image: Image, spares: SpareLayers) -> Workspace:
        given = (self.keys, self._on_hover, lambda: self.objects_folder, spares)
        workspace = Workspace(self._viewer, image, *given)
        workspace.refused.connect(self._on_refused)
        return workspace

    def _viewer_events(self) -> list[Any]:
        dims = self._viewer.dims.events
        return [dims.point, dims.order, dims.ndisplay, dims.ndim]

    def _connect(self) -> None:
        for emitter in self._viewer_events():
            emitter.connect(self._on_view)
        self._viewer.layers.selection.events.active.connect(self._on_active)
        self.desk.workspace_changed.connect(self._on_workspace)
        self.desk.refused.connect(self._on_refused)
        self.desk.pixels_changed.connect(self._ask_again)
        self.desk.contrast_changed.connect(self._on_contrast)
        self.desk.source_retired.connect(self._pipeline.engine.forget)
        self._pipeline.encoded.connect(self.board.publish)
        self._pipeline.answered.connect(self._on_answer)
        self._pipeline.hovered.connect(self._on_hovered)
        self._pipeline.failed.connect(self._on_failed)
        self._pipeline.activity_changed.connect(self._on_activity)

    def _bind_session(self, session: Session | None) -> None:
        """Listen to another session, or to none."""
        for each, bind in ((self._bound, False), (session, True)):
            if each is None:
                continue
            shown = (each.candidates_changed, each.objects_changed, each.painted)
            pairs = [(each.requests_changed, self._on_requests)]
            pairs += [(signal, self.board.publish) for signal in shown]
            for signal, callback in pairs:
                (signal.connect if bind else signal.disconnect)(callback)
        self._bound = session

    def _on_workspace(self) -> None:
        workspace = self.desk.workspace
        self._plane = None
        if workspace is None:
            self._bind_session(None)
            self.board.say("")
        elif workspace.session is not self._bound:
            self._bind_session(workspace.session)
            self._surveyor.look(workspace.session)
            if workspace.session.model != self._model:
                workspace.session.ask_again(self._model)
            enter_mode(self._viewer, workspace, Mode.INCLUDE)
            self.board.say("")
        self._on_view()

    def _on_refused(self, sentence: str) -> None:
        self.board.say(sentence, error=True)

    def _on_view(self, event: Any = None) -> None:
        """Follow the viewer to another plane."""
        workspace = self.desk.workspace
        plane, obstacle = None, ""
        if workspace is not None and workspace.is_shown:
            try:
                plane = displayed_plane(workspace.image, self._viewer.dims)
            except InputError as error:
                obstacle = str(error)
            else:
                workspace.set_axes(plane.axes)
        if obstacle != self.board.obstacle:
            self.board.obstacle = obstacle
            self._gate.turn(workspace, shut=bool(obstacle))
            self.board.say("")
        if plane != self._plane:
            self._plane = plane
            self._on_hover(None)
            if plane is not None:
                self.board.say("")
        self._want()

    def _on_active(self, event: Any) -> None:
        self.board.fade()

    def _ask_again(self) -> None:
        """Have all masks in work made anew, by another model or from other pixels."""
        if self._bound is not None:
            self._bound.ask_again(self._model)
        self._want()

    def _on_contrast(self) -> None:
        if self._policy.policy == "contrast-limits":
            self._ask_again()

    def _on_requests(self) -> None:
        self._pipeline.hover(None)
        self.board.say(self._bound.notes[0] if self._bound and self._bound.notes else "")
        self._want()

    def _want(self) -> None:
        """Tell the pipeline what is wanted now."""
        workspace = self.desk.workspace
        shown, requests = None, {}
        if workspace is not None:
            if self._plane is not None:
                shown = self._frame(workspace, self._plane)
            for plane, request in workspace.session.requests.items():
                requests[self._frame(workspace, plane)] = request
        self.board.frame = shown
        self._pipeline.want(shown, requests)
        self.board.publish()

    def _frame(self, workspace: Workspace, plane: Plane) -> Frame:
        choice = self._policy.for_image(workspace.image)
        return Frame(self._model, workspace.source, plane, choice)

    def _on_hover(self, prompts: Prompts | None) -> None:
        workspace = self.desk.workspace
        if workspace is None:
            return
        if self._hover_enabled and prompts is not None and workspace.session.draft.is_empty:
            self._pipeline.hover(Request(prompts))
        else:
            self._pipeline.hover(None)
            workspace.show_hover({})

    def _on_hovered(self, answer: Answer) -> None:
        if self.desk.workspace is not None:
            plane, found = answer.frame.plane, answer.found
            self.desk.workspace.show_hover({plane: found[0].mask} if found else {})

    def _on_answer(self, answer: Answer) -> None:
        self.board.decode_seconds = answer.seconds
        if self._bound is not None:
            plane, is_final = answer.frame.plane, answer.is_final
            self._bound.answer(plane, answer.request, answer.found, is_final=is_final)

    def _on_failed(self, frame: Frame, sentence: str) -> None:
        workspace = self.desk.workspace
        # The same plane may be of another image by now, or be seen by another model.
        if workspace is not None and frame == self._frame(workspace, frame.plane):
            request = workspace.session.requests.get(frame.plane)
            if request is not None:
                workspace.session.refuse(frame.plane, request)
        self.board.say(sentence, error=True)

    def _on_activity(self, activity: Activity) -> None:
        self.board.activity = activity
        self.board.publish()

    def _include_again(self) -> None:
        """Let the next click include: an object cannot begin with what is not part of it."""
        if self.desk.workspace is not None:
            self.desk.workspace.prompts.label = INCLUDE

    def _step_candidate(self, by: int) -> None:
        if self._bound is None or self._plane is None:
            return
        found = self._bound.step_candidate(self._plane, by)
        self.board.say("" if found else "There is no mask on this plane yet.")
