"""A large plane in a real napari window: opening it, and the first click.

    xvfb-run -a python benchmarks/large_window.py 20000 40000

Writes planes of these sizes, of discs on noise, as zarrs of a single scale, and opens each with
the plugin's reader in a process of its own. A timer ticks every 10 ms in the window's thread: the
longest wait between two ticks is how long the window hung.
"""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from large_everything import measure_each

TICK_MS = 10
WATCHED_S, MOST_S = 15.0, 120.0


class Pulse:
    """The longest wait between two ticks of a timer."""

    def __init__(self) -> None:
        from qtpy.QtCore import QTimer

        self.longest, self.last = 0.0, time.perf_counter()
        self.timer = QTimer()
        self.timer.timeout.connect(self.tick)
        self.timer.start(TICK_MS)

    def tick(self) -> None:
        now = time.perf_counter()
        self.longest, self.last = max(self.longest, now - self.last), now

    def watch(self, is_done: Callable[[], bool], most_s: float) -> tuple[float, float]:
        """Run the window until something is done; return the seconds and the longest wait."""
        from qtpy.QtWidgets import QApplication

        started = self.last = time.perf_counter()
        self.longest = 0.0
        while not is_done() and time.perf_counter() - started < most_s:
            QApplication.processEvents()
            time.sleep(0.001)
        return time.perf_counter() - started, self.longest


def measure(path: Path, side: int) -> None:
    import napari

    viewer = napari.Viewer()
    pulse = Pulse()
    _, widget = viewer.window.add_plugin_dock_widget("napari-samwise", "Samwise")
    pulse.watch(lambda: False, 3)
    started = time.perf_counter()
    viewer.open(path, plugin="napari-samwise")
    opened = time.perf_counter() - started
    _, hung = pulse.watch(lambda: False, WATCHED_S)
    print(f"{side} px: opened in {opened:.1f} s, then hung for at most {hung:.2f} s", flush=True)

    image = next(layer for layer in viewer.layers if type(layer).__name__ == "Image")
    finest = image.data[0] if image.multiscale else image.data
    y, x = brightest(finest, side // 2)
    viewer.scene.camera.center, viewer.scene.camera.zoom = (y, x), 1.0
    pulse.watch(lambda: False, 2)
    preview = viewer.layers["preview"]
    viewer.layers["prompts"].add((y, x))

    def shown() -> bool:
        levels = preview.data if preview.multiscale else [preview.data]
        return bool(np.asarray(levels[0][y : y + 1, x : x + 1]).any())

    seconds, hung = pulse.watch(shown, MOST_S)
    print(f"{side} px: first click shown after {seconds:.1f} s, hung for at most {hung:.2f} s")
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{side} px: peak memory {peak_mb:.0f} MB", flush=True)
    widget.controller.close()
    viewer.close()


def brightest(array: object, middle: int) -> tuple[int, int]:
    """Return a pixel on a disc near the middle of the plane."""
    part = np.asarray(array[middle : middle + 400, middle : middle + 400], float)  # type: ignore[index]
    cells = part.reshape(50, 8, 50, 8).mean(axis=(1, 3))
    row, column = np.unravel_index(int(cells.argmax()), cells.shape)
    return int(middle + row * 8 + 4), int(middle + column * 8 + 4)


def main() -> None:
    if sys.argv[1] == "--measure":
        measure(Path(sys.argv[2]) / "image.zarr", int(sys.argv[3]))
        return
    measure_each(__file__, sys.argv[1:])


if __name__ == "__main__":
    main()
