"""Text: from a phrase to the objects that it names."""
