#!/bin/sh
# Lock once, build twice under two roots, prove that both are the same, break one and mend it.
set -eu
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

echo "== One machine locks and builds"
export PARITY_ROOT="$work/ann"
parity lock -f environment.yml -o "$work/parity.lock"
parity sync "$work/parity.lock" -n report
parity fingerprint -n report --json > "$work/ann.json"

echo "== The other one builds the same"
export PARITY_ROOT="$work/bob"
parity sync "$work/parity.lock" -n report
parity fingerprint --compare "$work/ann.json" report

echo "== A file is damaged, found and mended"
echo "import antigravity" >> "$PARITY_ROOT"/envs/report/lib/python3.11/site-packages/tabulate/__init__.py
parity verify -n report --lock "$work/parity.lock" && exit 1
parity verify -n report --lock "$work/parity.lock" --fix --yes --quiet
parity fingerprint --compare "$work/ann.json" report
