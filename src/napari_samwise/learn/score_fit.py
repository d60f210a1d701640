"""Fit the score head to the candidates that inference really compares.

In training a window shows its object at one scale. Inference decodes a click on every level, and
the candidates of all levels compete by predicted IoU. So, when everything else is learned, the
score head alone is fitted again: whole planes are encoded, objects prompted as a user would, and
every candidate's features are kept with its true IoU. What is learned from them is cheap.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from napari_samwise.learn.clicks import (
    BoolImage,
    box_prompt,
    deepest_point,
    random_error_point,
    random_point,
)
from napari_samwise.learn.corpus import LabelledPlane
from napari_samwise.learn.evaluate import SMALLEST_AREA_PX, iou
from napari_samwise.learn.losses import SCORE_WEIGHT, won_iou
from napari_samwise.model.nano import Nano
from napari_samwise.model.nano_levels import Pyramid, Window
from napari_samwise.model.nano_paste import paste_logits, paste_mask
from napari_samwise.prompts import Prompts

_MOST_CLICKS = 4
_BOX_SHARE = 0.15


@dataclass(frozen=True, slots=True, eq=False)
class Contest:
    """The candidates of one prompt.

    Parameters
    ----------
    seen : Tensor
        `(N, F)` float32, what the score head looks at.
    true_iou : Tensor
        `(N,)` float32.
    clicks : int
        How many points were given; 0 for a box.
    """

    seen: Tensor
    true_iou: Tensor
    clicks: int


@dataclass(frozen=True, slots=True)
class FitOptions:
    """How to fit.

    Parameters
    ----------
    epochs : int
        Passes over all contests.
    contests : int
        Contests a step.
    learning_rate : float
        Falls by a cosine to zero.
    weight_decay : float
        Of AdamW.
    choice : float
        Weight of the IoU that a softmax over the scores would win, beside the squared error.
    """

    epochs: int = 30
    contests: int = 64
    learning_rate: float = 2e-3
    weight_decay: float = 0.02
    choice: float = 0.5


def collect_contests(
    model: Nano, planes: Iterable[LabelledPlane], rng: np.random.Generator, objects: int
) -> Iterator[Contest]:
    """Prompt objects of whole planes and yield all candidates of every prompt.

    Parameters
    ----------
    model : Nano
        In evaluation mode.
    planes : iterable of LabelledPlane
        Training images or scenes; never held-back ones.
    rng : Generator
        Source of every choice.
    objects : int
        At most so many objects a plane.
    """
    seen: list[Tensor] = []
    hook = model.decoder.score.head.register_forward_pre_hook(
        lambda _module, inputs: seen.append(inputs[0].detach().float())
    )
    try:
        for plane in planes:
            with torch.inference_mode():
                features = model.encode(plane.image)
            area = np.bincount(plane.labels.ravel())
            area[0] = 0
            ids = np.nonzero(area >= SMALLEST_AREA_PX)[0]
            for identity in rng.permutation(ids)[:objects]:
                truth = plane.labels == identity
                yield from _prompt_object(model, features, truth, rng, seen)
    finally:
        hook.remove()


def _prompt_object(
    model: Nano,
    features: Mapping[str, Tensor],
    truth: BoolImage,
    rng: np.random.Generator,
    seen: list[Tensor],
) -> Iterator[Contest]:
    """Yield the contest of a box, or of a click and then of some corrections."""
    if rng.random() < _BOX_SHARE:
        prompts = Prompts(box=box_prompt(truth))
        yield _decode(model, features, prompts, truth, seen).contest(0)
        return
    start = deepest_point(truth) if rng.random() < 0.6 else random_point(rng, truth)
    points, labels, logits = [start], [1], None
    rounds = 1 if rng.random() < 0.6 else int(rng.integers(2, _MOST_CLICKS + 1))
    for count in range(1, rounds + 1):
        prompts = Prompts(points=points, labels=labels, mask=logits)
        round_ = _decode(model, features, prompts, truth, seen)
        yield round_.contest(count)
        # A good mask half of the time, any otherwise: the head shall know both.
        best = rng.random() < 0.5
        chosen = int(np.argmax(round_.true_iou)) if best else int(rng.integers(len(round_.masks)))
        click = random_error_point(rng, truth, round_.masks[chosen])
        if click is None:
            return
        points, labels = [*points, click[0]], [*labels, click[1]]
        logits = paste_logits(round_.logits[chosen], round_.windows[chosen], round_.pyramid).numpy()


@dataclass(frozen=True, slots=True, eq=False)
class _Round:
    """All candidates of one decoding: logits `(N, 96, 96)`, windows, masks and IoU of each."""

    seen: Tensor
    logits: Tensor
    windows: list[Window]
    masks: list[BoolImage]
    true_iou: list[float]
    pyramid: Pyramid

    def contest(self, clicks: int) -> Contest:
        """Keep what the fit needs."""
        return Contest(self.seen.cpu(), torch.tensor(self.true_iou), clicks)


@torch.inference_mode()
def _decode(
    model: Nano,
    features: Mapping[str, Tensor],
    prompts: Prompts,
    truth: BoolImage,
    seen: list[Tensor],
) -> _Round:
    pyramid = Pyramid((truth.shape[0], truth.shape[1]))
    seen.clear()
    windows, logits, _ = model.decode_windows(features, prompts, pyramid)
    owners = [window for window in windows for _ in range(logits.shape[1])]
    flat = logits.flatten(0, 1).cpu()
    masks = [
        paste_mask(one, window, pyramid).numpy() for one, window in zip(flat, owners, strict=True)
    ]
    ious = [iou(mask, truth) for mask in masks]
    return _Round(seen[0].flatten(0, 1).clone(), flat, owners, masks, ious, pyramid)


def fit_score(
    model: Nano, contests: list[Contest], options: FitOptions, seed: int = 0
) -> dict[str, float]:
    """Fit the score head of a model in place, from new weights.

    Parameters
    ----------
    model : Nano
        Its ``decoder.score.head`` is replaced; nothing else changes.
    contests : list of Contest
        From ``collect_contests``; a tenth is put aside to report on.
    options : FitOptions
        How to fit.
    seed : int
        Of weights and order.

    Returns
    -------
    dict of str to float
        On the tenth put aside: correlation with the true IoU, mean IoU of the candidate ranked
        first, and that of the best candidate.
    """
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    aside = max(1, len(contests) // 10)
    test, learn = contests[-aside:], contests[:-aside]
    every = torch.cat([contest.seen for contest in learn])
    mean, spread = every.mean(0), every.std(0) + 1e-3
    head = _new_head(every.shape[1])
    optimiser = torch.optim.AdamW(
        head.parameters(), lr=options.learning_rate, weight_decay=options.weight_decay
    )
    size = min(options.contests, len(learn))
    steps = options.epochs * (len(learn) // size)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, max(steps, 1))
    for _ in range(options.epochs):
        order = rng.permutation(len(learn))
        for first in range(0, len(order) - size + 1, size):
            chosen = [learn[index] for index in order[first : first + size]]
            loss = _loss(head, chosen, mean, spread, options.choice)
            optimiser.zero_grad()
            torch.autograd.backward(loss)
            optimiser.step()
            schedule.step()
    report = _report(head, test, mean, spread)
    weights = head.state_dict()
    # The standardisation becomes part of the first layer.
    weights["0.bias"] = weights["0.bias"] - weights["0.weight"] @ (mean / spread)
    weights["0.weight"] = weights["0.weight"] / spread
    model.decoder.score.head.load_state_dict(weights)
    return report


def _new_head(inputs: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Linear(inputs, 128), nn.GELU(), nn.Linear(128, 64), nn.GELU(), nn.Linear(64, 1)
    )


def _loss(
    head: nn.Sequential, contests: list[Contest], mean: Tensor, spread: Tensor, choice: float
) -> Tensor:
    seen = torch.cat([contest.seen for contest in contests])
    true = torch.cat([contest.true_iou for contest in contests])
    noisy = (seen - mean) / spread + 0.1 * torch.randn_like(seen)
    score: Tensor = head(noisy)[:, 0].sigmoid()
    counts = [len(contest.true_iou) for contest in contests]
    won = [
        won_iou(part, target)
        for part, target in zip(torch.split(score, counts), torch.split(true, counts), strict=True)
    ]
    return SCORE_WEIGHT * ((score - true) ** 2).mean() - choice * torch.stack(won).mean()


@torch.no_grad()
def _report(
    head: nn.Sequential, contests: list[Contest], mean: Tensor, spread: Tensor
) -> dict[str, float]:
    first = [contest for contest in contests if contest.clicks == 1]
    scores = [head((contest.seen - mean) / spread)[:, 0].sigmoid() for contest in first]
    true = torch.cat([contest.true_iou for contest in first])
    pairs = list(zip(scores, first, strict=True))
    return {
        "correlation": float(torch.corrcoef(torch.stack([torch.cat(scores), true]))[0, 1]),
        "chosen": float(np.mean([float(c.true_iou[s.argmax()]) for s, c in pairs])),
        "best": float(np.mean([float(c.true_iou.max()) for _, c in pairs])),
        "contests": float(len(first)),
    }
