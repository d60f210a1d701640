"""The journal of one image: looked for, taken up or begun, and written."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from psygnal import Signal

from napari_samwise.errors import JournalError
from napari_samwise.journal.place import put_aside
from napari_samwise.journal.writer import JournalWriter
from napari_samwise.plugin.labels import is_blank
from napari_samwise.plugin.recorder import Recorder
from napari_samwise.plugin.recovery import Earlier, Found, is_shown, open_again, take_up
from napari_samwise.plugin.source_file import file_of, recorded_file

if TYPE_CHECKING:
    from napari_samwise.plugin.workspace import Workspace

_NOT_RECORDED = "What you do here is not recorded."
_TAKEN = f"Another window writes the journal of this image. {_NOT_RECORDED}"
_OTHER_PIXELS = "The image has other pixels now; what you do from here on is not recorded."


@dataclass(frozen=True, slots=True)
class JournalStatus:
    """What is said of a journal.

    Parameters
    ----------
    text : str
        Where it lies, or what it holds.
    is_offered : bool
        Whether there is earlier work to go on with, or to put aside.
    """

    text: str = ""
    is_offered: bool = False


class Recording:
    """Records the session of a workspace, and offers what was recorded of the image before.

    What is done before the user has answered is held. Prompts are added to the earlier work, or
    begin the new one; once an object is kept, earlier work is put aside under another name.

    Parameters
    ----------
    workspace : Workspace
        The annotation of one image.
    """

    changed = Signal()
    """There is something else to say."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self.session, self.source = workspace.session, workspace.source
        self.file: Path | None = recorded_file(workspace.image)
        self.status = JournalStatus()
        self._found: Found | None = None
        self._note = ""
        self.recorder = Recorder(self.session)
        self.recorder.opened.connect(self._on_opened)
        self.recorder.failed.connect(self._say)
        self.recorder.changed_labels.connect(self._on_changed_labels)
        self.recorder.begin()

    @property
    def is_untouched(self) -> bool:
        """Whether nothing was done to the image yet."""
        session = self.session
        is_idle = session.draft.is_empty and not session.history.can_undo
        return is_idle and not session.objects and is_blank(session.labels)

    def ask_again(self) -> None:
        """Have the masks in work made anew, if nobody has recorded how they were."""
        if self.session.candidates:
            self.session.ask_again(self.session.model)

    def take(self, found: Found) -> None:
        """Take what was found of the image."""
        if self.recorder.is_stopped:
            return
        self._found, self._note = found, found.note
        earlier = found.earlier
        if found.is_taken:
            self._stop(_TAKEN)
        elif earlier is None:
            self._begin()
        elif self.recorder.holds_labels:
            self.start_afresh()
        elif (earlier.is_empty and self.is_untouched) or is_shown(self.session, earlier):
            self.go_on()
        else:
            self._say(" ".join(filter(None, (self._note, earlier.describe()))), is_offered=True)

    def stop(self, reason: str = "") -> None:
        """Record no more, because of something that is said."""
        self._stop(reason or _OTHER_PIXELS)

    def close(self) -> None:
        """Record no more."""
        self.recorder.close()

    def go_on(self) -> None:
        """Take the earlier work up; what was prompted meanwhile comes on top."""
        earlier = self._earlier
        if earlier is None or self.recorder.is_stopped:
            return
        try:
            writer = open_again(earlier)
        except JournalError as error:
            self._stop(f"{error} {_NOT_RECORDED}")
            return
        self._found = None
        session, recorder = self.session, self.recorder
        draft = session.draft
        shown = is_shown(session, earlier)
        recorder.pause(True)
        if not shown and not is_blank(session.labels):
            # They stay, as a layer of the user's.
            self.workspace.use_objects(None)
        take_up(session, earlier)
        recorder.pause(False)
        recorder.restart(*earlier.counts)
        recorder.go_on(writer)
        if not draft.is_empty and not draft.same_as(session.draft):
            session.set_draft(draft)
            session.draft_changed.emit()

    def start_afresh(self) -> None:
        """Begin another journal; the earlier one is kept under another name."""
        earlier = self._earlier
        if earlier is None:
            return
        try:
            aside = put_aside(earlier.path)
        except OSError as error:
            self._stop(f"'{earlier.path}' cannot be renamed ({error.strerror}). {_NOT_RECORDED}")
            return
        self._note = f"What was done before is in '{aside.name}'."
        self._begin()

    @property
    def _earlier(self) -> Earlier | None:
        return None if self._found is None else self._found.earlier

    def _begin(self) -> None:
        """Write a new journal from the first event on."""
        found, self._found = self._found, None
        if found is None:
            return
        if not found.places:
            self._stop(f"{self._note} {_NOT_RECORDED}")
            return
        self._say(self._note)
        self.recorder.open(lambda: JournalWriter.begin(found.places, found.image))

    def _on_opened(self, path: Path) -> None:
        image, where = file_of(self.workspace.image), f"Recorded in {path}."
        if image is not None and path.parent == image.parent:
            where = f"Recorded in '{path.name}', beside the image."
        elif self.file is not None and path.parent != self.file.parent and not self._note:
            where = f"'{self.file.parent}' cannot be written to. {where}"
        self._say(" ".join(filter(None, (self._note, where))))

    def _on_changed_labels(self) -> None:
        if self._earlier is not None:
            self.start_afresh()

    def _stop(self, sentence: str) -> None:
        self.recorder.close()
        self._found = None
        self._say(sentence)

    def _say(self, text: str, *, is_offered: bool = False) -> None:
        self.status = JournalStatus(text, is_offered)
        self.changed.emit()
