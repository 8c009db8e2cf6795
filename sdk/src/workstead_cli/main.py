"""``workstead``: runs a command and turns what goes wrong into one sentence and an exit status."""

from __future__ import annotations

import os
import sys
from typing import List, Optional

INTERRUPTED = 130
"""128 + SIGINT, as shells say it."""


def main(args: Optional[List[str]] = None) -> None:
    """Run the command line and exit: 0 done, 1 refused, 2 not understood, 130 interrupted."""
    try:
        status = run(sys.argv[1:] if args is None else args)
        sys.stdout.flush()
    except BrokenPipeError:
        # Whoever read our output has enough. Python would complain once more when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        status = 1
    except KeyboardInterrupt:
        status = INTERRUPTED
    sys.exit(status)


def run(args: List[str]) -> int:
    """Run a command; its exit status."""
    try:
        import click  # noqa: PLC0415  # an extra: the SDK does without
    except ModuleNotFoundError:
        return _refuse("the command line needs click; install it with: pip install 'workstead-sdk[cli]'")
    from workstead_cli.commands import workstead  # noqa: PLC0415
    from workstead_wire.errors import WorksteadError  # noqa: PLC0415

    try:
        status = workstead.main(args, prog_name="workstead", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        status = error.exit_code
    except click.Abort:
        status = INTERRUPTED
    except BrokenPipeError:
        raise
    except (WorksteadError, OSError) as error:
        status = _refuse(str(error))
    return status if isinstance(status, int) else 0


def _refuse(sentence: str) -> int:
    print(f"Error: {sentence}", file=sys.stderr)
    return 1
