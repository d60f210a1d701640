"""The models that can be chosen, and what choosing one means."""

from __future__ import annotations

from pathlib import Path

from napari_samwise.weights.adapted_models import adapted_base, adapted_models
from napari_samwise.weights.fetch import weights_folder
from napari_samwise.weights.registry import CHECKPOINTS, Checkpoint, find_checkpoint

DEFAULT_MODEL = "nano"
_MEGABYTE = 1e6


def model_choices() -> list[tuple[str, str]]:
    """Return (text, name) of all models: the built-in one, those adapted from it, and the rest."""
    entries = sorted(CHECKPOINTS.values(), key=lambda entry: not entry.is_built_in)
    texts = [(_text(entry), entry.name) for entry in entries]
    built_in = sum(entry.is_built_in for entry in entries)
    adapted = [(f"{name} (adapted)", name) for name in adapted_models()]
    return [*texts[:built_in], *adapted, *texts[built_in:]]


def base_name(name: str) -> str:
    """Return the plain name of a model, or of what it was adapted from."""
    base = adapted_base(name) if name in adapted_models() else name
    return base if base in CHECKPOINTS else Path(base).stem or DEFAULT_MODEL


def portable_name(name: str) -> str:
    """Return what finds a model of the list on other machines, too: its name, or its file."""
    path = None if name in CHECKPOINTS else adapted_models().get(name)
    return name if path is None else str(path)


def needs_download(name: str) -> bool:
    """Tell whether the weights of a model are not on this machine yet."""
    checkpoint = _checkpoint(name)
    if checkpoint is None or checkpoint.is_built_in:
        return False
    return not (weights_folder() / checkpoint.file_name).is_file()


def download_size(name: str) -> str:
    """Return the size of a model's file, e.g. ``"375 MB"``; empty if it is not known."""
    checkpoint = _checkpoint(name)
    size = None if checkpoint is None else checkpoint.size
    return "" if size is None else f"{size / _MEGABYTE:.0f} MB"


def describe_model(name: str) -> str:
    """Say what a model is for, under which licence, and whether it must be fetched."""
    checkpoint, parts = _checkpoint(name), []
    if name in adapted_models():
        parts.append(f"{base_name(name)}, adapted to objects that you kept")
    elif checkpoint is not None:
        parts.append(checkpoint.description)
    if checkpoint is not None:
        parts.append(f"licence: {checkpoint.licence}")
    if needs_download(name):
        parts.append(f"downloads {download_size(name) or 'its weights'}")
    return " · ".join(parts)


def cite_model(name: str) -> str:
    """Return what to cite when a model is used; empty where nobody asks for it."""
    checkpoint = _checkpoint(name)
    return "" if checkpoint is None else checkpoint.citation


def _checkpoint(name: str) -> Checkpoint | None:
    """Return the published model that is meant, or that was adapted; None for own files."""
    if name in adapted_models():
        return CHECKPOINTS.get(adapted_base(name))
    return find_checkpoint(name)


def _text(entry: Checkpoint) -> str:
    return f"{entry.name} (built in)" if entry.is_built_in else entry.name
