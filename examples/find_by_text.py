"""Objects chosen by words: adjectives that are measured, and a noun that nano knows."""

from skimage.data import coins

import napari_samwise as sw

image = coins()
predictor = sw.Predictor("nano")  # encodes once for all that follows

everything = sw.segment_everything(image, predictor)
round_things = sw.segment_text(image, "bright round things, whole", predictor)
large = sw.segment_text(image, "large round things", predictor)
small = sw.segment_text(image, "round things, not large", predictor)

print(f"{everything.max()} objects, {round_things.max()} of them bright, round and whole")
print(f"{large.max()} large ones, {small.max()} others")

words = predictor.model.vocabulary
print(f"{len(words)} nouns are known, among them {', '.join(words[:4])}")
