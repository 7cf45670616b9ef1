#!/usr/bin/env bash
# Installs PyPI's ziglang (a C compiler with Apple's headers of SDK 26.4) into a directory of its own and prints the Python to
# run it with. Needs python3 with venv; says what is missing otherwise.
#
#   ZIGLANG_PYTHON=$(scripts/install-ziglang.sh)
set -euo pipefail
version=0.16.0
directory="${XDG_CACHE_HOME:-$HOME/.cache}/openclaw-liveness-exporter/ziglang-$version"
python="$directory/bin/python3"
if ! "$python" -m ziglang version >/dev/null 2>&1; then
  command -v python3 >/dev/null || { echo "there is no python3" >&2; exit 1; }
  python3 -m venv "$directory" >&2 || { echo "python3 has no venv (Debian: apt-get install python3-venv)" >&2; exit 1; }
  "$python" -m pip install --quiet --disable-pip-version-check "ziglang==$version" >&2
fi
echo "$python"
