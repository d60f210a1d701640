"""Our ViT-B against the one of transformers, both with random weights, on this machine.

    python benchmarks/against_transformers.py [--repeats 3] [--float32]

Needs the dependency group `test`. The ratio is what counts; the times are this machine's.
"""

from __future__ import annotations

import argparse
import statistics
from collections.abc import Callable
from time import perf_counter

import numpy as np
import torch
import transformers

from napari_samwise.model.build import SAM_CONFIGS, build_sam
from napari_samwise.model.device import choose_precision
from napari_samwise.prompts import Prompts

SIDE = 1024
POINT_YX = (400.0, 500.0)


def median_ms(call: Callable[[], object], repeats: int) -> float:
    call()
    times = []
    for _ in range(repeats):
        started = perf_counter()
        call()
        times.append(perf_counter() - started)
    return statistics.median(times) * 1e3


def report(step: str, ours: float, theirs: float) -> None:
    print(f"{step}: {ours:.0f} ms, transformers {theirs:.0f} ms, ratio {theirs / ours:.1f}")


@torch.inference_mode()
def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--float32", action="store_true", help="not the precision of this device")
    arguments = parser.parse_args()

    theirs = transformers.SamModel(transformers.SamConfig()).eval()
    ours = build_sam(SAM_CONFIGS["vit_b"])
    if not arguments.float32:
        ours.precision = choose_precision(ours.device)

    image = np.random.default_rng(0).integers(0, 256, (SIDE, SIDE, 3), dtype=np.uint8)
    pixels = torch.from_numpy(image).permute(2, 0, 1)[None].float() / 255
    report(
        f"encode ({ours.precision})",
        median_ms(lambda: ours.encode(image), arguments.repeats),
        median_ms(lambda: theirs.get_image_embeddings(pixels), arguments.repeats),
    )

    features = ours.encode(image)
    embedding = theirs.get_image_embeddings(pixels)
    prompts = Prompts(points=[POINT_YX])
    point_xy = torch.tensor([[[list(reversed(POINT_YX))]]])

    def decode_ours() -> object:
        return ours.decode(features, (SIDE, SIDE), prompts, multimask=True, keep=1).masks

    def decode_theirs() -> object:
        low = theirs(image_embeddings=embedding, input_points=point_xy).pred_masks[:, 0]
        return torch.nn.functional.interpolate(low, (SIDE, SIDE), mode="bilinear") > 0

    clicks = 10 * arguments.repeats
    report("decode", median_ms(decode_ours, clicks), median_ms(decode_theirs, clicks))


if __name__ == "__main__":
    main()
