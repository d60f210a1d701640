"""What objects are called: plurals, other names, and words for many kinds of things."""

from __future__ import annotations

from collections.abc import Collection

ANYTHING = frozenset({"object", "thing", "item", "structure", "everything", "all"})
"""Nouns that name no kind."""

LONGEST = 3
"""So many words a noun may have: "red blood cell"."""

_PLURALS = {
    "bacteria": "bacterium",
    "corpora callosa": "corpus callosum",
    "femora": "femur",
    "fungi": "fungus",
    "hippocampi": "hippocampus",
    "leaves": "leaf",
    "menisci": "meniscus",
    "mitochondria": "mitochondrion",
    "nuclei": "nucleus",
    "oedemata": "oedema",
    "sacra": "sacrum",
    "sterna": "sternum",
    "teeth": "tooth",
    "thalami": "thalamus",
    "tibiae": "tibia",
    "uteri": "uterus",
    "venae cavae": "vena cava",
    "vertebrae": "vertebra",
    "viruses": "virus",
    "yeasts": "yeast",
}

_OTHER_NAMES = {
    "bubble": ("gas bubble",),
    "bladder": ("urinary bladder",),
    "cell body": ("soma",),
    "disc": ("disk", "intervertebral disc", "intervertebral disk"),
    "femur": ("thigh bone",),
    "fibre": ("fiber",),
    "grey matter": ("gray matter",),
    "hip bone": ("pelvis",),
    "mitochondrion": ("mito",),
    "oedema": ("edema",),
    "oesophagus": ("esophagus",),
    "optic disc": ("optic disk",),
    "red blood cell": ("erythrocyte", "rbc"),
    "white blood cell": ("leukocyte", "leucocyte", "wbc"),
    "platelet": ("thrombocyte",),
    "spinal cord": ("myelon",),
    "tumor": ("tumour",),
    "vessel": ("blood vessel", "vasculature"),
    "virus": ("virion",),
}

_BROADER = {
    "cell": ("red blood cell", "white blood cell", "yeast", "neuron", "cell body"),
    "blood cell": ("red blood cell", "white blood cell", "platelet"),
    "artery": ("aorta", "pulmonary artery"),
    "bacterium": ("rod",),
    "bone": (
        *("clavicle", "femur", "hip bone", "patella", "rib", "sacrum", "scapula"),
        *("spinous process", "sternum", "tibia", "vertebra"),
    ),
    "microbe": ("bacterium", "rod", "yeast", "virus"),
    "organ": (
        *("bladder", "bowel", "brain", "gallbladder", "heart", "kidney", "liver", "lung"),
        *("oesophagus", "pancreas", "prostate", "rectum", "spleen", "stomach", "uterus"),
    ),
    "organelle": ("chloroplast", "mitochondrion", "nucleus", "starch grain", "vesicle"),
    "particle": ("grain", "virus"),
    "vessel": ("aorta", "pulmonary artery", "vena cava"),
    "ventricle": ("left ventricle", "right ventricle"),
    "neuron": ("cell body", "neurite"),
    "lesion": ("tumor", "nodule"),
    "plant": ("leaf",),
    "pore": ("hole",),
    "hole": ("pore",),
    "fibre": ("filament",),
    "filament": ("fibre",),
}

_NAMES = {other: word for word, others in _OTHER_NAMES.items() for other in others}


def find_noun(phrase: str, vocabulary: Collection[str]) -> frozenset[str] | None:
    """Return the words of a vocabulary that a noun stands for.

    Parameters
    ----------
    phrase : str
        In small letters, singular or plural, one word or several.
    vocabulary : collection of str
        What the model tells apart.

    Returns
    -------
    frozenset of str or None
        Empty for a noun that stands for anything; None if it is unknown.
    """
    for singular in _singulars(phrase):
        if singular in ANYTHING:
            return frozenset()
        word = _NAMES.get(singular, singular)
        meant = frozenset((word, *_BROADER.get(word, ()))) & frozenset(vocabulary)
        if meant:
            return meant
    return None


def _singulars(phrase: str) -> list[str]:
    """Return what a noun may be the plural of, itself first."""
    forms = [phrase]
    head, _, last = phrase.rpartition(" ")
    prefix = f"{head} " if head else ""
    if phrase in _PLURALS:
        forms.append(_PLURALS[phrase])
    if last in _PLURALS:
        forms.append(prefix + _PLURALS[last])
    for ending, instead in (("ies", "y"), ("es", ""), ("s", "")):
        if last.endswith(ending) and len(last) > len(ending) + 1:
            forms.append(prefix + last.removesuffix(ending) + instead)
    return forms
