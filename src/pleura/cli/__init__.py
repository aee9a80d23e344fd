"""The command line: one verb a file, each a thin call of a public function.

The first sentence of a verb's docstring stands in the list of verbs, and has its room there.
"""

import io
import sys

import typer

from pleura.cli.data import data
from pleura.cli.depth import depth
from pleura.cli.lists import show
from pleura.cli.masks import masks
from pleura.cli.methods import methods
from pleura.cli.new import new
from pleura.cli.options import Version
from pleura.cli.phantom import phantom
from pleura.cli.plan import plan
from pleura.cli.predict import predict
from pleura.cli.report import report
from pleura.cli.run import run
from pleura.cli.scenes import scenes

app = typer.Typer(
    name="pleura",
    help="Find out which way of transferring knowledge works best for your lung images, prove it, "
    "and take the model home.",
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
study = typer.Typer(no_args_is_help=True, help="Plan, run and report a study.")
app.add_typer(study, name="study")
app.add_typer(show, name="list")
app.add_typer(data, name="data")
for of_a_study in (run, plan, report, methods):
    study.command()(of_a_study)
for verb in (new, depth, phantom, scenes, predict, masks):
    app.command()(verb)


@app.callback()
def of_all_verbs(version: Version = False) -> None:
    """Options that stand before a verb."""


def main() -> None:
    """Run the command line; an error a user can mend is one message and exit code 1."""
    # A study must not end because a terminal or a log file cannot show a letter.
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        app()
    except Exception as error:
        from pleura.errors import PleuraError

        # OSError: a full disk, a folder that cannot be written; its text names the file.
        if not isinstance(error, PleuraError | OSError):
            raise
        message = str(error)
        if isinstance(error, OSError) and error.filename and error.strerror:
            message = f"{error.filename}: {error.strerror}"
        typer.echo(f"pleura: {message}", err=True)
        raise SystemExit(1) from None
