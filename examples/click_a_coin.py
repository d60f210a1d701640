"""Encode a photograph once, then ask for a coin: by a click, by a box, by both.

python examples/click_a_coin.py
"""

import skimage.data

import napari_samwise as sw

image = skimage.data.coins()  # (303, 384) uint8
predictor = sw.Predictor("nano")
embedding = predictor.encode(image)

click = sw.Prompts(points=[(186, 347)])
box = sw.Prompts(box=(154, 313, 219, 381))
both = click.replace(box=box.box)

for name, prompts in {"click": click, "box": box, "both": both}.items():
    prediction = predictor.decode(embedding, prompts)
    for mask, score in zip(prediction.masks, prediction.scores, strict=True):
        print(f"{name:5}  {mask.sum():6d} px  predicted IoU {score:.2f}")

best = predictor.decode(embedding, both, keep=1).masks[0]
