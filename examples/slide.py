"""Segment a slide that is read and written piece by piece, and measure what is found.

python examples/slide.py [SIDE]
"""

import sys
import tempfile
from pathlib import Path

import zarr

import napari_samwise as sw
from napari_samwise.io.measure import Measurable, measure
from napari_samwise.io.ome_zarr_labels import make_multiscale
from napari_samwise.io.read import read_image
from napari_samwise.learn.scenes.catalogue import make_scene

# A slide as OME-Zarr: fields of nuclei side by side, half a micrometre a pixel. A real one has
# coarser levels too, and a side of 100 000 pixels makes no difference but in time.
side, field = int(sys.argv[1]) if len(sys.argv) > 1 else 768, 256
folder = Path(tempfile.mkdtemp())
sizes = {"type": "scale", "scale": [0.5, 0.5]}
axes = [{"name": name, "type": "space", "unit": "micrometer"} for name in "yx"]
datasets = [{"path": "0", "coordinateTransformations": [sizes]}]
ome = {"version": "0.5", "multiscales": [{"axes": axes, "datasets": datasets}]}
group = zarr.create_group(folder / "slide.zarr", attributes={"ome": ome})
pixels = group.create_array("0", shape=(side, side), chunks=(field, field), dtype="uint8")
for number in range((side // field) ** 2):
    row, column = (field * each for each in divmod(number, side // field))
    scene = make_scene(number, field, "nuclei")
    grey = scene.image if scene.image.ndim == 2 else scene.image.mean(axis=-1)
    pixels[row : row + field, column : column + field] = grey.astype("uint8")

# Frame by frame into a Zarr: a run that is interrupted goes on where it was.
slide = read_image(folder / "slide.zarr")
out = folder / "objects.zarr"
sw.segment_everything(list(slide.levels), axes=slide.axes, frame_px=512, out=out, workers=2)
make_multiscale(out, slide.axes, slide.scale)

objects = read_image(out)
table = measure(Measurable(objects.data, objects.axes, objects.scale, slide))
areas = table["area_um2"]
print(
    f"{slide.data.shape} pixels: {len(areas)} objects, mean area {sum(areas) / len(areas):.0f} µm²"
)
