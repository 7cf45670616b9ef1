#!/usr/bin/env bash
# Installs a C compiler with Apple's headers of SDK 26.4 and prints the Python to run it with (`-m ziglang`).
#
#   ZIGLANG_PYTHON=$(scripts/install-ziglang.sh)
set -euo pipefail
exec "$(dirname "$0")/install-python-package.sh" ziglang 0.16.0
