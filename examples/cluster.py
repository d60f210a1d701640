"""Segment a folder of images on a dask.distributed cluster; here its workers are in this process.

pip install "napari-samwise[distributed]"
python examples/cluster.py
"""

import tempfile
from pathlib import Path

import numpy as np
import tifffile
from distributed import LocalCluster

import napari_samwise as sw

images, results = Path(tempfile.mkdtemp()), Path(tempfile.mkdtemp())

# Four images of round cells.
rng = np.random.default_rng(0)
y, x = np.mgrid[:128, :128]
for number in range(4):
    image = rng.normal(100, 4, (128, 128))
    for cy, cx in [(32, 32), (40, 96), (96, 40)]:
        image[(y - cy) ** 2 + (x - cx) ** 2 < 15**2] += 90
    tifffile.imwrite(images / f"cells{number}.tif", image.astype(np.uint8))

# Elsewhere: the address that `dask scheduler` shows, or that of a SLURMCluster.
options = {"n_workers": 2, "threads_per_worker": 1, "dashboard_address": None}
with LocalCluster(processes=False, **options) as cluster:
    there = sw.batch(images, results / "cluster", scheduler=cluster.scheduler_address)
print(there.counts())

# The same without a cluster.
here = sw.batch(images, results / "here")
same = [
    np.array_equal(
        tifffile.imread(results / "cluster" / name), tifffile.imread(results / "here" / name)
    )
    for image in here.images
    for name in image.outputs
]
print(f"{sum(same)} of {len(same)} label images are the same as here")
