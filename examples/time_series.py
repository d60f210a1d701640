"""Follow cells through a movie, one of which divides, and say how fast they move.

python examples/time_series.py
"""

import numpy as np

import napari_samwise as sw

# Two cells in noise, (T, Y, X): one wanders to the right, the other divides on frame 4.
rng = np.random.default_rng(0)
y, x = np.mgrid[:128, :160]


def paint(*cells: tuple[float, float, float]) -> np.ndarray:
    light = np.full(y.shape, 200.0)
    for cy, cx, radius in cells:
        light += 1500.0 / (1.0 + np.exp(np.hypot(y - cy, x - cx) - radius))
    return rng.poisson(light).astype(np.uint16)


frames = []
for t in range(8):
    wandering = (36, 30 + 6 * t, 14)
    apart = 4 * (t - 3)
    dividing = [(92, 80, 16)] if t < 4 else [(92, 80 - 8 - apart, 11), (92, 80 + 8 + apart, 11)]
    frames.append(paint(wandering, *dividing))
movie = np.stack(frames)

# A click on each cell of the first frame.
start = {1: sw.Prompts(points=[(0, 36, 30)]), 2: sw.Prompts(points=[(0, 92, 80)])}
tracks = sw.track(movie, start, model="nano", axes="TYX")

for label, (first, last) in tracks.spans.items():
    mother = tracks.graph.get(label, ["-"])[0]
    places = [np.argwhere(tracks.labels[t] == label).mean(axis=0) for t in range(first, last + 1)]
    steps = np.linalg.norm(np.diff(places, axis=0), axis=1) if len(places) > 1 else np.zeros(1)
    print(f"cell {label} of {mother}: frames {first} to {last}, {steps.mean():.1f} px a frame")
