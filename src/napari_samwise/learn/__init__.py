"""Synthetic scenes, click simulation, training and evaluation of the built-in model."""
