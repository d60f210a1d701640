"""Procedural images with exact instance masks: endless, seeded, licence-free.

``make_scene(seed)`` is the whole interface; a new kind of picture is a function
``(draw, size) -> Canvas`` in one of the files here and a line in its ``KINDS``. Painters draw all
objects of a layer at once, as tensors, on the CPU or a GPU.
"""

from napari_samwise.learn.scenes.canvas import Scene
from napari_samwise.learn.scenes.catalogue import SCENE_KINDS, make_scene

__all__ = ["SCENE_KINDS", "Scene", "make_scene"]
