"""The adjectives of a text, each a test of something that can be measured."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from napari_samwise.segment.text.measures import Measures

Flags = NDArray[np.bool_]

_LARGER = 1.5
_FEW = 3
_ROUND, _ELONGATED = 0.7, 0.5
_CONVEX, _IRREGULAR = 0.9, 0.85
_CONTRAST = 8.0


@dataclass(frozen=True, slots=True)
class Trait:
    """An adjective.

    Parameters
    ----------
    names : tuple of str
        What it is called, the usual name first.
    meaning : str
        What is tested, for people.
    holds : callable
        Takes measures of `N` objects; returns `(N,)` bool.
    """

    names: tuple[str, ...]
    meaning: str
    holds: Callable[[Measures], Flags]


def _by_area(share: float) -> Callable[[Measures], Flags]:
    def holds(seen: Measures) -> Flags:
        # Among one or two nothing is large or small.
        if len(seen) < _FEW:
            return np.ones(len(seen), dtype=bool)
        ratio = seen.area / np.median(seen.area)
        return np.asarray(ratio >= share if share > 1 else ratio <= share)

    return holds


def _by_hue(first: float, last: float) -> Callable[[Measures], Flags]:
    """Test for a range of hues, which may go through 0."""

    def holds(seen: Measures) -> Flags:
        # Comparisons with NaN are False: what has no colour has none of them.
        return np.asarray((seen.hue - first) % 360 <= (last - first) % 360)

    return holds


TRAITS = (
    Trait(
        ("large", "big", "huge"),
        f"at least {_LARGER} times the median area of its kind on the plane",
        _by_area(_LARGER),
    ),
    Trait(
        ("small", "little", "tiny"),
        f"at most the median area of its kind on the plane, divided by {_LARGER}",
        _by_area(1 / _LARGER),
    ),
    Trait(
        ("round", "circular", "spherical", "roundish"),
        f"short axis at least {_ROUND} of the long one, and convex",
        lambda seen: (seen.axis_ratio >= _ROUND) & (seen.solidity >= _CONVEX),
    ),
    Trait(
        ("elongated", "long", "oblong", "narrow", "thin"),
        f"short axis at most {_ELONGATED} of the long one",
        lambda seen: seen.axis_ratio <= _ELONGATED,
    ),
    Trait(
        ("irregular", "lobed", "branched", "concave"),
        f"fills at most {_IRREGULAR} of its convex hull",
        lambda seen: seen.solidity <= _IRREGULAR,
    ),
    Trait(
        ("bright", "light", "brighter"),
        "brighter than what is around it",
        lambda seen: seen.contrast >= _CONTRAST,
    ),
    Trait(
        ("dark", "darker"),
        "darker than what is around it",
        lambda seen: seen.contrast <= -_CONTRAST,
    ),
    Trait(
        ("whole", "complete", "entire"),
        "does not touch the border of the plane",
        lambda seen: seen.is_whole,
    ),
    Trait(("red",), "of a red hue", _by_hue(340, 20)),
    Trait(("orange", "brown"), "of an orange or brown hue", _by_hue(10, 50)),
    Trait(("yellow",), "of a yellow hue", _by_hue(45, 75)),
    Trait(("green",), "of a green hue", _by_hue(70, 170)),
    Trait(("cyan", "turquoise"), "of a cyan hue", _by_hue(165, 205)),
    Trait(("blue",), "of a blue hue", _by_hue(195, 265)),
    Trait(("purple", "violet"), "of a purple hue", _by_hue(240, 315)),
    Trait(("pink", "magenta"), "of a pink hue", _by_hue(295, 350)),
)

_NAMED = {name: trait for trait in TRAITS for name in trait.names}


def find_trait(word: str) -> Trait | None:
    """Return the trait of an adjective, None if it is unknown."""
    return _NAMED.get(word)


def trait_names() -> list[str]:
    """Return all adjectives, the usual names first."""
    return [trait.names[0] for trait in TRAITS] + sorted(
        name for trait in TRAITS for name in trait.names[1:]
    )
