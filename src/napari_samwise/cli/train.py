"""``napari-samwise train``: train the built-in model, or go on training it."""

from __future__ import annotations

from pathlib import Path

import click

_HELP = """\
Train nano in the folder RUN; an interrupted run goes on where it stopped.

Without --data it trains on synthetic scenes alone; with it, more than half of what it sees are
images of the training part of the split. The averaged weights are exported to
RUN/nano.safetensors at the end, which --model takes.

\b
A short try:   napari-samwise train runs/try --steps 200 --cooldown 100
The real one:  napari-samwise train runs/nano --data data/dev
"""


@click.command(help=_HELP, short_help="Train the built-in model.")
@click.argument("run", type=click.Path(path_type=Path, file_okay=False))
@click.option(
    "--data",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder with the labelled images of the split.",
)
@click.option("--steps", type=click.IntRange(min=1), default=6000, show_default=True)
@click.option(
    "--cooldown",
    type=click.IntRange(min=1),
    default=1500,
    show_default=True,
    help="The learning rate falls to zero over the last so many steps.",
)
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True)
@click.option(
    "--device",
    default="cpu",
    show_default=True,
    metavar="NAME",
    help="Where to train: auto (the fastest here), cpu, cuda, cuda:1, mps.",
)
@click.option(
    "--workers",
    type=click.IntRange(min=0),
    default=1,
    show_default=True,
    help="Processes that make batches.",
)
def train(
    run: Path,
    data: Path | None,
    steps: int,
    cooldown: int,
    seed: int,
    device: str,
    workers: int,
) -> None:
    """Train, report every hundred steps, export."""
    from napari_samwise.learn.export import export
    from napari_samwise.learn.train import TrainOptions
    from napari_samwise.learn.train import train as run_training
    from napari_samwise.model.device import choose_device

    target = choose_device(device)

    def report(step: int, means: dict[str, float]) -> None:
        numbers = "  ".join(f"{name} {value:.3f}" for name, value in means.items())
        click.echo(f"step {step}  {numbers}")

    options = TrainOptions(steps=steps, cooldown=cooldown, seed=seed, workers=workers)
    checkpoint = run_training(data, run, options, device=target, report=report)
    click.echo(f"weights: {export(checkpoint, run / 'nano.safetensors')}")
