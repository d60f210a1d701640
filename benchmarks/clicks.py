"""Encode once, decode at every click: times of a model on a photograph of coins.

python benchmarks/clicks.py [MODEL] [--repeats 20]
"""

from __future__ import annotations

import argparse
import statistics
from time import perf_counter

import numpy as np
import skimage.data

from napari_samwise import Predictor, Prompts, load_model


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model", nargs="?", default="nano")
    parser.add_argument("--repeats", type=int, default=20)
    arguments = parser.parse_args()

    model = load_model(arguments.model)
    predictor = Predictor(model)
    image = skimage.data.coins()
    generator = np.random.default_rng(0)
    encodes, decodes = [], []
    for repeat in range(arguments.repeats + 1):
        started = perf_counter()
        # Shifted each time, or the store would answer.
        embedding = predictor.encode(np.roll(image, repeat, axis=1))
        encoded = perf_counter()
        point = generator.uniform((0, 0), np.array(image.shape) - 1)
        predictor.decode(embedding, Prompts(points=[point]), keep=1)
        encodes.append(encoded - started)
        decodes.append(perf_counter() - encoded)
    # The first of each warms up.
    encode, decode = (statistics.median(times[1:]) * 1e3 for times in (encodes, decodes))
    print(f"{model.name} on {model.device}: encode {encode:.0f} ms, decode {decode:.1f} ms")


if __name__ == "__main__":
    main()
