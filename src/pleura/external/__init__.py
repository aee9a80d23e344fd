"""A finished model on patients of another place, and whose images it was trained on."""
