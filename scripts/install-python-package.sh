#!/usr/bin/env bash
# Installs one version of a package of PyPI into a directory of its own and prints the Python to run it with. Needs python3
# with venv; says what is missing otherwise.
#
#   scripts/install-python-package.sh <package> <version>
set -euo pipefail
package=$1
version=$2
directory="${XDG_CACHE_HOME:-$HOME/.cache}/openclaw-liveness-exporter/$package-$version"
python="$directory/bin/python3"
if ! "$python" -m pip show --quiet "$package" >/dev/null 2>&1; then
  command -v python3 >/dev/null || { echo "there is no python3" >&2; exit 1; }
  python3 -m venv "$directory" >&2 || { echo "python3 has no venv (Debian: apt-get install python3-venv)" >&2; exit 1; }
  "$python" -m pip install --quiet --disable-pip-version-check "$package==$version" >&2
fi
echo "$python"
