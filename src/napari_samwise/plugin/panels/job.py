"""How far a long job is, with a button to stop it, in the place of what began it."""

from __future__ import annotations

from typing import Any

from magicgui.widgets import Container, ProgressBar, PushButton
from qtpy.QtCore import QTimer
from qtpy.QtWidgets import QSizePolicy, QStackedWidget

from napari_samwise.plugin.panels.layout import NO_MARGINS, row
from napari_samwise.plugin.stacks.bench import Bench

_BRIEF_MS = 250
"""Nobody has to see how far a job is that is over before."""


class JobPanel(Container[Any]):
    """A button; while something is going on there is a bar and *stop* in its place.

    Parameters
    ----------
    bench : Bench
        Where jobs are done.
    start : PushButton
        The button.
    """

    def __init__(self, bench: Bench, start: PushButton) -> None:
        self._bench = bench
        self._bar = ProgressBar(min=0, max=0)
        self._stop = PushButton(text="stop", tooltip="Stop; what is written already stays")
        self._work = row(self._bar, self._stop)
        super().__init__(labels=False)
        self.margins = NO_MARGINS
        # As high as the higher one: nothing below moves, least of all a slider in the hand.
        self._turns = QStackedWidget()
        self._turns.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        self._turns.addWidget(start.native)
        self._turns.addWidget(self._work.native)
        self.native.layout().addWidget(self._turns)
        self._stop.changed.connect(bench.stop)
        self._timer = QTimer(self.native)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._exchange)
        bench.changed.connect(self._show)
        self._show()

    @property
    def is_shown(self) -> bool:
        """Whether the bar is in the button's place."""
        return bool(self._turns.currentIndex())

    def _show(self) -> None:
        if not self._bench.busy:
            self._timer.stop()
            self._exchange()
        elif not self._timer.isActive() and not self.is_shown:
            self._timer.start(_BRIEF_MS)
        done, total = self._bench.progress
        self._bar.max = total
        self._bar.value = done

    def _exchange(self) -> None:
        """Show the bar while something is going on, else the button."""
        self._turns.setCurrentIndex(int(self._bench.busy))
