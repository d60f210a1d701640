"""Encode once, decode at every click."""
