"""What the encoding thread is asked to do, what it does, and how it fails, as values."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING

from napari_samwise.errors import SamwiseError
from napari_samwise.plugin.frame import Frame
from napari_samwise.plugin.request import Request

if TYPE_CHECKING:
    from napari_samwise.geometry.lattice import Frame as Part

_log = logging.getLogger(__name__)


class Stage(Enum):
    """How far a frame is taken."""

    ENCODE = auto()
    """Encoded, or a large plane made ready."""
    BEGIN = auto()
    """The part of a large plane encoded in which a request is looked at first."""
    SEARCH = auto()
    """All parts that the answer takes."""


@dataclass(frozen=True, slots=True)
class Task:
    """One job of the encoding thread; with a request from the second stage on."""

    frame: Frame
    stage: Stage
    request: Request | None = None


@dataclass(frozen=True, slots=True)
class Activity:
    """What the encoding thread does.

    Parameters
    ----------
    frame : Frame or None
        What it encodes, None if it rests.
    done, total : int
        How far it is; total 0 if unknown.
    part : Frame or None
        Which part of a large plane it is at.
    """

    frame: Frame | None = None
    done: int = 0
    total: int = 0
    part: Part | None = None


def describe_failure(error: BaseException, what: str) -> str:
    """Say in one sentence why something failed; what nobody foresaw goes to the log in full."""
    if isinstance(error, SamwiseError):
        return str(error)
    _log.error("%s failed", what, exc_info=error)
    if isinstance(error, MemoryError) or "out of memory" in str(error).lower():
        return f"{what} ran out of memory; close other images or choose a smaller model."
    first_line = str(error).partition("\n")[0]
    return f"{what} failed ({type(error).__name__}: {first_line}); the log has the details."
