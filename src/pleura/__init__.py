"""pleura: which way of transferring knowledge works best for your lung images."""
