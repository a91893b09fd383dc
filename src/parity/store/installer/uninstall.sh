#!/bin/sh
# Remove the installation that this file stands in, with everything in it; -b asks nothing.
here=$(CDPATH='' cd -P -- "$(dirname -- "$0")" && pwd)
meta=$here/conda-meta/parity-pack
unset PYTHONHOME PYTHONPATH CONDA_PREFIX PARITY_ROOT MAMBA_ROOT_PREFIX
if [ ! -f "$meta/installer.json" ]; then
    echo "ERROR: $here is not what an installer of Parity made" >&2
    exit 1
fi
case ${1:-} in
    -b) ;;
    '')
        if [ -d "$here/envs" ] && [ -n "$(ls -- "$here/envs")" ]; then
            echo "These environments are in it:" && ls -- "$here/envs"
        fi
        printf 'Remove %s? [yes|no] ' "$here"
        read -r answer
        case $answer in
            [Yy] | [Yy][Ee][Ss]) ;;
            *) echo "Nothing was removed." && exit 1 ;;
        esac
        ;;
    *)
        echo "usage: $0 [-b]"
        if [ "$1" = -h ]; then exit 0; else exit 2; fi
        ;;
esac
for program in conda mamba micromamba; do
    if [ -x "$here/condabin/$program" ]; then "$here/condabin/$program" init --all --reverse >/dev/null 2>&1; fi
done
if [ -x "$here/bin/parity" ]; then "$here/bin/parity" init --all --reverse >/dev/null 2>&1; fi
cd /
"$here/bin/python" -I -S -B "$meta/place.py" unregister "$here" "$here" || exit 1
if [ -f "$meta/shared" ]; then
    "$here/bin/python" -I -S -B "$meta/place.py" take-out "$here" "$here" || exit 1
else
    rm -rf -- "$here" || exit 1
fi
echo "Removed $here."
