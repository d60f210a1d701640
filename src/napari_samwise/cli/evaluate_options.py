"""The options of ``napari-samwise evaluate`` that say what is asked of a model."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from napari_samwise.errors import InputError

if TYPE_CHECKING:
    from napari_samwise.learn.evaluate import Protocol

_INVARIANCE_OBJECTS = 8


@dataclass(frozen=True, slots=True)
class ProtocolChoice:
    """What to measure.

    Parameters
    ----------
    objects : int
        Prompted objects a plane, at most.
    clicks_to : bool
        Click as often as it takes.
    everything : bool
        Segment every plane without prompts, too.
    invariance_objects : int
        Objects a plane that are prompted in the changed images, at most; 0 for none.
    """

    objects: int
    clicks_to: bool
    everything: bool
    invariance_objects: int

    def protocol(self) -> Protocol:
        """Return what ``evaluate_planes`` takes."""
        from napari_samwise.learn.evaluate import Protocol
        from napari_samwise.learn.scores import CLICKS, CLICKS_TO_TARGET

        clicks = CLICKS_TO_TARGET if self.clicks_to else CLICKS
        return Protocol(clicks, self.objects, self.everything)


def protocol_options(function: Callable[..., None]) -> Callable[..., None]:
    """Add the options to a command, which receives them as ``asked``, a :class:`ProtocolChoice`."""

    @click.option(
        "--objects",
        type=click.IntRange(min=1),
        default=25,
        show_default=True,
        help="Prompt at most so many objects a plane.",
    )
    @click.option(
        "--clicks-to",
        is_flag=True,
        help="Click up to ten times: how many for an IoU of 0.85, 0.90?",
    )
    @click.option("--everything", is_flag=True, help="Segment every plane without prompts, too.")
    @click.option(
        "--invariance",
        is_flag=True,
        help="Also turn, flip, invert and rescale every plane: what does that change?",
    )
    @click.option(
        "--invariance-objects",
        type=click.IntRange(min=1),
        metavar="N",
        help=f"Prompt at most N objects a plane for that; default: {_INVARIANCE_OBJECTS}.",
    )
    @functools.wraps(function)
    def with_protocol(
        *args: Any,
        objects: int,
        clicks_to: bool,
        everything: bool,
        invariance: bool,
        invariance_objects: int | None,
        **kwargs: Any,
    ) -> None:
        if invariance_objects is not None and not invariance:
            raise InputError("--invariance-objects says how many for --invariance; add that, too.")
        most = (invariance_objects or _INVARIANCE_OBJECTS) if invariance else 0
        asked = ProtocolChoice(objects, clicks_to, everything, most)
        function(*args, asked=asked, **kwargs)

    return with_protocol
