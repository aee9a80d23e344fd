"""What every part of a study file is made of."""

from pydantic import ConfigDict

from pleura.options import Options


class Section(Options):
    """A part of the study file: no number in it is infinite or nan."""

    model_config = ConfigDict(allow_inf_nan=False)
