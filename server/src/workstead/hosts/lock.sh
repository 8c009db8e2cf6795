#!/bin/sh
# Makes kernel.lock, jupyter.lock and rstudio.lock from the lists beside it.
set -eu
cd "$(dirname "$0")"
lock() {
    version=$1
    shift
    uv pip compile --quiet --universal --python-version "$version" --no-header --no-emit-index-url --no-annotate \
        --generate-hashes --upgrade "$@"
}
lock 3.9 kernel.in --output-file kernel.lock
lock 3.11 jupyter.in --override jupyter.overrides --output-file jupyter.lock
lock 3.11 rstudio.in --no-deps --output-file rstudio.lock
