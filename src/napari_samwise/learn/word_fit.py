"""Fit the word head to objects with known words, when everything else is learned."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from napari_samwise.learn.word_examples import NO_WORD, WordExample
from napari_samwise.model.nano import Nano
from napari_samwise.model.nano_words import WordHead

_ASIDE = 10


@dataclass(frozen=True, slots=True)
class WordFitOptions:
    """How to fit.

    Parameters
    ----------
    epochs : int
        Passes over all examples.
    examples : int
        Examples a step.
    learning_rate : float
        Falls by a cosine to zero.
    weight_decay : float
        Of AdamW.
    least : int
        Words with fewer examples are left out.
    evenness : float
        0 to 1: 0 counts every example alike, 1 every word.
    """

    epochs: int = 30
    examples: int = 256
    learning_rate: float = 2e-3
    weight_decay: float = 0.05
    least: int = 10
    evenness: float = 0.5


def fit_words(
    model: Nano, examples: Sequence[WordExample], options: WordFitOptions, seed: int = 0
) -> dict[str, float]:
    """Give a model a word head that is fitted to examples, in place.

    Parameters
    ----------
    model : Nano
        Its ``words`` are replaced; nothing else changes.
    examples : sequence of WordExample
        Those of every tenth plane are put aside to report on.
    options : WordFitOptions
        How to fit.
    seed : int
        Of weights and order.

    Returns
    -------
    dict of str to float
        Number of words, without any of which the model gets no head; and on the examples put
        aside, how often the likeliest word is the right one, over examples and over words.
    """
    torch.manual_seed(seed)
    counts = Counter(example.word for example in examples)
    words = sorted(word for word, n in counts.items() if n >= options.least and word != NO_WORD)
    rank = {word: index for index, word in enumerate([*words, NO_WORD])}
    known = [example for example in examples if example.word in rank]
    learn = [example for example in known if example.plane % _ASIDE]
    test = [example for example in known if not example.plane % _ASIDE]
    if not words or not learn:
        model.words, model.config = None, replace(model.config, words=0, spelling=0)
        return {"words": 0.0}
    seen = torch.stack([example.seen for example in learn])
    target = torch.tensor([rank[example.word] for example in learn])
    mean, spread = seen.mean(0), seen.std(0) + 1e-3
    spelling = "\n".join(words).encode()
    config = replace(model.config, words=len(words), spelling=len(spelling))
    head = WordHead(config)
    head.spelling = torch.frombuffer(bytearray(spelling), dtype=torch.uint8)
    share = torch.bincount(target, minlength=len(rank)).clamp(min=1).float() / len(target)
    weight = share**-options.evenness
    _learn(head.head, (seen - mean) / spread, target, weight / weight.mean(), options, seed)
    # The standardisation becomes part of the first layer.
    weights = head.head.state_dict()
    weights["0.bias"] = weights["0.bias"] - weights["0.weight"] @ (mean / spread)
    weights["0.weight"] = weights["0.weight"] / spread
    head.head.load_state_dict(weights)
    model.words, model.config = head.eval().requires_grad_(False), config
    return {"words": float(len(words)), **_report(head, test, rank)}


def _learn(
    head: nn.Module,
    seen: Tensor,
    target: Tensor,
    weight: Tensor,
    options: WordFitOptions,
    seed: int,
) -> None:
    rng = np.random.default_rng(seed)
    optimiser = torch.optim.AdamW(
        head.parameters(), lr=options.learning_rate, weight_decay=options.weight_decay
    )
    size = min(options.examples, len(seen))
    steps = options.epochs * (len(seen) // size)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, max(steps, 1))
    for _ in range(options.epochs):
        order = torch.from_numpy(rng.permutation(len(seen)))
        for first in range(0, len(order) - size + 1, size):
            chosen = order[first : first + size]
            noisy = seen[chosen] + 0.3 * torch.randn(size, seen.shape[1])
            # Smoothed, so that a head this small does not become sure of what it cannot know.
            loss = F.cross_entropy(head(noisy), target[chosen], weight, label_smoothing=0.05)
            optimiser.zero_grad()
            torch.autograd.backward(loss)
            optimiser.step()
            schedule.step()


@torch.no_grad()
def _report(head: WordHead, test: Sequence[WordExample], rank: dict[str, int]) -> dict[str, float]:
    if not test:
        return {"right": float("nan"), "right_by_word": float("nan")}
    said = head.head(torch.stack([example.seen for example in test])).argmax(1).tolist()
    right: dict[str, list[bool]] = {}
    for answer, example in zip(said, test, strict=True):
        right.setdefault(example.word, []).append(answer == rank[example.word])
    every = [each for answers in right.values() for each in answers]
    by_word = [float(np.mean(answers)) for answers in right.values()]
    return {"right": float(np.mean(every)), "right_by_word": float(np.mean(by_word))}
