"""Volumes: objects prompted on a few slices, carried to all others."""
