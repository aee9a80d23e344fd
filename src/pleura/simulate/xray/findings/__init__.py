"""Chest X-rays of adults with several findings an image, in the shape of CheXpert's table."""
