#!/usr/bin/env bash
# Installs those of these Debian packages that are missing, as root or by sudo.
#
#   scripts/install-debian-packages.sh <package>…
set -euo pipefail
is_installed() { [ "$(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }
missing=()
for package in "$@"; do
  is_installed "$package" || missing+=("$package")
done
if [ ${#missing[@]} -eq 0 ]; then exit 0; fi

as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi; }
install_them() {
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "${missing[@]}" >&2
}
if ! install_them; then
  as_root apt-get update -q >&2
  install_them
fi
