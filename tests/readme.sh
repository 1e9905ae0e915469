#!/usr/bin/env bash
# Runs the commands that README.md shows, in a folder of their own, and checks that they reach a position.
set -euo pipefail
cd "$(dirname "$0")/.."
folder=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null || true; rm -rf "$folder"' EXIT
sed -n '/<!-- readme-commands -->/,/^```$/p' README.md | sed '1,2d;$d' > "$folder/commands.sh"
grep -q 'licet sweep' "$folder/commands.sh"
sed -i "s|LICET_DATA=\"\$PWD/data\"|LICET_DATA=\"$folder/data\"|; s|camera-password.txt|$folder/camera-password.txt|g" "$folder/commands.sh"
# The simulator needs a moment to listen; a person typing gives it that.
sed -i 's|^\(licet simulate .*\) &$|\1 \&\nsleep 3|' "$folder/commands.sh"
set -x
source "$folder/commands.sh"
licet position --format json | grep -q '"purchased": 8'
licet sweep --format json | grep -q '"answered": 10'
licet ledger verify
