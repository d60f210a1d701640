"""The last stage of training: score head and words are fitted to whole planes, weights written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from napari_samwise.errors import CheckpointError
from napari_samwise.learn.begin_with import WORDS, read_older
from napari_samwise.learn.checkpoint import read_checkpoint
from napari_samwise.learn.corpus import LabelledPlane, training_planes
from napari_samwise.learn.export import write_weights
from napari_samwise.learn.scenes import make_scene
from napari_samwise.learn.score_fit import Contest, FitOptions, collect_contests, fit_score
from napari_samwise.learn.shards import SHARDS, in_shards, share_of
from napari_samwise.learn.source_sampler import SourceSampler
from napari_samwise.learn.split import fixed_split, read_words
from napari_samwise.learn.word_examples import WordExample, collect_examples, named_planes
from napari_samwise.learn.word_fit import WordFitOptions, fit_words
from napari_samwise.model.nano import Nano
from napari_samwise.model.nano_encoder import NanoConfig

_SCENE_SIZES = (256, 384, 512)
_FIRST_SCENE_SEED, _FIRST_WORD_SEED = 10**6, 2 * 10**6


@dataclass(frozen=True, slots=True)
class FinishOptions:
    """What the score head and the words are fitted to.

    Parameters
    ----------
    planes : int
        How many whole planes.
    synthetic : float
        Share of scenes among them; 1 where there is no data.
    objects : int
        Prompted objects a plane, at most.
    seed : int
        Of every choice.
    mean_with : str, optional
        Weights of an older run, as ``begin_with`` takes them: the mean of both is fitted and
        written. Runs that began with the same weights are often better together than either
        alone (Wortsman et al. 2022, Model soups, section 3).
    fit : FitOptions
        How to fit the score head.
    word_planes : int
        How many planes show what objects are called.
    word_synthetic : float
        Share of scenes among those.
    word_fit : WordFitOptions
        How to fit the words.
    """

    planes: int = 900
    synthetic: float = 0.5
    objects: int = 8
    seed: int = 5
    mean_with: str | None = None
    fit: FitOptions = field(default_factory=FitOptions)
    word_planes: int = 3000
    word_synthetic: float = 0.7
    word_fit: WordFitOptions = field(default_factory=WordFitOptions)


def finish(
    checkpoint: Path,
    target: Path,
    data: Path | None,
    options: FinishOptions | None = None,
    device: torch.device | str = "cpu",
    workers: int = 0,
    more: Path | None = None,
) -> dict[str, float]:
    """Fit the score head of a run's averaged weights and its words, and write all weights.

    Parameters
    ----------
    checkpoint : Path
        ``checkpoint.pt`` of a run.
    target : Path
        The file of weights to write.
    data : Path, optional
        Folder of labelled images, of which the training part is used; None for scenes alone.
    options : FinishOptions, optional
        What to fit to.
    device : torch.device or str
        Where to decode.
    workers : int
        Processes that decode; with fewer than two it is done in this one. The result is the same
        up to rounding.
    more : Path, optional
        Folder of further labelled images, all of which are used. What their objects are called is
        in its ``words.json``, see ``read_words``.

    Returns
    -------
    dict of str to float
        See ``fit_score`` and ``fit_words``.

    Raises
    ------
    CheckpointError
        If the file is no checkpoint of a run, or the weights of ``mean_with`` are others.
    """
    options = options or FinishOptions()
    words = dict(fixed_split().words) | (read_words(more) if more is not None else {})
    entries = read_checkpoint(checkpoint)
    average = entries["average"]
    if options.mean_with is not None:
        average = _mean(average, read_older(options.mean_with), options.mean_with)
    model = Nano(_config(entries))
    model.load_state_dict(_without_old_score(average, model.state_dict()))
    decoding = _Decoding(model.eval().to(device), data, more, words, options)
    contests = in_shards(decoding.contests, workers)
    report = fit_score(model.to("cpu"), contests, options.fit, options.seed)
    model.to(device)
    examples = in_shards(decoding.words, workers)
    report |= fit_words(model.to("cpu"), examples, options.word_fit, options.seed)
    write_weights(model.state_dict(), target, int(entries["step"]))
    return report


@dataclass(frozen=True, slots=True, eq=False)
class _Decoding:
    """What a process needs to know to decode a shard."""

    model: Nano
    data: Path | None
    more: Path | None
    names: Mapping[str, str]
    options: FinishOptions

    def contests(self, shard: int) -> list[Contest]:
        options = self.options
        rng = np.random.default_rng([options.seed, shard])
        pictures = _pictures(self._real(), options, rng, shard)
        return list(collect_contests(self.model, pictures, rng, options.objects))

    def words(self, shard: int) -> list[WordExample]:
        options = self.options
        rng = np.random.default_rng([options.seed, SHARDS + shard])
        numbers = share_of(options.word_planes, shard)
        pictures = named_planes(
            self._real(), self.names, rng, numbers, options.word_synthetic, _FIRST_WORD_SEED
        )
        return list(collect_examples(self.model, pictures, rng, options.objects))

    def _real(self) -> SourceSampler:
        return SourceSampler(training_planes(self.data, self.more))


def _config(entries: Mapping[str, Any]) -> NanoConfig:
    sizes = entries.get("config")
    return NanoConfig.from_state_dict(entries["average"]) if sizes is None else NanoConfig(**sizes)


def _mean(
    average: Mapping[str, Tensor], older: Mapping[str, Tensor], name: str
) -> dict[str, Tensor]:
    """Return the mean of two sets of weights; of what is no number, and of words, the first."""
    mean = {}
    for key, value in average.items():
        if key.startswith(WORDS) or not value.dtype.is_floating_point:
            mean[key] = value
            continue
        other = older.get(key)
        if other is None or other.shape != value.shape:
            raise CheckpointError(
                f"{name} has no mean with this run: their tensors {key} differ; give weights of a "
                "network of the same sizes."
            )
        mean[key] = (value + other.to(value)) / 2
    return mean


def _without_old_score(
    average: Mapping[str, Tensor], fresh: Mapping[str, Tensor]
) -> dict[str, Tensor]:
    """Leave the score head new: it is fitted from nothing."""
    return {
        name: fresh[name] if name.startswith("decoder.score.head.") else tensor
        for name, tensor in average.items()
    }


def _pictures(
    real: SourceSampler, options: FinishOptions, rng: np.random.Generator, shard: int
) -> Iterator[LabelledPlane]:
    """Yield the real planes and scenes of a shard."""
    for index in share_of(options.planes, shard):
        if not real or rng.random() < options.synthetic:
            scene = make_scene(_FIRST_SCENE_SEED + index, int(rng.choice(_SCENE_SIZES)))
            yield LabelledPlane(f"scene:{index}", "scenes", scene.image, scene.labels)
        else:
            yield real.draw(rng)
