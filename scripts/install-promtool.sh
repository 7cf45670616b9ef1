#!/usr/bin/env bash
# Brings promtool and Prometheus (Debian's package `prometheus`). Prints the directory that they are in.
set -euo pipefail
exec "$(dirname "$0")/unpack-debian-package.sh" prometheus promtool
