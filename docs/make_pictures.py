"""Make the pictures of the README and the docs: a real napari, the real widget, the real model.

    python docs/make_pictures.py                                        with a display
    xvfb-run -a -s "-screen 0 1600x1200x24" python docs/make_pictures.py   without

Writes docs/images/window.png, stack.png, objects.png, folder.png, adapt.png and demo_overlay.png;
needs no network, and leaves nothing else behind.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from time import perf_counter

import napari
import numpy as np
import skimage.data
import tifffile
from napari.settings import get_settings
from numpy.typing import NDArray
from qtpy.QtCore import QEvent
from qtpy.QtWidgets import QApplication
from scipy import ndimage
from superqt import QCollapsible

import napari_samwise as sw
from napari_samwise.cli.demo import OVERLAY_FILE, run_demo
from napari_samwise.learn.scenes import make_scene
from napari_samwise.plugin.panels.object_table import ObjectTable

IMAGES = Path(__file__).parent / "images"
WINDOW_SIZE = (1280, 720)
TALL_WINDOW_SIZE = (1280, 920)
SECONDS_TO_WAIT = 60.0

KEPT_COINS = [(52, 155), (125, 206), (119, 271), (193, 212), (193, 275), (262, 172)]
KEPT_BOX = (154, 313, 219, 381)
FURTHER_COINS = [(51, 215), (53, 275), (124, 45), (264, 244)]
PAINTED_COIN = (198, 154)

FIELD_SEEDS = (8, 12, 17, 22, 29, 41, 47, 54, 56)
DONE_OF_FOLDER = 3

COLONY_SEED = 4
KEPT_BACTERIA = 16


class Stage:
    """A napari window with the widget, and the few things that the pictures need of it.

    Parameters
    ----------
    file : Path, optional
        An image to open, `(Y, X)` or `(Z, Y, X)`.
    window_size : (int, int)
        Width and height of the window in pixels.
    """

    def __init__(self, file: Path | None, window_size: tuple[int, int] = WINDOW_SIZE) -> None:
        self.viewer = napari.Viewer(show=True)
        self.viewer.window.resize(*window_size)
        if file is not None:
            (layer,) = self.viewer.open(file, plugin="napari", layer_type="image", colormap="gray")
            layer.axis_labels = "zyx"[-layer.ndim :]
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

    def find_everything(self) -> None:
        """Find all objects of the displayed plane."""
        everything, bench = self.widget.stage.everything, self.widget.stage.bench
        everything.start()
        wait_until(lambda: not bench.busy and self.widget.objects.objects, "No object was found")

    def unfold(self, title: str) -> None:
        """Open a part of the panel, by the beginning of its title."""
        parts = self.widget.native.findChildren(QCollapsible)
        (part,) = [each for each in parts if each.text().startswith(title)]
        part.expand(animate=False)

    def photograph(self, path: Path) -> None:
        """Write a picture of the whole window and close it."""
        # The dock widget took its place after the view was fitted to the window.
        self.viewer.reset_view()
        settle()
        self.viewer.screenshot(str(path), canvas_only=False, flash=False)
        self.viewer.close()
        settle()

    def _wait_for_preview(self, before: NDArray[np.generic]) -> None:
        preview = self.viewer.layers["preview"]
        wait_until(
            lambda: preview.data.any() and not np.array_equal(preview.data, before), "No mask came"
        )


def wait_until(holds: Callable[[], object], complaint: str) -> None:
    """Let Qt work until something holds."""
    deadline = perf_counter() + SECONDS_TO_WAIT
    while not holds():
        if perf_counter() > deadline:
            raise SystemExit(f"{complaint}; look at the widget's first line.")
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


def picture_of_window(folder: Path) -> None:
    """Coins: some kept, one in work with include, exclude and a candidate to choose."""
    stage = Stage(save(folder / "coins.tif", skimage.data.coins()))
    for point in KEPT_COINS:
        stage.click(*point)
        stage.keep()
    stage.drag_box(*KEPT_BOX)
    stage.keep()
    stage.click(127, 153)
    stage.exclude(163, 152)
    stage.photograph(IMAGES / "window.png")


def picture_of_stack(folder: Path) -> None:
    """A stack on slice 7: nuclei of that slice kept, one in work."""
    stack, centres = nuclei_stack()
    plane = 7
    stage = Stage(save(folder / "nuclei.tif", stack))
    stage.viewer.dims.set_current_step(0, plane)
    here = centres[np.abs(centres[:, 0] - plane) < 1.8]
    for _, y, x in here[:-1]:
        stage.click(plane, y, x)
        stage.keep()
    stage.click(plane, *here[-1, 1:])
    stage.photograph(IMAGES / "stack.png")


def picture_of_objects(folder: Path) -> None:
    """The table of a dozen coins: clicked, boxed and painted; the painted one is selected."""
    stage = Stage(save(folder / "coins.tif", skimage.data.coins()), TALL_WINDOW_SIZE)
    for point in (*KEPT_COINS, *FURTHER_COINS):
        stage.click(*point)
        stage.keep()
    stage.drag_box(*KEPT_BOX)
    stage.keep()
    objects = stage.viewer.layers["objects"]
    objects.brush_size = 36
    objects.paint(PAINTED_COIN, int(objects.data.max()) + 1)
    settle()
    stage.unfold("Objects")
    stage.widget.native.findChild(ObjectTable).selectRow(len(FURTHER_COINS) + len(KEPT_COINS) + 1)
    stage.photograph(IMAGES / "objects.png")


def picture_of_folder(folder: Path) -> None:
    """A folder of nuclei: some images done, all nuclei found in the one that is shown."""
    folder = folder / "plate 7"
    folder.mkdir()
    for number, seed in enumerate(FIELD_SEEDS, 1):
        scene = make_scene(seed=seed, size=512, kind="nuclei")
        save(folder / f"field_{number}.tif", scene.image[..., 0])
    stage = Stage(None, TALL_WINDOW_SIZE)
    series = stage.widget.series
    series.open(folder)
    for number in range(1, DONE_OF_FOLDER + 2):
        name = f"field_{number}.tif"
        wait_until(lambda name=name: is_open(stage, name), f"{name} was not opened")
        stage.find_everything()
        if number <= DONE_OF_FOLDER:
            series.finish()
    stage.unfold("Folder of images")
    stage.photograph(IMAGES / "folder.png")


def picture_of_adapting(folder: Path) -> None:
    """A painted colony: some of its bacteria kept, and nano adapted to them."""
    scene = make_scene(seed=COLONY_SEED, size=384, kind="bacterial_colonies")
    stage = Stage(save(folder / "colony.tif", scene.image[..., 0]), TALL_WINDOW_SIZE)
    areas = np.bincount(scene.labels.ravel())
    areas[0] = 0
    kept = np.argsort(areas)[::-1][:KEPT_BACTERIA]
    objects = stage.viewer.layers["objects"]
    for number, label in enumerate(kept, 1):
        pixels = np.nonzero(scene.labels == label)
        objects.data_setitem(pixels, number)
    settle()
    stage.unfold("Objects")
    stage.widget.adapting.start()
    wait_until(lambda: not stage.widget.stage.bench.busy, "Nothing was learned")
    settle()
    board = stage.widget.controller.board
    wait_until(lambda: board.activity.frame is None, "The new model was not loaded")
    stage.photograph(IMAGES / "adapt.png")


def is_open(stage: Stage, name: str) -> bool:
    """Tell whether an image of the folder is in the viewer, with nothing on its way."""
    status = stage.widget.series.status()
    return not status.busy and status.at is not None and status.names[status.at] == name


def save(path: Path, image: NDArray[np.generic]) -> Path:
    """Write an image, as a microscope would have."""
    tifffile.imwrite(path, image)
    return path


def picture_of_demo(folder: Path) -> None:
    """The overlay that the demo writes."""
    run_demo(sw.load_model("nano"), folder, started=perf_counter())
    shutil.copyfile(folder / OVERLAY_FILE, IMAGES / "demo_overlay.png")


def main() -> None:
    # The pictures show napari as it comes, not as the person who makes them has set it.
    get_settings(None)
    IMAGES.mkdir(exist_ok=True)
    pictures = (
        picture_of_demo,
        picture_of_window,
        picture_of_stack,
        picture_of_objects,
        picture_of_folder,
        picture_of_adapting,
    )
    # Journals of an earlier run would be offered, and embeddings of it would be used.
    with tempfile.TemporaryDirectory() as home:
        os.environ["NAPARI_SAMWISE_HOME"] = home
        for picture in pictures:
            with tempfile.TemporaryDirectory() as folder:
                picture(Path(folder))
    print(f"pictures: {IMAGES}")


if __name__ == "__main__":
    main()
