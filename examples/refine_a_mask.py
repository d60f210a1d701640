"""Correct a mask with one more click, and feed the mask back so that only the error changes.

python examples/refine_a_mask.py
"""

import skimage.data

import napari_samwise as sw

image = skimage.data.coins()
predictor = sw.Predictor("nano")
embedding = predictor.encode(image)

# A click at the rim of a coin may well mean its relief, or the coin with its neighbour.
prompts = sw.Prompts(points=[(255, 160)])
first = predictor.decode(embedding, prompts)

# Say what is missing and what is too much, and start from the mask that was best.
corrected = prompts.replace(
    points=[(255, 160), (268, 182), (230, 172)], labels=[1, 1, 0], mask=first.logits[0]
)
second = predictor.decode(embedding, corrected)

before, after = first.masks[0], second.masks[0]
print(f"one click      {before.sum():6d} px  predicted IoU {first.scores[0]:.2f}")
print(f"three clicks   {after.sum():6d} px  predicted IoU {second.scores[0]:.2f}")
print(f"pixels changed {(before ^ after).sum():6d}")
