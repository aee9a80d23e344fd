"""What a server is told of a model that is none; light, since worker processes import it."""

from pleura.deploy.server.schemas import About, Bounds

TOLD = About(
    name="a/best",
    version="1",
    classes=["no", "yes"],
    kind="classes",
    clips=False,
    cautions=[],
    heatmaps=False,
    bounds=Bounds(megabytes=1, megapixels=1, frames=1, seconds=1),
)
