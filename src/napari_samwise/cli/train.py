"""``napari-samwise train``: train the built-in model, or go on training it."""

from __future__ import annotations

from pathlib import Path

import click

CURVES_NAME = "curves.png"

_HELP = """\
Train nano in the folder RUN; an interrupted run goes on where it stopped.

Without --data and --more it trains on synthetic scenes alone; with them, two fifths of what it sees
are real: images of the training part of the split, and all those of the other folder. At the end
the score head is fitted to whole planes, the words of objects are learned, and the averaged weights
are written to RUN/nano.safetensors, which --model takes. What is reported is kept in RUN/log.jsonl
and drawn in RUN/curves.png.

\b
A short try:   napari-samwise train runs/try --steps 200 --cooldown 100 \\
                 --score-planes 20 --word-planes 20
The real one:  napari-samwise train runs/nano --data split --more labelled
Your images:   napari-samwise train runs/more --more labelled --begin-with nano
"""


@click.command(help=_HELP, short_help="Train the built-in model.")
@click.argument("run", type=click.Path(path_type=Path, file_okay=False))
@click.option(
    "--data",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder with the labelled images of the split.",
)
@click.option(
    "--more",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder with further labelled images, all of which train.",
)
@click.option("--steps", type=click.IntRange(min=1), default=3000, show_default=True)
@click.option(
    "--cooldown",
    type=click.IntRange(min=1),
    default=1000,
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
    help="Processes that make batches, and at the end decode what the score head is fitted to.",
)
@click.option(
    "--score-planes",
    type=click.IntRange(min=10),
    default=900,
    show_default=True,
    help="Whole planes that the score head is fitted to at the end.",
)
@click.option(
    "--word-planes",
    type=click.IntRange(min=10),
    default=3000,
    show_default=True,
    help="Planes from which it learns at the end what objects are called.",
)
@click.option(
    "--begin-with",
    metavar="WEIGHTS",
    help="Begin a new run with these weights instead of random ones: nano, a .safetensors file, or "
    "the checkpoint.pt of a run.",
)
@click.option(
    "--mean-with",
    metavar="WEIGHTS",
    help="At the end, write the mean of the run's weights and these, of the same kinds.",
)
def train(
    run: Path,
    data: Path | None,
    more: Path | None,
    steps: int,
    cooldown: int,
    seed: int,
    device: str,
    workers: int,
    score_planes: int,
    word_planes: int,
    begin_with: str | None,
    mean_with: str | None,
) -> None:
    """Train, report every hundred steps, fit score head and words, write the weights."""
    from napari_samwise.io.write import write_picture
    from napari_samwise.learn.begin_with import read_older
    from napari_samwise.learn.finish import FinishOptions, finish
    from napari_samwise.learn.report.curves import draw_curves
    from napari_samwise.learn.split import read_words
    from napari_samwise.learn.train import TrainOptions
    from napari_samwise.learn.train import train as run_training
    from napari_samwise.learn.training_log import LOG_NAME, read_log
    from napari_samwise.model.device import choose_device

    target = choose_device(device)
    # Hours before they are needed, files that cannot be read can still be mended.
    if mean_with is not None:
        read_older(mean_with)
    if more is not None:
        read_words(more)

    def report(step: int, means: dict[str, float]) -> None:
        numbers = "  ".join(f"{name} {value:.3f}" for name, value in means.items())
        click.echo(f"step {step}  {numbers}")
        write_picture(run / CURVES_NAME, draw_curves(read_log(run / LOG_NAME)))

    options = TrainOptions(
        steps=steps, cooldown=cooldown, seed=seed, workers=workers, begin_with=begin_with
    )
    checkpoint = run_training(data, run, options, more=more, device=target, report=report)
    weights = run / "nano.safetensors"
    stages = FinishOptions(planes=score_planes, word_planes=word_planes, mean_with=mean_with)
    fitted = finish(checkpoint, weights, data, stages, target, workers, more)
    click.echo("scores  " + "  ".join(f"{name} {value:.3f}" for name, value in fitted.items()))
    click.echo(f"weights: {weights}")
