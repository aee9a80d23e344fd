"""Self-supervised methods: what a backbone can learn from images without labels."""

# lightly imports torchvision.
import pleura._torchvision  # noqa: F401
