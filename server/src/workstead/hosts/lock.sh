#!/bin/sh
# Makes kernel.lock and jupyter.lock from kernel.in and jupyter.in beside it.
set -eu
cd "$(dirname "$0")"
lock() {
    uv pip compile --quiet --universal --python-version 3.11 --no-header --no-emit-index-url --no-annotate \
        --generate-hashes --upgrade "$@"
}
lock kernel.in --output-file kernel.lock
lock jupyter.in --override jupyter.overrides --output-file jupyter.lock
