"""Self-supervised methods: what a backbone can learn from images without labels."""
