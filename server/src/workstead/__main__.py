"""``python -m workstead`` is the ``workstead`` command."""

from workstead_cli.main import main

main()
