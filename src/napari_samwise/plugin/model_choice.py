"""The models that can be chosen, and what choosing one means."""

from __future__ import annotations

from napari_samwise.weights.fetch import weights_folder
from napari_samwise.weights.registry import CHECKPOINTS, Checkpoint, find_checkpoint

DEFAULT_MODEL = "nano"
_MEGABYTE = 1e6


def model_choices() -> list[tuple[str, str]]:
    """Return (text, name) of all models, the built-in one first."""
    entries = sorted(CHECKPOINTS.values(), key=lambda entry: not entry.is_built_in)
    return [(_text(entry), entry.name) for entry in entries]


def needs_download(name: str) -> bool:
    """Tell whether the weights of a model are not on this machine yet."""
    checkpoint = find_checkpoint(name)
    if checkpoint.is_built_in:
        return False
    return not (weights_folder() / checkpoint.file_name).is_file()


def download_size(name: str) -> str:
    """Return the size of a model's file, e.g. ``"375 MB"``; empty if it is not known."""
    size = find_checkpoint(name).size
    return "" if size is None else f"{size / _MEGABYTE:.0f} MB"


def describe_model(name: str) -> str:
    """Say what a model is for, under which licence, and whether it must be fetched."""
    checkpoint = find_checkpoint(name)
    parts = [checkpoint.description, f"licence: {checkpoint.licence}"]
    if needs_download(name):
        parts.append(f"downloads {download_size(name) or 'its weights'}")
    return " · ".join(parts)


def _text(entry: Checkpoint) -> str:
    return f"{entry.name} (built in)" if entry.is_built_in else entry.name
