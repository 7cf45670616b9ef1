#!/usr/bin/env bash
# Brings Prometheus and Alertmanager with their tools (Debian's packages `prometheus` and `prometheus-alertmanager`)
# without installing the packages, which would start servers. Prints the directories that they are in, joined by `:`.
set -euo pipefail
cd "$(dirname "$0")"
prometheus=$(./install-promtool.sh)
alertmanager=$(./install-alertmanager.sh)
echo "$prometheus:$alertmanager"
