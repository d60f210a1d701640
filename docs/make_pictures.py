"""Make the pictures of the README and the docs: a real napari, the real widget, the real model.

    python docs/make_pictures.py                                        with a display
    xvfb-run -a -s "-screen 0 1400x900x24" python docs/make_pictures.py   without

Writes docs/images/window.png, stack.png and demo_overlay.png; needs no network.
"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from time import perf_counter

import napari
import numpy as np
import skimage.data
from napari.settings import get_settings
from numpy.typing import NDArray
from qtpy.QtCore import QEvent
from qtpy.QtWidgets import QApplication
from scipy import ndimage

import napari_samwise as sw
from napari_samwise.cli.demo import OVERLAY_FILE, run_demo

IMAGES = Path(__file__).parent / "images"
WINDOW_SIZE = (1280, 720)
SECONDS_TO_WAIT = 60.0

KEPT_COINS = [(52, 155), (125, 206), (119, 271), (193, 212), (193, 275), (262, 172)]
KEPT_BOX = (154, 313, 219, 381)


class Stage:
    """A napari window with the widget, and the few things that the pictures need of it.

    Parameters
    ----------
    image : ndarray
        `(Y, X)` or `(Z, Y, X)`.
    name : str
        Of its layer.
    """

    def __init__(self, image: NDArray[np.generic], name: str) -> None:
        self.viewer = napari.Viewer(show=True)
        self.viewer.window.resize(*WINDOW_SIZE)
        self.viewer.add_image(image, name=name, axis_labels="zyx"[-image.ndim :])
        _, self.widget = self.viewer.window.add_plugin_dock_widget("napari-samwise", "Samwise")

    def click(self, *point: float) -> None:
        """Add a point at data coordinates and wait for its mask."""
        layer = self.viewer.layers["prompts"]
        before = np.array(self.viewer.layers["preview"].data)
        layer.add(point)
        self._wait_for_preview(before)

    def exclude(self, *point: float) -> None:
        """The same with a point that excludes."""
        self.widget.controller.toggle_label()
        self.click(*point)
        self.widget.controller.toggle_label()

    def drag_box(self, y0: float, x0: float, y1: float, x1: float) -> None:
        """Draw a rectangle and wait for its mask."""
        before = np.array(self.viewer.layers["preview"].data)
        corners = np.array([(y0, x0), (y0, x1), (y1, x1), (y1, x0)])
        self.viewer.layers["boxes"].add_rectangles(corners)
        self._wait_for_preview(before)

    def keep(self) -> None:
        """Commit the mask in work."""
        known = self.viewer.layers["objects"].data.max()
        self.widget.controller.commit()
        if self.viewer.layers["objects"].data.max() == known:
            raise SystemExit("Nothing was committed; look at the widget.")

    def photograph(self, path: Path) -> None:
        """Write a picture of the whole window and close it."""
        # The dock widget took its place after the view was fitted to the window.
        self.viewer.reset_view()
        settle()
        self.viewer.screenshot(str(path), canvas_only=False, flash=False)
        self.viewer.close()
        settle()

    def _wait_for_preview(self, before: NDArray[np.generic]) -> None:
        deadline = perf_counter() + SECONDS_TO_WAIT
        preview = self.viewer.layers["preview"]
        while np.array_equal(preview.data, before) or not preview.data.any():
            if perf_counter() > deadline:
                raise SystemExit("No mask came; look at the widget's first line.")
            QApplication.processEvents()


def settle() -> None:
    """Let Qt draw what is due."""
    for _ in range(20):
        QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        QApplication.processEvents()


def nuclei_stack(seed: int = 3) -> tuple[NDArray[np.uint16], NDArray[np.float64]]:
    """Paint a confocal-like stack of nuclei.

    Returns
    -------
    stack : ndarray
        `(15, 200, 260)` uint16.
    centres : ndarray
        `(N, 3)` of the nuclei, (z, y, x).
    """
    rng = np.random.default_rng(seed)
    shape = np.array([15, 200, 260])
    z, y, x = np.ogrid[: shape[0], : shape[1], : shape[2]]
    texture = ndimage.gaussian_filter(rng.normal(size=shape), (0.7, 2.0, 2.0))
    texture /= texture.std()
    light = np.zeros(shape)
    centres: list[NDArray[np.float64]] = []
    while len(centres) < 26:
        centre = rng.uniform((3, 14, 14), shape - (4, 15, 15))
        apart = [np.linalg.norm((centre - other) * (3.2, 1, 1)) for other in centres]
        if centres and min(apart) < 29:
            continue
        centres.append(centre)
        turn = rng.uniform(0, np.pi)
        long, short = rng.uniform(13, 17), rng.uniform(10, 13)
        across = np.cos(turn) * (y - centre[1]) + np.sin(turn) * (x - centre[2])
        along = -np.sin(turn) * (y - centre[1]) + np.cos(turn) * (x - centre[2])
        depth = (z - centre[0]) * 3.6
        radius = np.sqrt((across / short) ** 2 + (along / long) ** 2 + (depth / short) ** 2)
        inside = 1 / (1 + np.exp((radius - 1) * 12))
        light = np.maximum(light, inside * rng.uniform(0.55, 1.0))
    light *= 1 + 0.18 * texture
    blurred = ndimage.gaussian_filter(light, (0.8, 1.0, 1.0)).clip(0)
    return rng.poisson(60 + 900 * blurred).astype(np.uint16), np.array(centres)


def picture_of_window() -> None:
    """Coins: some kept, one in work with include, exclude and a candidate to choose."""
    stage = Stage(skimage.data.coins(), "coins")
    for point in KEPT_COINS:
        stage.click(*point)
        stage.keep()
    stage.drag_box(*KEPT_BOX)
    stage.keep()
    stage.click(127, 153)
    stage.exclude(163, 152)
    stage.photograph(IMAGES / "window.png")


def picture_of_stack() -> None:
    """A stack on slice 7: nuclei of that slice kept, one in work."""
    stack, centres = nuclei_stack()
    plane = 7
    stage = Stage(stack, "nuclei")
    stage.viewer.layers["nuclei"].colormap = "gray"
    stage.viewer.dims.set_current_step(0, plane)
    here = centres[np.abs(centres[:, 0] - plane) < 1.8]
    for _, y, x in here[:-1]:
        stage.click(plane, y, x)
        stage.keep()
    stage.click(plane, *here[-1, 1:])
    stage.photograph(IMAGES / "stack.png")


def picture_of_demo() -> None:
    """The overlay that the demo writes."""
    with tempfile.TemporaryDirectory() as folder:
        run_demo(sw.load_model("nano"), Path(folder), started=perf_counter())
        shutil.copyfile(Path(folder) / OVERLAY_FILE, IMAGES / "demo_overlay.png")


def main() -> None:
    # The pictures show napari as it comes, not as the person who makes them has set it.
    get_settings(None)
    IMAGES.mkdir(exist_ok=True)
    picture_of_demo()
    picture_of_window()
    picture_of_stack()
    print(f"pictures: {IMAGES}")


if __name__ == "__main__":
    main()
