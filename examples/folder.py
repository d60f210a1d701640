"""Segment a folder of images, measure the objects, and go on after an interruption.

python examples/folder.py
"""

import csv
import tempfile
from pathlib import Path

import numpy as np
import tifffile

import napari_samwise as sw
from napari_samwise.batch.recipe import Keep, Outputs

rng = np.random.default_rng(0)
folder = Path(tempfile.mkdtemp())
images, results = folder / "images", folder / "results"
images.mkdir()

# Six images of round cells, and a file that only looks like one.
y, x = np.mgrid[:128, :128]
for number in range(6):
    image = rng.normal(100, 4, (128, 128))
    for cy, cx in [(32, 32), (40, 96), (96, 40), (90, 92)][: 2 + number % 3]:
        image[(y - cy) ** 2 + (x - cx) ** 2 < 15**2] += 90
    tifffile.imwrite(images / f"cells{number}.tif", image.astype(np.uint8))
(images / "broken.tif").write_text("not an image")

recipe = sw.Recipe(keep=Keep(min_area=50), outputs=Outputs("tif", measurements="csv"))
recipe.save(folder / "cells.yaml")  # the same from the command line: batch --recipe cells.yaml

report = sw.batch(images, results, recipe=recipe)
print(report.counts())
for failed in report.failed:
    print(failed.reason)

objects = {}
for image in report.done:
    with (results / f"{image.name}.csv").open() as table:
        objects[image.name] = [float(row["area_px2"]) for row in csv.DictReader(table)]
for name, areas in sorted(objects.items()):
    print(f"{name}: {len(areas)} cells, mean area {np.mean(areas):.0f} px")

# Started again, it does only what is missing.
(results / "cells0_labels.tif").unlink()
again = sw.batch(images, results, recipe=recipe)
print(again.counts())
