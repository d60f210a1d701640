"""Small parts of the panel by themselves: no window, no OpenGL."""

from __future__ import annotations

import pytest
from magicgui.widgets import PushButton
from psygnal import Signal
from qtpy.QtCore import Qt
from qtpy.QtGui import QColor

from napari_samwise.plugin.panels.job import JobPanel
from napari_samwise.plugin.panels.progress import ProgressPanel
from napari_samwise.plugin.panels.stacks import StacksPanel
from napari_samwise.plugin.status import Status


class FakeBench:
    changed = Signal()

    def __init__(self) -> None:
        self.busy, self.progress, self.is_stopped = False, (0, 0), False

    def turn(self, busy: bool, *progress: int) -> None:
        self.busy, self.progress = busy, progress or (0, 0)
        self.changed.emit()

    def stop(self) -> None:
        self.is_stopped = True


@pytest.fixture
def bench() -> FakeBench:
    return FakeBench()


@pytest.fixture
def job(bench, qtbot) -> JobPanel:
    panel = JobPanel(bench, PushButton(text="Everything"))
    qtbot.addWidget(panel.native)
    panel.native.show()
    return panel


def test_a_bar_takes_the_place_of_the_button(bench, job, qtbot) -> None:
    height = job.native.sizeHint().height()
    bench.turn(True, 3, 9)
    qtbot.waitUntil(lambda: job.is_shown)
    assert (job._bar.value, job._bar.max) == (3, 9)
    assert job.native.sizeHint().height() == height
    qtbot.mouseClick(job._stop.native, Qt.MouseButton.LeftButton)
    assert bench.is_stopped
    bench.turn(False)
    assert not job.is_shown
    assert job.native.sizeHint().height() == height


def test_a_brief_job_shows_no_bar(bench, job, qtbot) -> None:
    for done in range(3):
        bench.turn(True, done, 3)
        assert not job.is_shown
    bench.turn(False)
    qtbot.wait(350)
    assert not job.is_shown


@pytest.mark.parametrize(("letters", "ground"), [("#f0f1f2", "#262930"), ("#3b3a39", "#efebe9")])
def test_errors_can_be_read_in_any_theme(qtbot, letters, ground) -> None:
    panel = ProgressPanel()
    qtbot.addWidget(panel.native)
    panel.native.setStyleSheet(f"QWidget {{ color: {letters}; background: {ground}; }}")
    panel.native.show()
    panel.show_status(Status(sentence="Something is wrong.", is_error=True))
    style = panel._sentence.native.styleSheet()
    colour = QColor(style.partition(":")[2].strip(" ;"))
    assert contrast(colour, QColor(ground)) >= 4.5
    panel.show_status(Status(sentence="All is well."))
    assert not panel._sentence.native.styleSheet()


def test_only_a_flat_image_is_called_flat(viewer, start, open_stage, tower, squares, qtbot) -> None:
    plugin = start()
    stage = open_stage(plugin)
    panel = StacksPanel(stage.bench)
    qtbot.addWidget(panel.native)
    stage.changed.connect(panel.show_status)
    stage.publish()
    assert not panel._note.value, "without an image"
    viewer.add_image(tower)
    plugin.settle()
    assert panel.fill.enabled
    viewer.dims.ndisplay = 3
    assert not panel._note.value, "in 3-D"
    assert not panel.fill.enabled
    viewer.dims.ndisplay = 2
    plugin.controller.choose_image(viewer.add_image(squares))
    assert panel._note.value.startswith("This image has no axis")


def contrast(first: QColor, second: QColor) -> float:
    """Return the contrast of two colours, WCAG 2.1: 1 to 21."""
    bright, dark = sorted((luminance(first), luminance(second)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


def luminance(colour: QColor) -> float:
    parts = [n / 12.92 if n <= 0.04045 else ((n + 0.055) / 1.055) ** 2.4 for n in colour.getRgbF()]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]
