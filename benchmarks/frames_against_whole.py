"""The same prompts on the whole plane and in frames: how many masks agree at IoU 0.99.

"Fed back" is a second click that refines the mask of a first one.

    python benchmarks/frames_against_whole.py FOLDER [--frame 1024] [--objects 40] [--everything]
                                              [--precision auto]

FOLDER holds pairs NAME_image.tif and NAME_labels.tif, in it or in folders within. Planes are used
that are larger than the frame and not larger than the model sees at once; small ones of one folder
are laid out side by side on a plane of 2 000 x 2 000.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import tifffile
from numpy.typing import NDArray
from scipy import ndimage as ndi

import napari_samwise as sw
from napari_samwise.geometry.boxed_mask import BoxedMask
from napari_samwise.intensity import resolve_intensity

SAME, SHEET_PX = 0.99, 2000

Pair = tuple[str, NDArray[np.generic], NDArray[np.int32]]


def planes(folder: Path, least: int, most: int) -> Iterator[Pair]:
    for place in sorted({path.parent for path in folder.rglob("*_image.tif")}):
        small = []
        for path in sorted(place.glob("*_image.tif")):
            image = tifffile.imread(path)
            labels = tifffile.imread(path.with_name(path.name.replace("_image", "_labels")))
            if labels.ndim == 3:
                image, labels = image[len(image) // 2], labels[len(labels) // 2]
            longest = max(labels.shape)
            if least < longest <= most:
                yield path.name, image, labels.astype(np.int32)
            elif longest <= least and image.ndim == 2:
                small.append((image, labels.astype(np.int32)))
        if len(small) >= 8:
            yield f"sheet of {place.name}", *sheet(small)


def sheet(
    parts: list[tuple[NDArray[np.generic], NDArray[np.int32]]],
) -> tuple[NDArray[np.generic], NDArray[np.int32]]:
    image = np.zeros((SHEET_PX, SHEET_PX), dtype=parts[0][0].dtype)
    labels = np.zeros((SHEET_PX, SHEET_PX), dtype=np.int32)
    y = x = high = top = index = 0
    while y < SHEET_PX:
        part, named = parts[index % len(parts)]
        index += 1
        place = (slice(y, y + part.shape[0]), slice(x, x + part.shape[1]))
        height, width = image[place].shape
        image[place] = part[:height, :width]
        labels[place] = np.where(named > 0, named + top, 0)[:height, :width]
        top, high, x = int(labels.max()), max(high, part.shape[0]), x + part.shape[1]
        if x >= SHEET_PX:
            y, x, high = y + high, 0, 0
    return image, labels


def prompts_of(labels: NDArray[np.int32], label: int, place: tuple[slice, ...]) -> dict:
    inside = np.pad(labels[place] == label, 1)
    depth = ndi.distance_transform_edt(inside)
    corner = np.array([part.start for part in place])
    deepest = np.array(np.unravel_index(depth.argmax(), depth.shape)) - 1 + corner
    rows, columns = np.nonzero(labels[place] == label)
    other = (rows[0] + corner[0], columns[0] + corner[1])
    box = (*corner, *(part.stop - 1 for part in place))
    return {
        "click": sw.Prompts(points=[deepest]),
        "box": sw.Prompts(box=box),
        "two clicks": sw.Prompts(points=[deepest, other]),
    }


def compare(predictor: sw.Predictor, pair: Pair, frame_px: int, most: int) -> dict:
    _, image, labels = pair
    intensity = resolve_intensity(image, rgb=image.ndim == 3)
    embedding = predictor.encode(image, intensity=intensity)
    framed = sw.FramedPlane(predictor, sw.PlaneSource(image), intensity, frame_px=frame_px)
    found: dict[str, list[float]] = {}
    places = ndi.find_objects(labels)
    ids = [i + 1 for i, place in enumerate(places) if place and min(np.shape(labels[place])) > 2]
    for label in np.random.default_rng(0).permutation(ids)[:most]:
        kinds = prompts_of(labels, label, places[label - 1])
        answers = {
            kind: (predictor.decode(embedding, prompts, keep=1), framed.decode(prompts, keep=1))
            for kind, prompts in kinds.items()
        }
        first, part = answers["click"]
        both = kinds["two clicks"]
        answers["fed back"] = (
            predictor.decode(embedding, both.replace(mask=first.logits[0]), multimask=False),
            framed.decode(both, earlier=part.outlines[0], multimask=False),
        )
        for kind, (whole, part) in answers.items():
            found.setdefault(kind, []).append(iou(whole.masks[0], part.masks[0]))
    return found


def iou(whole: NDArray[np.bool_], part: BoxedMask) -> float:
    cut = np.zeros_like(whole)
    cut[part.roi.slices] = part.inside
    union = np.count_nonzero(whole | cut)
    return np.count_nonzero(whole & cut) / union if union else 1.0


def same_objects(predictor: sw.Predictor, image: NDArray[np.generic], frame_px: int) -> list[float]:
    whole = sw.segment_everything(image, predictor)
    cut = sw.segment_everything(image, predictor, frame_px=frame_px)
    best = []
    for label, place in enumerate(ndi.find_objects(whole), start=1):
        if place is None:
            continue
        mask, there = whole[place] == label, cut[place]
        other = np.bincount(there[mask]).argmax()
        union = np.count_nonzero(mask) + np.count_nonzero(cut == other)
        shared = np.count_nonzero(mask & (there == other)) if other else 0
        best.append(shared / (union - shared))
    return best


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--frame", type=int, default=1024)
    parser.add_argument("--objects", type=int, default=40)
    parser.add_argument("--everything", action="store_true")
    parser.add_argument("--precision", default="auto")
    options = parser.parse_args()
    predictor = sw.Predictor(sw.load_model("nano", precision=options.precision))
    total: dict[str, list[float]] = {}
    for pair in planes(options.folder, options.frame, predictor.model.whole_px):
        found = compare(predictor, pair, options.frame, options.objects)
        if options.everything:
            found["everything"] = same_objects(predictor, pair[1], options.frame)
        for kind, values in found.items():
            total.setdefault(kind, []).extend(values)
        print(pair[0], {kind: len(values) for kind, values in found.items()}, flush=True)
    for kind, values in total.items():
        same = np.mean(np.array(values) >= SAME)
        print(f"{kind:12s} {len(values):5d} objects, {100 * same:.2f} % at IoU >= {SAME}")


if __name__ == "__main__":
    main()
