"""``napari-samwise doctor``: what is installed, what it runs on, how fast it is."""

from __future__ import annotations

import os
import platform
from time import perf_counter
from typing import TYPE_CHECKING, Any

import click

from napari_samwise.cli.host import free_memory_bytes, processor_name
from napari_samwise.cli.json_output import format_json
from napari_samwise.cli.model_options import ModelChoice, model_options, where_it_runs
from napari_samwise.window import missing_for_window, package_version, qt_binding

if TYPE_CHECKING:
    from napari_samwise.model.base import SegmentationModel

_PACKAGES = ("napari-samwise", "torch", "numpy", "scikit-image", "tifffile", "napari", "npe2")


_HELP = """\
Show versions, device, precision and free memory, and time one encode and one decode.

Paste its output into a bug report.

\b
The built-in model:
  napari-samwise doctor
Another model on the CPU, for a program:
  napari-samwise doctor --model vit_b --device cpu --json
"""


@click.command(
    help=_HELP, short_help="Show versions, device and memory; time one encode and decode."
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@model_options
def doctor(as_json: bool, model: ModelChoice) -> None:
    """Print what was found."""
    from napari_samwise.weights.fetch import weights_folder

    findings: dict[str, Any] = {
        "python": platform.python_version(),
        "system": platform.platform(),
        "packages": {name: package_version(name) for name in _PACKAGES},
        "qt": qt_binding(),
        "window": missing_for_window() or "can be tried",
        "processor": f"{processor_name()}, {os.cpu_count()} cores",
        "free_memory_bytes": free_memory_bytes(),
        "weights_folder": str(weights_folder(model.weights_dir)),
    }
    started = perf_counter()
    network = model.load()
    findings["model"] = network.name
    findings["runs_on"] = where_it_runs(network)
    findings["seconds"] = {"load_model": perf_counter() - started, **time_model(network)}
    findings["gpu_free_memory_bytes"] = _gpu_memory(network)
    click.echo(format_json(findings) if as_json else _format_findings(findings))


def time_model(model: SegmentationModel) -> dict[str, float]:
    """Time one encode and one decode of a 512 x 512 test plane, after one to warm up.

    Returns
    -------
    dict of str to float
        Seconds by step.
    """
    import numpy as np

    from napari_samwise.predictor.predictor import Predictor
    from napari_samwise.prompts import Prompts

    ramp = np.arange(512, dtype=np.float32)
    # Two planes, because the store would answer at once for the same one.
    planes = [np.hypot(ramp[:, None] - centre, ramp[None, :] - 256) for centre in (200, 256)]
    predictor = Predictor(model)
    prompts = Prompts(points=[(256, 256)])
    predictor.decode(predictor.encode(planes[0]), prompts, keep=1)
    started = perf_counter()
    embedding = predictor.encode(planes[1])
    encoded = perf_counter()
    predictor.decode(embedding, prompts, keep=1)
    return {"encode": encoded - started, "decode": perf_counter() - encoded}


def _gpu_memory(model: SegmentationModel) -> int | None:
    import torch

    if model.device.type != "cuda":
        return None
    return int(torch.cuda.mem_get_info(model.device)[0])


def _format_findings(findings: dict[str, Any]) -> str:
    seconds = findings["seconds"]
    packages = findings["packages"]
    lines = [
        ("python", f"{findings['python']} on {findings['system']}"),
        *((name, number or "not installed") for name, number in packages.items()),
        ("qt", findings["qt"] or "not installed"),
        ("napari window", findings["window"]),
        ("processor", findings["processor"]),
        ("free memory", _format_bytes(findings["free_memory_bytes"])),
        ("free GPU memory", _format_bytes(findings["gpu_free_memory_bytes"])),
        ("weights", findings["weights_folder"]),
        ("model", f"{findings['model']} ({findings['runs_on']})"),
        ("load", f"{seconds['load_model']:.2f} s"),
        ("encode", f"{seconds['encode'] * 1e3:.0f} ms for a plane of 512 x 512"),
        ("decode", f"{seconds['decode'] * 1e3:.1f} ms for a click"),
    ]
    width = max(len(name) for name, _ in lines)
    return "\n".join(f"{name.ljust(width)}  {value}" for name, value in lines if value)


def _format_bytes(count: int | None) -> str:
    return "" if count is None else f"{count / 2**30:.1f} GiB"
