"""``workstead migrate``: from a home on one machine to PostgreSQL and object storage."""

from __future__ import annotations

import click


@click.command(short_help="Move a home's database to PostgreSQL, its bytes to another store.")
@click.option("--to", "database", metavar="URL", help="An empty PostgreSQL database: postgresql://user@host/name.")
@click.option("--storage", metavar="KIND", help="Kind of storage to move the bytes to, such as bucket.")
@click.option("--storage-url", metavar="URL", help="Where that kind keeps them, such as s3://name.")
def migrate(database: str | None, storage: str | None, storage_url: str | None) -> None:
    """Move a home's database to PostgreSQL, its bytes to another store, or both.

    The server must be stopped. Everything is copied, then compared row by row and blob by blob; the home keeps what
    it has. Run the same command again if it broke off. It ends with the settings to start servers with.
    """
    if database is None and storage is None:
        raise click.UsageError("say where to: --to for the database, --storage for the bytes, or both")
    if storage_url is not None and storage is None:
        raise click.UsageError("--storage-url needs --storage, the kind of storage that is there")
    # Loaded here, so that `workstead --help` stays quick.
    from workstead.commands.moving import move_database, move_storage  # noqa: PLC0415
    from workstead.foundation.home import Home  # noqa: PLC0415
    from workstead.settings import load_settings  # noqa: PLC0415

    settings = load_settings()
    home = Home(settings.home)
    wanted: dict[str, str] = {}
    try:
        if database is not None:
            wanted["DATABASE_URL"] = move_database(settings, database)
        if storage is not None:
            move_storage(settings, storage, storage_url or "")
            wanted |= {"STORAGE": storage, "STORAGE_URL": storage_url or ""}
    finally:
        home.release()
    click.echo("\nStart servers with these settings; the home keeps its token, master key, data sets and instances.")
    for name, value in wanted.items():
        click.echo(f"  WORKSTEAD_{name}={value}")
