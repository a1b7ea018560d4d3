#!/bin/sh
# 500 tests of the kit must take less than 10 times as long as 500 empty tests of tokio, and 5 seconds.
set -eu
cd "$(dirname "$0")/.."
cargo test -q -p jobs-tests --test five_hundred --no-run
for which in empty kits; do
    cargo test -q -p jobs-tests --test five_hundred -- "$which::" |
        sed -n "s/^test result: \(.*passed\).*finished in \(.*\)/$which: \1 in \2/p"
done
