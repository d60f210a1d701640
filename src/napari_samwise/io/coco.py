"""Write objects as COCO JSON, with masks as run lengths."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from napari_samwise.io.coco_rle import encode_runs
from napari_samwise.io.label_objects import LabelObject, find_objects, views

_CATEGORY = {"id": 1, "name": "object", "supercategory": "object"}


def write_coco(path: Path, labels: Any, axes: str, image_name: str) -> int:
    """Write one annotation for each object on each plane; a plane is an image of COCO.

    Parameters
    ----------
    path : Path
        Give a temporary one.
    labels : array
        Integer ids, 0 is background.
    axes : str
        One letter per axis.
    image_name : str
        File name of the image.

    Returns
    -------
    int
        The number of annotations. Their ``label`` is the object's id in the label image.
    """
    stepped = [axis.lower() for axis in axes if axis not in "YX"]
    images: list[dict[str, Any]] = []
    annotations: list[dict[str, Any]] = []
    for view in views(labels, axes, "YX"):
        height, width = view.shape
        place = dict(zip(stepped, view.position, strict=True))
        image = {"id": len(images) + 1, "file_name": image_name, "height": height, "width": width}
        images.append(image | place)
        for found in find_objects(view):
            annotation = _annotation(found, (height, width))
            annotations.append({"id": len(annotations) + 1, "image_id": image["id"], **annotation})
    content = {
        "info": {"description": "Objects segmented with napari-samwise"},
        "licenses": [],
        "images": images,
        "categories": [_CATEGORY],
        "annotations": annotations,
    }
    path.write_text(json.dumps(content), encoding="utf-8")
    return len(annotations)


def _annotation(found: LabelObject, plane_size: tuple[int, int]) -> dict[str, Any]:
    (y, x), (height, width) = found.box.offset, found.box.shape
    return {
        "category_id": _CATEGORY["id"],
        "label": found.label,
        "segmentation": {
            "size": list(plane_size),
            "counts": encode_runs(found.mask, found.box, plane_size),
        },
        "bbox": [x, y, width, height],
        "area": int(found.mask.sum()),
        "iscrowd": 0,
    }
