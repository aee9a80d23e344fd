"""`pleura study plan`."""

import gc

from pleura.cli.options import Changes, File, Out, Quick
from pleura.cli.study_file import default_out, read


def plan(file: File, out: Out = None, changes: Changes = None, quick: Quick = False) -> None:
    """Check the data, show the steps and their time. Nothing is trained. Kept are decoded images,
    measurements and, beside --out, images that the study asks to be simulated."""
    from pleura.progress import Terminal

    # What is imported stays: to look for garbage in it meanwhile takes half a second.
    gc.set_threshold(50_000, 20, 20)
    with Terminal() as terminal:
        asked = read(file, changes, quick, terminal)
        from pleura.study.estimate import describe
        from pleura.study.run import Study

        prepared = Study(asked).prepare(
            out or default_out(file, quick), progress=terminal.progress, announce=terminal.say
        )
        terminal.say(describe(asked, prepared))
