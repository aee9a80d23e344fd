"""The verbs of `pleura list`: what a study file can name."""

import typer

show = typer.Typer(no_args_is_help=True, help="List what a study file can name.")


@show.command("backbones")
def list_backbones() -> None:
    """Backbones by name, with their cuts."""
    from pleura.progress import Terminal

    with Terminal(stderr=True):  # networks are built to be measured, which takes seconds
        from pleura.models.listing import describe_backbones

        listed = describe_backbones()
    typer.echo(listed)


@show.command("weights")
def list_weights() -> None:
    """Published weights by name, with what they were trained on."""
    from pleura.models.sources.listed import describe_weights

    typer.echo(describe_weights())


@show.command("strategies")
def list_strategies() -> None:
    """Strategies by name, with their options."""
    from pleura.transfer.listed import describe_strategies

    typer.echo(describe_strategies())


@show.command("unets")
def list_unets() -> None:
    """U-Nets by name, with their options and freezing plans."""
    from pleura.models.unet_options import describe_unets
    from pleura.transfer.freezing_plan import describe_plans

    typer.echo(f"{describe_unets()}\n\nfreeze:\n{describe_plans()}")


@show.command("methods")
def list_methods() -> None:
    """Self-supervised methods by name, with their options."""
    from pleura.tasks.selfsup.listed import describe_methods

    typer.echo(describe_methods())


@show.command("sources")
def list_sources() -> None:
    """Public sources of images, with their terms."""
    from pleura.data.sources.listed import describe_sources

    typer.echo(describe_sources())
