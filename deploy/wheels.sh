#!/bin/sh
# A folder from which the gateway installs on a machine without network: deploy/wheels.sh FOLDER
#
# It holds every package of requirements/runtime.txt as a wheel, each checked against its hash, and
# the gateway itself. Run it with the version of Python that the other machine has (PYTHON=...).
# Options after FOLDER go to `pip download`, for a machine of another kind:
#
#     deploy/wheels.sh wheels --platform manylinux_2_28_aarch64
#
# docs/how-to/install-offline.md says how to install from it.
set -eu

root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd -P)

fail() {
    printf 'error: %s\n' "$*" >&2
    exit 1
}

[ $# -ge 1 ] || fail "name the folder to make: deploy/wheels.sh FOLDER"
folder=$1
shift
case $folder in /*) ;; *) folder=$PWD/$folder ;; esac
[ ! -e "$folder" ] || fail "$folder is there already; it was not touched"

python=${PYTHON:-python3}
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null ||
    fail "Python 3.11 or newer is needed; name it with PYTHON=..."

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/wheels"

pip() {
    "$work/venv/bin/python" -m pip --disable-pip-version-check --no-input "$@"
}

echo "fetching the packages" >&2
"$python" -m venv "$work/venv"
pip download --quiet --no-deps --only-binary=:all: --require-hashes \
    --requirement "$root/requirements/runtime.txt" --dest "$work/wheels" "$@"

echo "building the gateway" >&2
# With the build backend of the lock, in the version of the lock, for this machine.
pip install --quiet --require-hashes --requirement "$root/requirements/runtime.txt"
pip wheel --quiet --no-build-isolation --no-deps --wheel-dir "$work/gateway" "$root"

cd "$work/gateway"
wheel=$(echo ./*.whl)
wheel=${wheel#./}
version=$(echo "$wheel" | cut -d- -f2)
{
    cat "$root/requirements/runtime.txt"
    echo "moc-gateway==$version --hash=sha256:$(sha256sum "$wheel" | cut -d' ' -f1)"
} >"$work/wheels/install.txt"
mv "$wheel" "$work/wheels/"

cd "$work/wheels"
# What travels can be compared at the other end, and read out by telephone.
sha256sum -- * >"$work/SHA256SUMS"
mv "$work/SHA256SUMS" .

cd "$root"
mv "$work/wheels" "$folder"
count=$(find "$folder" -name '*.whl' | wc -l)
echo "made $folder: $count wheels; sha256 of SHA256SUMS: $(sha256sum "$folder/SHA256SUMS" | cut -d' ' -f1)" >&2
echo "next: docs/how-to/install-offline.md" >&2
