"""The console command ``napari-samwise``: one file a command."""

from __future__ import annotations
