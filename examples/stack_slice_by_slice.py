"""Segment balls in a stack, slice by slice, and measure them.

python examples/stack_slice_by_slice.py
"""

import numpy as np
from skimage.measure import regionprops_table

import napari_samwise as sw

# Three blurred balls in noise, (Z, Y, X), 12-bit.
centres = {1: (4, 40, 45), 2: (7, 90, 80), 3: (6, 45, 110)}
radius = 22.0
z, y, x = np.ogrid[:12, :128, :160]
light = np.full((12, 128, 160), 300.0)
for cz, cy, cx in centres.values():
    distance = np.sqrt((4.0 * (z - cz)) ** 2 + (y - cy) ** 2 + (x - cx) ** 2)
    light += 1500.0 / (1.0 + np.exp((distance - radius) / 1.5))
stack = np.random.default_rng(0).poisson(light).astype(np.uint16)

# One click a slice on three slices of every ball, all under the ball's id.
prompts = {
    label: sw.Prompts(points=[(cz + step, cy, cx) for step in (-1, 0, 1)])
    for label, (cz, cy, cx) in centres.items()
}
labels = sw.segment(stack, prompts, model="nano", axes="ZYX")

table = regionprops_table(labels, stack, properties=("label", "area", "intensity_mean"))
for label, area, mean in zip(*table.values(), strict=True):
    slices = np.flatnonzero((labels == label).any(axis=(1, 2)))
    print(f"ball {label}: {int(area)} voxels on slices {slices.tolist()}, mean {mean:.0f}")
