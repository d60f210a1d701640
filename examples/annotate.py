"""Annotate an image by hand and go on with the objects when the window is closed.

python examples/annotate.py
"""

import numpy as np
import skimage.data

import napari_samwise as sw

image = skimage.data.coins()

# Something to begin with: what everything mode finds. Correct it in the window, then close that.
found = sw.segment_everything(image)
labels = np.asarray(sw.annotate(image, labels=found))

for label in np.unique(labels[labels > 0]):
    mask = labels == label
    print(f"object {label}: {mask.sum()} px, mean {image[mask].mean():.0f}")
