"""Make the contact sheets of docs/concepts/scenes.md: every kind of scene beside its outlines.

    python docs/make_scene_pictures.py

Writes docs/images/scenes_*.png, in few colours, since noise packs badly; takes half a minute.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from napari_samwise.learn.scenes import (
    Scene,
    bacteria,
    blood,
    brightfield,
    electron,
    filaments,
    fluorescence,
    histology,
    living,
    make_scene,
    materials,
    membranes,
    natural,
    phase,
    radiograph,
    resonance,
    shapes,
    tomography,
)

IMAGES = Path(__file__).parent / "images"
SIDE_PX, GAP_PX, CAPTION_PX, COLUMNS = 144, 8, 16, 3
GREYS, COLOURS = 20, 80
PAPER, INK, OUTLINE = (255, 255, 255), (30, 30, 30), (255, 220, 0)

EYE = ("fundus", "angiogram")

SHEETS: dict[str, list[str]] = {
    "light": [
        *fluorescence.KINDS,
        *membranes.KINDS,
        *phase.KINDS,
        *bacteria.KINDS,
        *brightfield.KINDS,
        *blood.KINDS,
        *histology.KINDS,
        *(kind for kind in filaments.KINDS if kind not in EYE),
    ],
    "electron": [*electron.KINDS],
    "medical": [*tomography.KINDS, *resonance.KINDS, *radiograph.KINDS, *EYE],
    "natural": [*natural.KINDS, *living.KINDS, *materials.KINDS, *shapes.KINDS],
}

FIRST_SEED = 1
#: Seeds of kinds whose first scene shows little of what is typical.
SEEDS = {
    "angiogram": 3,
    "bacterial_colonies": 10,
    "cocci": 3,
    "ct_thorax": 2,
    "em_neurites": 7,
    "fibres": 3,
    "figure_and_ground": 9,
    "mr_knee": 4,
    "mr_pelvis": 6,
    "plants": 9,
    "rock": 5,
}


def main() -> None:
    IMAGES.mkdir(exist_ok=True)
    for name, kinds in SHEETS.items():
        path = IMAGES / f"scenes_{name}.png"
        scenes = [make_scene(SEEDS.get(kind, FIRST_SEED), SIDE_PX, kind) for kind in kinds]
        sheet = contact_sheet(scenes)
        few = sheet.quantize(palette=few_colours(sheet), dither=Image.Dither.NONE)
        few.save(path, optimize=True)
        print(f"{path}: {path.stat().st_size / 1e3:.0f} kB")


def contact_sheet(scenes: list[Scene]) -> Image.Image:
    """Place pairs of image and outlines in rows, with the kind below."""
    wide, high = 2 * SIDE_PX + 2, SIDE_PX + CAPTION_PX
    rows = -(-len(scenes) // COLUMNS)
    size = (COLUMNS * (wide + GAP_PX) - GAP_PX, rows * (high + GAP_PX) - GAP_PX)
    sheet = Image.new("RGB", size, PAPER)
    pen = ImageDraw.Draw(sheet)
    for index, scene in enumerate(scenes):
        row, column = divmod(index, COLUMNS)
        x, y = column * (wide + GAP_PX), row * (high + GAP_PX)
        sheet.paste(Image.fromarray(scene.image), (x, y))
        sheet.paste(Image.fromarray(outlined(scene)), (x + SIDE_PX + 2, y))
        pen.text((x, y + SIDE_PX + 2), scene.kind, fill=INK)
    return sheet


def few_colours(sheet: Image.Image) -> Image.Image:
    """Return a palette of evenly spaced greys, and of the colours where the sheet has colour."""
    pixels = np.asarray(sheet).reshape(-1, 3)
    coloured = pixels[np.ptp(pixels, axis=1) > 12]
    found = Image.fromarray(coloured[None]).quantize(COLOURS).getpalette() or []
    greys = np.linspace(0, 255, GREYS).astype(int).repeat(3).tolist()
    palette = Image.new("P", (1, 1))
    palette.putpalette([*greys, *OUTLINE, *found[: 3 * COLOURS]])
    return palette


def outlined(scene: Scene) -> NDArray[np.uint8]:
    """Return the image, darker, with the outlines of its objects."""
    labels = np.pad(scene.labels, 1, mode="edge")
    inner = labels[1:-1, 1:-1]
    neighbours = (labels[:-2, 1:-1], labels[2:, 1:-1], labels[1:-1, :-2], labels[1:-1, 2:])
    edge = (inner > 0) & np.any([inner != other for other in neighbours], axis=0)
    picture = (scene.image * 0.7).astype(np.uint8)
    picture[edge] = OUTLINE
    return picture


if __name__ == "__main__":
    main()
