"""Whether the interface of `pleura serve` says what `pleura predict` says.

    python -m benchmarks.page_parity MODEL IMAGES... [--images 200]

Images are predicted in batches, as `pleura predict` does, and each is sent to the interface, in
this process. Prints the largest difference of a probability, and how often answers and sets differ.
"""

import argparse
import json
import tempfile
from pathlib import Path

import numpy as np
from benchmarks.page_cases import app_of
from starlette.testclient import TestClient

from pleura.deploy.find_images import find_images
from pleura.deploy.package import load_model
from pleura.deploy.predictor import Asked, predictions
from pleura.deploy.record import record_of
from pleura.deploy.server.limits import Limits

RAW = {"Content-Type": "application/octet-stream"}


def main() -> None:
    """Print the differences."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", type=Path)
    parser.add_argument("places", type=Path, nargs="+")
    parser.add_argument("--images", type=int, default=200)
    given = parser.parse_args()
    model = load_model(given.model)
    found = find_images(given.places)
    some = found[:: max(1, len(found) // given.images)][: given.images]
    largest, answers, sets = 0.0, 0, 0
    with tempfile.TemporaryDirectory() as home:
        client = TestClient(app_of(given.model, Path(home), Limits()), base_url="http://localhost")
        asked = [Asked(name, [address]) for name, address in some]
        for (_, address), prediction in zip(some, predictions(model, asked), strict=True):
            told = record_of(model, prediction).model_dump(exclude_none=True)
            answer = client.post("/api/predict", content=Path(address).read_bytes(), headers=RAW)
            assert answer.status_code == 200, answer.text
            page = json.loads(answer.content)
            ours, theirs = ([*each["probabilities"].values()] for each in (told, page))
            largest = max(largest, float(np.abs(np.subtract(ours, theirs)).max()))
            answers += told["answers"] != page["answers"]
            sets += told.get("set") != page.get("set")
    print(
        f"{len(some)} images: largest difference {largest:.1e}, other answers {answers}, "
        f"other sets {sets}"
    )


if __name__ == "__main__":
    main()
