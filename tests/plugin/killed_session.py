"""Run by ``test_recovery_after_kill``: a session in the widget that is killed, and one after it.

``python killed_session.py work IMAGE OUT`` annotates, writes what there is then, and kills itself;
``python killed_session.py reopen IMAGE OUT`` goes on with the journal, and writes the same.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import tifffile
import torch
from napari.components import ViewerModel
from qtpy.QtWidgets import QApplication

from napari_samwise.plugin.source_file import note_file
from napari_samwise.plugin.widget import SamwiseWidget

torch.set_num_threads(1)
_PATIENCE_S = 120


class Work:
    """The widget on an image of discs, one every 32 pixels."""

    def __init__(self, image: Path) -> None:
        self.app = QApplication.instance() or QApplication([])
        self.viewer = ViewerModel()
        note_file(self.viewer.add_image(tifffile.imread(image), name="discs"), image)
        self.widget = SamwiseWidget(self.viewer)
        self.wait(lambda: bool(self.widget.journals.current))
        self.session = self.widget.controller.desk.workspace.session

    def wait(self, is_done: Callable[[], bool]) -> None:
        """Let the window go on until something is so."""
        until = time.monotonic() + _PATIENCE_S
        while not is_done():
            if time.monotonic() > until:
                raise TimeoutError(self.widget.controller.board.status().sentence)
            self.app.processEvents()
            time.sleep(0.002)

    def click(self, y: float, x: float) -> None:
        self.viewer.layers["prompts"].add((y, x))
        self.wait(lambda: not self.session.pending)

    def box(self, y: float, x: float, side: float) -> None:
        corners = [(y, x), (y, x + side), (y + side, x + side), (y + side, x)]
        self.viewer.layers["boxes"].add_rectangles(np.array(corners))
        self.wait(lambda: not self.session.pending)

    def commit(self) -> None:
        self.widget.controller.commit()

    def undo(self, times: int = 1) -> None:
        for _ in range(times):
            self.widget.controller.undo()
            self.wait(lambda: not self.session.pending)

    def redo(self) -> None:
        self.widget.controller.redo()
        self.wait(lambda: not self.session.pending)

    def paint(self, label: int, mask: np.ndarray) -> None:
        layer = self.viewer.layers["objects"]
        layer.selected_label = label
        layer.data_setitem(np.nonzero(mask), label)

    def annotate(self) -> None:
        """Keep 20 objects, with corrections, undo, paint and deletion."""
        centres = [(16 + 32 * row, 16 + 32 * column) for row in range(4) for column in range(5)]
        for number, (y, x) in enumerate(centres):
            if number % 5 == 4:
                self.box(y - 13, x - 13, 26)
            else:
                self.click(y, x)
            if number % 4 == 1:
                self.widget.controller.next_candidate()
            if number % 3 == 1:
                self.click(y + 4, x + 3)
            if number % 6 == 1:
                self.undo()
                self.redo()
                self.click(y - 3, x - 4)
            self.commit()
            if number % 7 == 2:
                self.undo(2)
                self.click(y, x - 2)
                self.commit()
        painted = np.zeros(self.session.shape, bool)
        painted[:6, 100:130] = True
        self.paint(self.session.next_id, painted & (self.session.labels == 0))
        self.paint(0, self.session.labels == 4)
        self.widget.objects.delete([6])
        self.wait(lambda: 6 not in self.session.objects)
        self.click(16, 16 + 32 * 3)
        self.widget.controller.next_candidate()

    def describe(self) -> dict[str, Any]:
        """Return all that is compared."""
        session = self.session
        rows = sorted(session.objects.values(), key=lambda each: each.id)
        features = self.viewer.layers["objects"].features
        return {
            "objects": [[r.id, r.area, repr(r.predicted_iou), r.model, r.clicks] for r in rows],
            "times": [row.time for row in rows],
            "points": session.draft.points.tolist(),
            "shown": np.asarray(self.viewer.layers["prompts"].data).tolist(),
            "table": features["index"].tolist(),
            "dtype": str(session.labels.dtype),
            "next": session.next_id,
            "chosen": [each.chosen for each in session.candidates.values()],
        }

    def write(self, out: Path) -> None:
        """Write all that is compared."""
        np.save(out.with_suffix(".npy"), self.viewer.layers["objects"].data)
        out.write_text(json.dumps(self.describe()))

    def write_undo(self, out: Path) -> None:
        """Write what undo leads back to, step by step."""
        states = []
        while self.session.history.can_undo:
            self.widget.controller.undo()
            states.append([int(self.session.labels.sum()), self.describe()])
        out.write_text(json.dumps(states))


def main() -> None:
    """Work and be killed, or reopen."""
    task, image, out = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
    work = Work(image)
    if task == "work":
        work.annotate()
        work.write(out)
        os.kill(os.getpid(), signal.SIGKILL)
    status = work.widget.journals.current
    work.wait(lambda: status.status.is_offered)
    work.widget._recovery.go_on.changed.emit(True)
    work.wait(lambda: not work.session.pending)
    work.write(out)
    work.write_undo(out.with_suffix(".undo.json"))


if __name__ == "__main__":
    main()
