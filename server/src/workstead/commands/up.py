"""``workstead up``: run the server."""

from __future__ import annotations

import click


@click.command(short_help="Run the server until Ctrl-C.")
@click.option("--port", type=int, help="Port to listen on; 0 takes any free one. [default: 8800]")
@click.option("--host", help="Address to listen on. [default: 127.0.0.1]")
@click.option("--stop-instances", is_flag=True, default=None, help="End compute instances when the server stops.")
def up(port: int | None, host: str | None, *, stop_instances: bool | None) -> None:
    """Run the server until Ctrl-C or SIGTERM.

    Everything lies in one folder, ~/.workstead unless WORKSTEAD_HOME says otherwise.
    """
    # Loaded here, so that `workstead --help` stays quick.
    from workstead.commands.serve import serve  # noqa: PLC0415
    from workstead.settings import load_settings  # noqa: PLC0415

    try:
        settings = load_settings(port=port, host=host, stop_instances=stop_instances)
    except ValueError as error:
        raise click.ClickException(str(error)) from error
    serve(
        settings,
        lambda url: click.echo(f"Workstead is at {url}\nIts home is {settings.home}. Ctrl-C stops it."),
    )
