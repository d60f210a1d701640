"""Many images, and very large ones, with one recipe: here, in processes, or on a cluster."""
