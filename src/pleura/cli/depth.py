"""`pleura depth`."""

from pleura.cli.options import Changes, File, Out, Quick
from pleura.cli.study_file import default_out, read


def depth(file: File, out: Out = None, changes: Changes = None, quick: Quick = False) -> None:
    """Probe every depth of a study's pretrained networks. One pass over the images for each."""
    from pleura.progress import Terminal

    with Terminal() as terminal:
        asked = read(file, changes, quick, terminal)
        from pleura.study import depths
        from pleura.study.run import Study

        folder = out or default_out(file, quick)
        table = depths.search_depths(
            Study(asked),
            folder,
            progress=terminal.progress,
            announce=terminal.say,
        )
        terminal.say(depths.describe(table, asked))
        terminal.say(f"figure: {folder / depths.FIGURE}")
