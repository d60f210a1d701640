"""Next and previous image of a folder, with everything saved."""
