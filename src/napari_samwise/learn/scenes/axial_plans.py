"""Tables of anatomy for CT and MR, cut across: abdomen, thorax, pelvis.

The plans have the front of the body up and its right side at x < 0, as radiologists look.
"""

from __future__ import annotations

import math

from napari_samwise.learn.scenes.atlas import Part, Plan, both
from napari_samwise.learn.scenes.draw import Draw

_SHELL: Plan = (
    Part("body", (0.0, 0.0), (0.7, 1.0), tissue="fat", wall="skin", box=0.3),
    Part("muscle", (0.03, 0.0), (0.61, 0.89), box=0.3),
)
_BACK: Plan = (
    *both(Part("muscle", (0.47, 0.19), (0.13, 0.18), key="erector")),
    *both(Part("fat", (0.6, 0.1), (0.04, 0.12), turn=70, key="back fat")),
)
_VERTEBRA: Plan = (
    Part("vertebra", (0.3, 0.0), (0.12, 0.16), wall="cortex", tissue="marrow"),
    *(
        Part(
            "vertebra",
            (0.44, side * 0.15),
            (0.03, 0.13),
            turn=-12 * side,
            tissue="cortex",
            key=f"process {side}",
            piece_of="vertebra",
        )
        for side in (-1, 1)
    ),
    Part(
        "vertebra",
        (0.53, 0.0),
        (0.09, 0.028),
        tissue="marrow",
        wall="cortex",
        key="spine",
        piece_of="vertebra",
    ),
    Part("vertebra", (0.43, 0.0), (0.075, 0.085), tissue="cortex", key="arch", piece_of="vertebra"),
    Part("spinal canal", (0.43, 0.0), (0.05, 0.062), tissue="csf"),
    Part("spinal cord", (0.43, 0.0), (0.025, 0.035), tissue="nerve", chance=0.6),
)

_KIDNEY = (
    Part("kidney", (0.24, 0.45), (0.17, 0.12), turn=15, bend=0.25, wall="kidney cortex"),
    Part(
        "kidney",
        (0.24, 0.44),
        (0.11, 0.07),
        turn=15,
        tissue="medulla",
        key="medulla",
        piece_of="kidney",
    ),
    Part(
        "kidney",
        (0.23, 0.38),
        (0.07, 0.05),
        tissue="fat",
        key="hilum",
        piece_of="kidney",
        chance=0.7,
    ),
)
"""Cortex, medulla and hilum."""


def _ring(
    draw: Draw, word: str, middle: tuple[float, float], reach: tuple[float, float], count: int
) -> Plan:
    """Return ribs cut by the picture: flat ellipses along an ellipse around the body."""
    start, parts = draw.number(0, 6.3), []
    for index in range(count):
        angle = start + 2 * math.pi * (index + draw.number(-0.25, 0.25)) / count
        y, x = reach[0] * math.sin(angle), reach[1] * math.cos(angle)
        tangent = math.degrees(math.atan2(-reach[1] * math.sin(angle), reach[0] * math.cos(angle)))
        parts.append(
            Part(
                word,
                (middle[0] + y, middle[1] + x),
                (draw.number(0.03, 0.11), draw.number(0.018, 0.03)),
                turn=tangent,
                tissue="marrow",
                wall="cortex",
                key=f"{word} {index}",
            )
        )
    return tuple(parts)


def bowel(draw: Draw, low: tuple[float, float], high: tuple[float, float], most: int) -> Plan:
    """Return loops of bowel in a box, some with gas on top of what they hold."""
    parts: list[Part] = []
    for index in range(draw.whole(1, most + 1)):
        centre = draw.number(low[0], high[0]), draw.number(low[1], high[1])
        reach = draw.number(0.05, 0.13), draw.number(0.05, 0.1)
        key, turn = f"bowel {index}", draw.number(0, 180)
        inside = draw.pick(("chyme", "contrast", "chyme", "muscle"))
        parts.append(Part("bowel", centre, reach, turn, tissue=inside, wall="gut wall", key=key))
        gas = Part(
            "bowel",
            (centre[0] - 0.5 * reach[0], centre[1]),
            (0.6 * reach[0], 0.9 * reach[1]),
            tissue="gas",
            key=f"gas {index}",
            piece_of=key,
            clip=True,
            chance=0.4,
        )
        parts.append(gas)
    return tuple(parts)


def _liver_veins(draw: Draw) -> Plan:
    """Return veins within the liver, cut along or across."""
    return tuple(
        Part(
            "vessel",
            (draw.number(-0.3, 0.15), draw.number(-0.7, -0.2)),
            (draw.number(0.01, 0.09), draw.number(0.012, 0.025)),
            turn=draw.number(0, 180),
            tissue="vein",
            key=f"liver vein {index}",
            piece_of="liver",
            clip=True,
        )
        for index in range(draw.whole(0, 6))
    )


def abdomen(draw: Draw) -> Plan:
    """Return an axial cut through the upper abdomen."""
    lobe = Part(
        "liver",
        (-0.26, -0.12),
        (0.16, 0.33),
        turn=-10,
        key="left lobe",
        piece_of="liver",
        chance=0.7,
    )
    veins = _liver_veins(draw)
    return (
        *_SHELL,
        Part("cavity", (-0.04, 0.0), (0.53, 0.81), tissue="fat", box=0.3),
        *_ring(draw, "rib", (0.0, 0.0), (0.57, 0.85), draw.whole(4, 11)),
        *_BACK,
        *both(Part("muscle", (0.32, 0.22), (0.11, 0.08), key="psoas", chance=0.7)),
        *bowel(draw, (-0.35, -0.5), (0.25, 0.5), 8),
        Part("stomach", (-0.2, 0.33), (0.2, 0.27), tissue="chyme", wall="gut wall", chance=0.7),
        Part(
            "stomach",
            (-0.31, 0.33),
            (0.1, 0.24),
            tissue="gas",
            key="bubble",
            piece_of="stomach",
            clip=True,
            chance=0.6,
        ),
        *(part for each in _KIDNEY for part in both(each)),
        Part("spleen", (0.07, 0.66), (0.28, 0.12), turn=-12, bend=0.3, chance=0.8),
        Part("pancreas", (-0.02, 0.12), (0.24, 0.055), turn=108, bend=0.5, chance=0.7),
        Part("liver", (-0.07, -0.45), (0.38, 0.36), turn=-15, box=0.2, chance=0.9),
        lobe,
        *veins,
        Part("gallbladder", (-0.02, -0.3), (0.1, 0.065), turn=20, tissue="bile", chance=0.5),
        Part("vena cava", (0.13, -0.12), (0.05, 0.065), tissue="vein"),
        Part("aorta", (0.15, 0.07), (0.052, 0.052), tissue="artery", wall="gut wall"),
        *_VERTEBRA,
    )


def thorax(draw: Draw) -> Plan:
    """Return an axial cut through the chest, at the heart or at the great vessels."""
    lungs = (
        Part("lung", (-0.03, -0.46), (0.5, 0.37), turn=8, box=0.35, key="lung left"),
        Part("lung", (-0.02, 0.47), (0.49, 0.35), turn=-8, box=0.35, key="lung right"),
    )
    breast = Part("body", (-0.68, 0.45), (0.2, 0.3), tissue="fat", wall="skin", key="breast")
    scapula = Part(
        "scapula",
        (0.42, 0.68),
        (0.025, 0.2),
        turn=-35,
        tissue="marrow",
        wall="cortex",
        chance=0.5,
    )
    heart: Plan = (
        Part("heart", (-0.12, 0.12), (0.32, 0.42), turn=-28, tissue="myocardium"),
        Part(
            "left ventricle",
            (-0.1, 0.27),
            (0.13, 0.2),
            turn=-28,
            tissue="artery",
            key="left ventricle",
            piece_of="heart",
        ),
        Part(
            "right ventricle",
            (-0.25, 0.02),
            (0.11, 0.2),
            turn=-35,
            bend=0.3,
            tissue="vein",
            piece_of="heart",
        ),
        Part("atrium", (0.06, 0.02), (0.1, 0.18), tissue="artery", piece_of="heart"),
    )
    roots: Plan = (
        Part("mediastinum", (-0.08, 0.0), (0.36, 0.2), tissue="fat"),
        Part("aorta", (-0.18, -0.06), (0.1, 0.1), tissue="artery", key="ascending"),
        Part("pulmonary artery", (-0.16, 0.13), (0.09, 0.17), turn=30, tissue="vein"),
        Part("vena cava", (-0.1, -0.2), (0.055, 0.05), tissue="vein"),
        Part("trachea", (0.08, 0.0), (0.055, 0.065), tissue="gas", wall="gut wall"),
    )
    return (
        *_SHELL,
        *(both(breast) if draw.chance(0.3) else ()),
        *_ring(draw, "rib", (-0.02, 0.0), (0.57, 0.88), draw.whole(6, 14)),
        *both(scapula),
        Part("sternum", (-0.56, 0.0), (0.03, 0.1), tissue="marrow", wall="cortex"),
        *_BACK,
        Part("mediastinum", (0.0, 0.0), (0.5, 0.25), tissue="fat", key="middle"),
        *lungs,
        *(heart if draw.chance(0.6) else roots),
        Part("oesophagus", (0.16, 0.03), (0.03, 0.04), tissue="muscle"),
        Part("aorta", (0.2, 0.13), (0.075, 0.075), tissue="artery", key="descending"),
        *_VERTEBRA,
    )


def pelvis(draw: Draw) -> Plan:
    """Return an axial cut through the pelvis, with the prostate or the uterus."""
    hip = Part(
        "hip bone", (0.1, 0.62), (0.3, 0.06), turn=-30, bend=0.3, tissue="marrow", wall="cortex"
    )
    femur = Part("femur", (0.12, 0.62), (0.13, 0.13), tissue="marrow", wall="cortex")
    high = draw.chance(0.5)
    middle: Plan = (
        (
            Part("prostate", (0.08, 0.0), (0.12, 0.16)),
            Part("prostate", (0.04, 0.0), (0.08, 0.1), tissue="zone", key="z", piece_of="prostate"),
        )
        if draw.chance(0.6)
        else (
            Part("uterus", (0.05, 0.0), (0.15, 0.2), turn=draw.number(-30, 30)),
            Part(
                "uterus", (0.05, 0.0), (0.05, 0.1), tissue="bile", key="cavity", piece_of="uterus"
            ),
        )
    )
    return (
        *_SHELL,
        Part("cavity", (-0.1, 0.0), (0.42, 0.6), tissue="fat"),
        *both(Part("muscle", (0.45, 0.42), (0.17, 0.33), turn=20, key="gluteus")),
        *both(Part("muscle", (-0.3, 0.55), (0.1, 0.12), key="iliopsoas")),
        *(both(hip) if high else both(femur)),
        *bowel(draw, (-0.4, -0.4), (0.1, 0.4), 5),
        Part("bladder", (-0.18, 0.0), (0.17, 0.22), tissue="urine", wall="gut wall", chance=0.8),
        *middle,
        Part("rectum", (0.28, 0.0), (0.1, 0.11), tissue="chyme", wall="gut wall"),
        Part("gas", (0.26, 0.0), (0.05, 0.06), key="g", piece_of="rectum", clip=True, chance=0.5),
        Part("sacrum", (0.46, 0.0), (0.2, 0.09), turn=90, bend=0.4, tissue="marrow", wall="cortex"),
        *both(Part("vessel", (-0.25, 0.42), (0.035, 0.035), tissue="artery", key="iliac")),
        *both(Part("vessel", (-0.2, 0.45), (0.04, 0.045), tissue="vein", key="iliac vein")),
    )
