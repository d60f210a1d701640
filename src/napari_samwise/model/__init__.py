"""The networks, in torch alone: files are named after the boxes of the method's own figure."""
