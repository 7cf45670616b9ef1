#!/usr/bin/env bash
# Brings Chromium (Debian's package `chromium`), which starts nothing by being installed. Prints the path of the program.
set -euo pipefail
for name in chromium chromium-browser google-chrome; do
  if command -v "$name"; then exit 0; fi
done
"$(dirname "$0")/install-debian-packages.sh" chromium fonts-liberation
command -v chromium
