"""Public sources of images, one a file, and how they are got."""
