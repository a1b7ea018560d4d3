#!/usr/bin/env bash
# Fetches axe-core for the accessibility scan of the browser tests, into the folder of what is built. Needs npm.
set -euo pipefail
cd "$(dirname "$0")/.."
target="${CARGO_TARGET_DIR:-$PWD/target}/axe"
mkdir -p "$target"
cd "$target"
npm pack --silent axe-core@4.14 >/dev/null
tar -xzf axe-core-*.tgz package/axe.min.js
echo "$target/package/axe.min.js"
