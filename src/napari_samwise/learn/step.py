"""One step of training: rounds of prompting, as a user would, and the losses of each."""

from __future__ import annotations

from contextlib import AbstractContextManager

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from napari_samwise.geometry.logits_patch import OUTSIDE_LOGIT
from napari_samwise.learn.batch import Batch
from napari_samwise.learn.clicks import random_error_point
from napari_samwise.learn.losses import dense_loss, mask_loss, prompt_loss, true_iou
from napari_samwise.model.device import choose_precision, computing_in
from napari_samwise.model.nano import Nano
from napari_samwise.model.nano_decoder import NO_POINT, WindowPrompts


def training_losses(
    model: Nano, batch: Batch, rng: np.random.Generator, rounds: int
) -> dict[str, Tensor]:
    """Return the losses of one batch over one or more rounds of prompting.

    Every round after the first adds a click in the error of one of the masks, and mostly feeds
    that mask back (Kirillov et al. 2023, appendix A).

    Parameters
    ----------
    model : Nano
        In training mode.
    batch : Batch
        Windows and first prompts.
    rng : Generator
        Source of the clicks.
    rounds : int
        How many rounds.

    Returns
    -------
    dict of str to Tensor
        ``loss``, with gradients, and what is worth watching: the dense loss, true IoU of the best
        and of the chosen mask in the first round and, of several, the last one, correlation of
        predicted and true IoU.
    """
    device = model.device
    truth = F.avg_pool2d(batch.truth[:, None].float(), 2)[:, 0].to(device)  # (P, 96, 96)
    whole = (batch.whole_area / 4).to(device)
    points, labels = batch.points.to(device), batch.labels.to(device)
    with computing(device):
        images = batch.images.to(device).contiguous(memory_format=torch.channels_last)
        features = model.encoder(images)
        dense = model.dense(features[1])
    windows = [feature[batch.owner] for feature in (*features, dense)]  # one for each object
    loss = 0.5 * dense_loss(dense.float(), batch.dense.to(device))
    mask_logits = torch.zeros(len(truth), 1, *truth.shape[1:], device=device)
    results = {"dense": loss.detach()}
    rows = torch.arange(len(truth), device=device)
    for index in range(rounds):
        with computing(device):
            logits, score = model.decoder(*windows, WindowPrompts(points, labels, mask_logits))
        each = mask_loss(logits, truth)  # (P, 4)
        exact = true_iou(logits, truth, whole)
        loss = loss + prompt_loss(each, score, exact, first=index == 0)
        if index == 0:
            results["score_r"] = _correlation(score, exact)
        if index in (0, rounds - 1):
            name = "first" if index == 0 else "last"
            results[f"{name}_best"] = exact.max(1).values.mean()
            results[f"{name}_chosen"] = exact[rows, score.argmax(1)].mean()
        if index + 1 < rounds:
            chosen = score.argmax(1) if rng.random() < 0.6 else each.argmin(1)
            kept = logits[rows, chosen][:, None].detach()
            points, labels = next_clicks(rng, points, labels, kept[:, 0], truth)
            kept = kept.clamp(OUTSIDE_LOGIT, -OUTSIDE_LOGIT)
            mask_logits = kept if rng.random() < 0.85 else torch.zeros_like(kept)
    return results | {"loss": loss}


def computing(device: torch.device) -> AbstractContextManager[object]:
    """Return the context for a forward pass: bfloat16 where the device computes in it itself.

    Elsewhere, as on CPUs without AVX-512, it is emulated, and a step takes several times as long
    as in float32.
    """
    return computing_in(device, choose_precision(device))


def next_clicks(
    rng: np.random.Generator, points: Tensor, labels: Tensor, logits: Tensor, truth: Tensor
) -> tuple[Tensor, Tensor]:
    """Append one click in the error of every mask; where there is none, a padding token.

    Parameters
    ----------
    rng : Generator
        Source of the clicks.
    points : Tensor
        `(P, K, 2)` float32, (y, x) in pixels of the window.
    labels : Tensor
        `(P, K)` int64.
    logits : Tensor
        `(P, 96, 96)` float32, the masks.
    truth : Tensor
        `(P, 96, 96)` float32, the share of each cell that the object covers.

    Returns
    -------
    points : Tensor
        `(P, K + 1, 2)` float32.
    labels : Tensor
        `(P, K + 1)` int64.
    """
    found = (logits > 0).cpu().numpy()
    target = (truth > 0.5).cpu().numpy()
    new_points = np.zeros((len(found), 1, 2), np.float32)
    new_labels = np.full((len(found), 1), NO_POINT)
    for index in range(len(found)):
        click = random_error_point(rng, target[index], found[index])
        if click is not None:
            (row, column), label = click
            new_points[index, 0] = (2 * row + 1, 2 * column + 1)  # centre of a cell of 2 pixels
            new_labels[index, 0] = label
    return (
        torch.cat([points, torch.from_numpy(new_points).to(points.device)], 1),
        torch.cat([labels, torch.from_numpy(new_labels).to(labels.device)], 1),
    )


def _correlation(a: Tensor, b: Tensor) -> Tensor:
    stacked = torch.stack([a.detach().flatten(), b.detach().flatten()])
    return torch.corrcoef(stacked)[0, 1]
