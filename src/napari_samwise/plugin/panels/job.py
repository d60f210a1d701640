"""How far a long job is, with a button to stop it."""

from __future__ import annotations

from typing import Any

from magicgui.widgets import Container, ProgressBar, PushButton

from napari_samwise.plugin.panels.layout import NO_MARGINS
from napari_samwise.plugin.stacks.bench import Bench


class JobPanel(Container[Any]):
    """A bar and *stop*; there only while something is going on.

    Parameters
    ----------
    bench : Bench
        Where jobs are done.
    """

    def __init__(self, bench: Bench) -> None:
        self._bench = bench
        self._bar = ProgressBar(min=0, max=0)
        self._stop = PushButton(text="stop", tooltip="Stop; what was found so far stays")
        super().__init__(widgets=[self._bar, self._stop], layout="horizontal", labels=False)
        self.margins = NO_MARGINS
        self._stop.changed.connect(bench.stop)
        bench.changed.connect(self._show)
        self._show()

    def _show(self) -> None:
        self.visible = self._bench.busy
        done, total = self._bench.progress
        self._bar.max = total
        self._bar.value = done
