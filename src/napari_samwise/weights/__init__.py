"""Weights: the table of checkpoints, download, verification, safe loading."""
