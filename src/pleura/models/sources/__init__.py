"""Weights that others have trained on medical images, or on very many images, by name: one file a
source, which says where they lie, what they expect and on what they were trained."""
