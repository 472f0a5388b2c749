# shellcheck shell=sh
# What `run` and `test` share: a virtual environment in .venv from hashed requirements.
# Sourced with $root set to the folder of the checkout. Needs Python 3.11+ and nothing else.
#
# Each step leaves a stamp in .venv once it is complete; the stamp says what it was made from.
# A broken or outdated step has no fitting stamp and is done again.

venv="$root/.venv"
python="$venv/bin/python"

say() {
    printf '%s\n' "$*" >&2
}

fail() {
    say "error: $*"
    exit 1
}

# Print the first Python that is new enough and can make virtual environments.
find_python() {
    too_old='' no_venv=''
    for candidate in python3 python3.14 python3.13 python3.12 python3.11 python; do
        version=$("$candidate" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null) ||
            continue
        if ! "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            too_old="$candidate is $version"
        elif ! "$candidate" -c 'import venv, ensurepip' 2>/dev/null; then
            no_venv="$candidate ($version)"
        else
            command -v "$candidate"
            return
        fi
    done
    if [ -n "$no_venv" ]; then
        fail "$no_venv has no venv module; on Debian or Ubuntu: apt install python3-venv"
    elif [ -n "$too_old" ]; then
        fail "Python 3.11 or newer is needed, but $too_old"
    fi
    fail "Python 3.11 or newer is needed, and no python3 was found in PATH"
}

# Say what a step is made from: the place, and the content of the files named.
key_of() {
    printf '%s\n' "$root"
    (cd "$root" && cksum "$@")
}

is_done() { # STEP FILE...
    step=$1
    shift
    [ -x "$python" ] && [ -f "$venv/stamp-$step" ] &&
        [ "$(cat "$venv/stamp-$step")" = "$(key_of "$@")" ]
}

mark_done() { # STEP FILE...
    step=$1
    shift
    key_of "$@" >"$venv/stamp-$step.new"
    mv "$venv/stamp-$step.new" "$venv/stamp-$step"
}

# Run pip quietly, count what it has fetched, and show everything if it fails.
pip_install() {
    log="$venv/pip.log"
    is_terminal=0
    if [ -t 2 ]; then is_terminal=1; fi
    {
        "$python" -m pip install --disable-pip-version-check --no-input "$@" 2>&1 ||
            echo 'pip failed'
    } | tee "$log" | awk -v is_terminal="$is_terminal" '
        function show(end) { printf "\r  %d packages%s", count, end; fflush() }
        /^(Collecting|Processing) / { count++; if (is_terminal) show("") }
        /^Installing collected/ { if (is_terminal) show(", installing") }
        END { if (count > 1) printf "%s  %d packages           \n", is_terminal ? "\r" : "", count }
    ' >&2
    if [ "$(tail -n 1 "$log")" = 'pip failed' ]; then
        say "pip could not install the packages; its last lines:"
        tail -n 15 "$log" | sed 's/^/  /' >&2
        fail "setting up $venv did not succeed; the next run tries again"
    fi
}

make_venv() {
    found=$(find_python) || exit 1
    say "making $venv with $("$found" --version 2>&1)"
    "$found" -m venv --clear "$venv" || fail "$found could not make a virtual environment"
}

# Bring .venv up to date for `runtime`, or for `dev` as well.
set_up() {
    # Two commands at once must not build the same environment. (flock is there on every Linux;
    # where it is not, the second command at worst repeats the work.)
    exec 9>"$root/.venv.lock"
    if command -v flock >/dev/null 2>&1; then
        flock 9
    fi
    if ! is_done runtime requirements/runtime.txt requirements/setup.sh ||
        ! "$python" -c '' 2>/dev/null; then
        make_venv
        say "installing what the gateway needs (once)"
        pip_install --require-hashes -r "$root/requirements/runtime.txt"
        mark_done runtime requirements/runtime.txt requirements/setup.sh
    fi
    if ! is_done project pyproject.toml; then
        say "installing the gateway from this folder"
        pip_install --no-build-isolation --no-deps --editable "$root"
        mark_done project pyproject.toml
    fi
    if [ "$1" = dev ] && ! is_done dev requirements/dev.txt; then
        say "installing what the tests need (once)"
        pip_install --require-hashes -r "$root/requirements/dev.txt"
        mark_done dev requirements/dev.txt
    fi
    # Let go of the lock: whatever is started next must not hold it for its lifetime.
    exec 9>&-
}
