"""Check the files that ``napari-samwise demo`` wrote into the folder given."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import tifffile
from PIL import Image

FIRST_MASK_LIMIT_SECONDS = 20.0

folder = Path(sys.argv[1])
labels = tifffile.imread(folder / "labels.tif")
summary = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
found = set(np.unique(labels).tolist()) - {0}
asked = {entry["id"] for entry in summary["objects"]}
seconds = summary["seconds"]["first_mask_on_disk"]

if found != asked:
    sys.exit(f"labels.tif holds the ids {sorted(found)}, the demo asked for {sorted(asked)}")
if seconds > FIRST_MASK_LIMIT_SECONDS:
    sys.exit(f"the first mask came after {seconds:.1f} s, the limit is {FIRST_MASK_LIMIT_SECONDS}")
if min(Image.open(folder / "overlay.png").size) < min(labels.shape):
    sys.exit("overlay.png is smaller than the image")
print(f"demo: {len(found)} objects, first mask after {seconds:.1f} s")
