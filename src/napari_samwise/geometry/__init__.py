"""Regions, axes and frames; numbers only, no pixels."""
