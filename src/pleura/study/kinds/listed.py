"""Where kinds of steps are listed: one line each."""

from pleura.study.kinds import (
    clues,
    depth,
    features,
    fit,
    head,
    heatmaps,
    latency,
    outcome,
    pixels,
    similarity,
)

KINDS = {
    "clues": clues,
    "depth": depth,
    "features": features,
    "fit": fit,
    "head": head,
    "heatmaps": heatmaps,
    "latency": latency,
    "outcome": outcome,
    "pixels": pixels,
    "similarity": similarity,
}
