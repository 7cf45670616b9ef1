#!/usr/bin/env bash
# Installs Helm's own library, which lints and renders charts without a cluster, and prints the Python to run it with.
#
#   HELM_PYTHON=$(scripts/install-helm.sh)
set -euo pipefail
exec "$(dirname "$0")/install-python-package.sh" helm-python-sdk 0.2.2
