"""Where kinds of steps are listed: one line each."""

from pleura.study.kinds import (
    areas,
    cases,
    clips,
    clues,
    depth,
    features,
    fit,
    head,
    heatmaps,
    latency,
    outcome,
    pixels,
    reverse,
    segment,
    similarity,
)

KINDS = {
    "areas": areas,
    "cases": cases,
    "clips": clips,
    "clues": clues,
    "depth": depth,
    "features": features,
    "fit": fit,
    "head": head,
    "heatmaps": heatmaps,
    "latency": latency,
    "outcome": outcome,
    "pixels": pixels,
    "reverse": reverse,
    "segment": segment,
    "similarity": similarity,
}
