"""Files in, files out: images with their axes and pixel size, labels with the same."""

from __future__ import annotations
