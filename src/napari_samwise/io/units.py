"""Units of length and time by the names that files use."""

from __future__ import annotations

_MICROMETRES = {
    "pm": 1e-6,
    "picometer": 1e-6,
    "å": 1e-4,
    "angstrom": 1e-4,
    "nm": 1e-3,
    "nanometer": 1e-3,
    "µm": 1.0,
    "μm": 1.0,
    "um": 1.0,
    "micron": 1.0,
    "microns": 1.0,
    "micrometer": 1.0,
    "mm": 1e3,
    "millimeter": 1e3,
    "cm": 1e4,
    "centimeter": 1e4,
    "m": 1e6,
    "meter": 1e6,
    "inch": 25.4e3,
}
_SECONDS = {
    "ns": 1e-9,
    "nanosecond": 1e-9,
    "µs": 1e-6,
    "us": 1e-6,
    "microsecond": 1e-6,
    "ms": 1e-3,
    "millisecond": 1e-3,
    "s": 1.0,
    "sec": 1.0,
    "second": 1.0,
    "min": 60.0,
    "minute": 60.0,
    "h": 3600.0,
    "hour": 3600.0,
    "d": 86400.0,
    "day": 86400.0,
}


def in_micrometres(unit: object) -> float | None:
    """Return how many micrometres one unit has, None where it is no length."""
    return _MICROMETRES.get(_normal(unit))


def in_seconds(unit: object) -> float | None:
    """Return how many seconds one unit has, None where it is no time."""
    return _SECONDS.get(_normal(unit))


def _normal(unit: object) -> str:
    # ImageJ writes the micro sign as an escape sequence.
    return str(unit).replace("\\u00B5", "µ").strip().lower()
