"""The options that choose a model and where it runs, shared by the commands."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.shell_completion import CompletionItem

if TYPE_CHECKING:
    from napari_samwise.model.base import SegmentationModel


@dataclass(frozen=True, slots=True)
class ModelChoice:
    """Which model to load, and how.

    Parameters
    ----------
    name : str
        A name that ``napari-samwise models`` lists, or the path of a checkpoint.
    device : str
        ``"auto"``, ``"cpu"``, ``"cuda"``, ``"cuda:1"`` or ``"mps"``.
    precision : str
        ``"auto"``, ``"float32"``, ``"bfloat16"`` or ``"float16"``.
    weights_dir : Path or None
        Folder of downloaded weights; None for the default one.
    """

    name: str
    device: str
    precision: str
    weights_dir: Path | None

    def load(self, *, decoder: bool = False) -> SegmentationModel:
        """Load it, with its instance decoder if asked, downloading the weights if need be."""
        import pooch

        from napari_samwise.weights.load import load_model

        # A download shows its own bar, and an error its own line.
        pooch.get_logger().setLevel("WARNING")
        return load_model(
            self.name,
            device=self.device,
            precision=self.precision,
            weights_dir=self.weights_dir,
            decoder=decoder,
        )


def model_options(function: Callable[..., None]) -> Callable[..., None]:
    """Add ``--model``, ``--device``, ``--precision`` and ``--weights-dir`` to a command.

    The command receives them as one parameter ``model``, a :class:`ModelChoice`.
    """

    @click.option(
        "--model",
        default="nano",
        show_default=True,
        metavar="NAME",
        shell_complete=complete_model,
        help="A name from 'napari-samwise models', or the path of a checkpoint.",
    )
    @click.option(
        "--device",
        default="auto",
        show_default=True,
        metavar="NAME",
        help="Where the networks run: auto (the fastest here), cpu, cuda, cuda:1, mps.",
    )
    @click.option(
        "--precision",
        default="auto",
        show_default=True,
        metavar="NAME",
        help="Numbers of the image encoder: float32, bfloat16, float16, or auto (float32 for nano, "
        "else what the device does best).",
    )
    @click.option(
        "--weights-dir",
        type=click.Path(path_type=Path),
        metavar="DIR",
        help="Folder of downloaded weights, instead of the one NAPARI_SAMWISE_HOME names.",
    )
    @functools.wraps(function)
    def with_model(
        *args: Any, model: str, device: str, precision: str, weights_dir: Path | None, **kwargs: Any
    ) -> None:
        function(*args, model=ModelChoice(model, device, precision, weights_dir), **kwargs)

    return with_model


def complete_model(
    context: click.Context, parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Offer the names of models; what begins none may begin a path."""
    from napari_samwise.weights.adapted_models import adapted_models
    from napari_samwise.weights.registry import CHECKPOINTS

    names = [name for name in (*CHECKPOINTS, *adapted_models()) if name.startswith(incomplete)]
    return [CompletionItem(name) for name in names] or [CompletionItem(incomplete, type="file")]


def where_it_runs(model: SegmentationModel) -> str:
    """Name the device and number format of a loaded model, e.g. ``"cpu, float32"``."""
    return f"{model.device}, {str(model.precision).removeprefix('torch.')}"
