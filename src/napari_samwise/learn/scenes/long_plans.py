"""Tables of anatomy for CT and MR, cut along or aslant: trunk, spine, heart, knee."""

from __future__ import annotations

import math

from napari_samwise.learn.scenes.atlas import Part, Plan, both
from napari_samwise.learn.scenes.axial_plans import bowel
from napari_samwise.learn.scenes.draw import Draw


def trunk(draw: Draw) -> Plan:
    """Return a coronal cut from the shoulders to the hips."""
    lung = Part("lung", (-0.62, 0.4), (0.5, 0.29), turn=-6, box=0.3)
    kidney = Part("kidney", (0.32, 0.36), (0.18, 0.1), turn=-12, bend=0.3, wall="kidney cortex")
    wing = Part(
        "hip bone", (0.95, 0.5), (0.2, 0.1), turn=-30, bend=0.3, tissue="marrow", wall="cortex"
    )
    behind: Plan = (
        *both(kidney),
        *both(Part("muscle", (0.5, 0.17), (0.4, 0.1), turn=10, key="psoas")),
        *_column(draw, 12, tilt=False),
    )
    before: Plan = (
        *bowel(draw, (0.15, -0.5), (0.85, 0.5), 12),
        Part("bladder", (0.98, 0.0), (0.14, 0.2), tissue="urine"),
        Part("aorta", (-0.1, 0.05), (0.8, 0.06), tissue="artery"),
    )
    return (
        Part("body", (0.1, 0.0), (1.5, 0.85), tissue="fat", wall="skin", box=0.7),
        *both(Part("body", (-0.75, 0.85), (0.5, 0.17), turn=12, tissue="muscle", key="arm")),
        Part("muscle", (0.1, 0.0), (1.45, 0.76), box=0.7),
        Part("cavity", (0.15, 0.0), (1.15, 0.66), tissue="fat", box=0.5),
        *both(lung),
        Part("heart", (-0.42, 0.1), (0.3, 0.27), turn=-35, tissue="myocardium"),
        Part(
            "heart",
            (-0.4, 0.13),
            (0.18, 0.13),
            turn=-35,
            tissue="artery",
            key="lumen",
            piece_of="heart",
        ),
        Part("liver", (0.02, -0.32), (0.28, 0.36), turn=-20, box=0.3),
        Part("spleen", (0.05, 0.52), (0.2, 0.1), turn=15),
        Part("stomach", (0.05, 0.27), (0.18, 0.17), tissue="chyme", wall="gut wall"),
        *both(wing),
        *(behind if draw.chance(0.5) else before),
    )


def _column(draw: Draw, count: int, tilt: bool = True) -> Plan:
    """Return a column of vertebrae and discs; tilted, it follows the curves of a side view."""
    parts: list[Part] = []
    y, height, sway = -1.1, 0.085, draw.number(0.05, 0.14)
    for index in range(count):
        x = sway * math.sin(2.2 * y + 0.6) if tilt else 0.0
        turn = -math.degrees(math.atan(2.2 * sway * math.cos(2.2 * y + 0.6))) if tilt else 0.0
        wide = 1.25 * height
        parts.append(
            Part(
                "vertebra",
                (y, x),
                (height, wide),
                -turn,
                box=0.9,
                tissue="marrow",
                wall="cortex",
                key=f"vertebra {index}",
            )
        )
        parts.append(
            Part("disc", (y + 1.2 * height, x), (0.2 * height, wide), -turn, key=f"disc {index}")
        )
        y, height = y + 2.4 * height, height * 1.025
    return tuple(parts)


def spine(draw: Draw) -> Plan:
    """Return a sagittal cut along the spine."""
    column = _column(draw, 10)
    canal = tuple(
        Part(
            "spinal canal",
            (part.centre[0], part.centre[1] + 1.75 * part.reach[1]),
            (0.16, 0.055),
            part.turn,
            tissue="csf",
            key=f"canal {index}",
            piece_of="canal 0" if index else "",
        )
        for index, part in enumerate(column[::2])
    )
    cord = tuple(
        Part(
            "spinal cord",
            part.centre,
            (0.16, 0.024),
            part.turn,
            tissue="nerve",
            key=f"cord {index}",
            piece_of="cord 0" if index else "",
        )
        for index, part in enumerate(canal[:7])
    )
    spines = tuple(
        Part(
            "spinous process",
            (part.centre[0] + 0.06, part.centre[1] + 3.1 * part.reach[1]),
            (0.045, 0.12),
            35,
            tissue="marrow",
            wall="cortex",
            key=f"process {index}",
        )
        for index, part in enumerate(column[::2])
    )
    return (
        Part("body", (0.0, 0.05), (1.9, 0.75), tissue="fat", wall="skin", box=0.9),
        Part("muscle", (0.0, 0.4), (1.8, 0.25), box=0.6),
        Part("cavity", (0.0, -0.35), (1.6, 0.3), tissue=draw.pick(("liver", "fat", "muscle"))),
        *bowel(draw, (-0.8, -0.6), (0.9, -0.3), 6),
        Part("aorta", (0.0, -0.16), (0.9, 0.05), turn=4, tissue="artery", chance=0.7),
        *spines,
        *canal,
        *cord,
        *column,
    )


def heart(draw: Draw) -> Plan:
    """Return the short axis of the heart: a ring of muscle around blood, and a crescent beside."""
    thick = draw.number(0.06, 0.14)
    return (
        Part("body", (0.05, 0.0), (0.85, 1.2), tissue="fat", wall="skin", box=0.3),
        Part("muscle", (0.05, 0.0), (0.75, 1.1), box=0.3),
        Part("lung", (-0.05, -0.6), (0.6, 0.4), turn=8, box=0.3, key="lung left"),
        Part("lung", (0.0, 0.62), (0.6, 0.38), turn=-8, box=0.3, key="lung right"),
        Part("liver", (0.45, -0.4), (0.3, 0.5), turn=10, chance=0.7),
        Part("spleen", (0.5, 0.6), (0.2, 0.15), chance=0.3),
        Part("fat", (-0.05, 0.02), (0.42, 0.52), turn=-20, key="pericardium"),
        Part(
            "right ventricle",
            (-0.08, -0.14),
            (0.3, 0.3),
            turn=-15,
            tissue="blood",
            wall="myocardium",
        ),
        Part("myocardium", (-0.02, 0.17), (0.2 + thick, 0.2 + thick)),
        Part("left ventricle", (-0.02, 0.17), (0.2, 0.2), tissue="blood", key="lumen"),
        *(
            Part(
                "muscle",
                (-0.02 + side * 0.12, 0.22),
                (0.035, 0.045),
                tissue="myocardium",
                key=f"papillary {side}",
                piece_of="lumen",
            )
            for side in (-1, 1)
        ),
        Part("aorta", (0.4, 0.1), (0.08, 0.08), tissue="blood"),
        Part("vertebra", (0.55, -0.05), (0.14, 0.19), tissue="marrow", wall="cortex"),
    )


def knee(draw: Draw) -> Plan:
    """Return a sagittal cut through the knee, the kneecap on the left."""
    bent = draw.number(-15, 15)
    return (
        Part("body", (0.0, 0.05), (2.0, 0.95), tissue="fat", wall="skin", box=0.6),
        Part("muscle", (-0.8, 0.45), (0.8, 0.35), turn=-8, key="hamstring"),
        Part("muscle", (0.8, 0.5), (0.8, 0.3), turn=5, key="calf"),
        Part("muscle", (-0.9, -0.5), (0.7, 0.22), turn=-5, key="quadriceps"),
        Part("tendon", (-0.55, -0.55), (0.3, 0.05), turn=-5),
        Part("tendon", (0.35, -0.5), (0.33, 0.045), turn=15, key="patellar"),
        Part("effusion", (-0.35, -0.4), (0.25, 0.08), tissue="csf", chance=0.4),
        *(
            Part(
                bone,
                (y, 0.0),
                (0.8, 0.25),
                turn=turn,
                box=0.6,
                tissue="marrow",
                wall="cortex",
            )
            for bone, y, turn in (("femur", -0.9, bent), ("tibia", 1.2, bent / 2))
        ),
        Part("cartilage", (-0.15, 0.05), (0.46, 0.57), turn=10, key="cap"),
        Part(
            "femur",
            (-0.17, 0.05),
            (0.41, 0.52),
            turn=10,
            tissue="marrow",
            wall="cortex",
            key="condyle",
            piece_of="femur",
        ),
        Part("femur", (-0.6, 0.02), (0.35, 0.21), tissue="marrow", key="neck", piece_of="femur"),
        Part("cartilage", (0.4, 0.05), (0.13, 0.5), box=0.6, key="plateau"),
        Part(
            "tibia",
            (0.6, 0.05),
            (0.25, 0.5),
            box=0.7,
            tissue="marrow",
            wall="cortex",
            key="head",
            piece_of="tibia",
        ),
        Part("tibia", (0.85, 0.02), (0.25, 0.2), tissue="marrow", key="collar", piece_of="tibia"),
        Part("meniscus", (0.28, -0.25), (0.06, 0.14), turn=-15, tissue="tendon", key="front horn"),
        Part("meniscus", (0.28, 0.35), (0.06, 0.14), turn=15, tissue="tendon", key="back horn"),
        Part("ligament", (0.1, 0.1), (0.3, 0.04), turn=-30, tissue="tendon", chance=0.6),
        Part("cartilage", (-0.25, -0.6), (0.22, 0.13), turn=5, key="behind the kneecap"),
        Part("patella", (-0.25, -0.64), (0.2, 0.11), turn=5, tissue="marrow", wall="cortex"),
    )
