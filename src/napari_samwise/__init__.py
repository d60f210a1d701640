"""Segment Anything, slice-wise, in napari: click, see the mask, keep it."""
