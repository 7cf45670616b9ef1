#!/usr/bin/env bash
# Brings Alertmanager and amtool (Debian's package `prometheus-alertmanager`). Prints the directory that they are in.
set -euo pipefail
exec "$(dirname "$0")/unpack-debian-package.sh" prometheus-alertmanager amtool
