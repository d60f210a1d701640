"""Procedural images with exact instance masks: endless, seeded, licence-free.

``make_scene(seed)`` is the whole interface; a new kind of picture is a function
``(rng, size) -> Canvas`` in one of the files here and a line in ``catalogue.py``.
"""

from napari_samwise.learn.scenes.catalogue import SCENE_KINDS, Scene, make_scene

__all__ = ["SCENE_KINDS", "Scene", "make_scene"]
