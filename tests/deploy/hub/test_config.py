"""Only fields of a card that were thought of leave with a model."""

from pleura.deploy.hub.config import config_of
from tests.deploy.onnx import models


def test_a_field_that_nobody_thought_of_stays() -> None:
    card = models.CLASSES | {
        "step": "ab" * 32,
        "patients": ["P1"],
        "weights_sha256": "cd" * 32,
        "validation_auroc": 0.9,
        "distilled": {"teacher": "whole"},
        "likeness": {"key": "ef" * 32},
        "members": [{"backbone": "squeezenet1_0", "step": "ab" * 32, "weights": {"source": "/a"}}],
        "weights": {
            "name": "w",
            "source": "/home/somebody/w.pt",
            "mean": [0.5],
            "trained_on": ["CheXpert"],
        },
    }
    told = config_of(card)
    assert not {"step", "patients", "likeness"} & told.keys()
    assert told["members"] == [{"backbone": "squeezenet1_0"}]
    assert told["weights"] == {
        "name": "w",
        "source": "w.pt",
        "trained_on": ["CheXpert"],
    }
    unknown = card | {"weights": {"name": "usfm", "source": "a page", "trained_on": None}}
    assert config_of(unknown)["weights"]["trained_on"] is None
    assert told["validation_auroc"] == 0.9
    assert told["distilled"] == {"teacher": "whole"}
    assert told["classes"] == card["classes"]
    assert told["exported"]["likeness"] is False
