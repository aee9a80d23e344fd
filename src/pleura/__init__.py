"""pleura: which way of transferring knowledge works best for your lung images.

`Study` runs a study, `load` opens the classifier that it hands over, `load_segmenter` the network
that segments.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pleura.deploy.package import load_model as load
    from pleura.deploy.segmenter import load_segmenter as load_segmenter
    from pleura.study.run import Study as Study

__all__ = ["Study", "load", "load_segmenter"]

_PLACES = {
    "Study": ("pleura.study.run", "Study"),
    "load": ("pleura.deploy.package", "load_model"),
    "load_segmenter": ("pleura.deploy.segmenter", "load_segmenter"),
}


def __getattr__(name: str) -> Any:
    # Loaded on first use: `import pleura` and `pleura --help` stay quick.
    if name not in _PLACES:
        raise AttributeError(f"module 'pleura' has no attribute '{name}'")
    module, attribute = _PLACES[name]
    return getattr(import_module(module), attribute)
