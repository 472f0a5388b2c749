#!/bin/sh
# Make the locked requirements anew from the lists beside this script. Needs uv.
#
# One file serves CPython 3.11 to 3.14 on x86-64 and aarch64. It holds hashes and no address of an
# index, so that it installs from any mirror. `lock.sh --upgrade` takes the newest versions.
set -eu

cd "$(dirname -- "$0")"
for name in runtime dev; do
    uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
        --no-emit-index-url --custom-compile-command 'requirements/lock.sh' \
        "$@" --output-file "$name.txt" "$name.in"
done
