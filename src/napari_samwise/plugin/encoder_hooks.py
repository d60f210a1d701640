"""Watching a network while it encodes: how far it is, and whether it should stop."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from napari_samwise.errors import Cancelled

if TYPE_CHECKING:
    from torch.nn import Module

_ENCODERS = ("image_encoder", "encoder")


@contextmanager
def watched(
    model: Module, report: Callable[[int, int], None] | None, should_stop: Callable[[], bool]
) -> Iterator[None]:
    """Make a model's encoder report and stop between its layers while the context is open.

    Only what this thread encodes counts.

    Parameters
    ----------
    model : Module
        Its child ``image_encoder`` or ``encoder`` is watched; without one nothing happens.
    report : callable or None
        Called with (layers done, layers in all).
    should_stop : callable
        Asked before each layer; the encoder then raises.

    Raises
    ------
    Cancelled
        Out of the encoder, when ``should_stop`` returned True.
    """
    encoders = [getattr(model, name) for name in _ENCODERS if hasattr(model, name)]
    parts = [part for encoder in encoders[:1] for part in encoder.modules()]
    layers = [part for part in parts if next(part.children(), None) is None]
    done = 0
    thread = threading.get_ident()

    def before(module: Module, inputs: Any) -> None:
        nonlocal done
        # A long job may use the same network in a thread of its own.
        if threading.get_ident() != thread:
            return
        if should_stop():
            raise Cancelled("Encoding was stopped.")
        # A network that looks at several scales passes each layer several times.
        done = min(done + 1, len(layers))
        if report is not None:
            report(done, len(layers))

    handles = [layer.register_forward_pre_hook(before) for layer in layers]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()
