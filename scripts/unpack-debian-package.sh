#!/usr/bin/env bash
# Brings a program of a Debian package without installing the package, which would start a server.
# Prints the directory that it is in.
#
#   scripts/unpack-debian-package.sh <package> <program>
set -euo pipefail
package=$1
program=$2
if command -v "$program" >/dev/null; then
  dirname "$(command -v "$program")"
  exit 0
fi
cache="${XDG_CACHE_HOME:-$HOME/.cache}/openclaw-liveness-exporter/$package"
if [ ! -x "$cache/usr/bin/$program" ]; then
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
  cd "$work"
  # apt downloads as an unprivileged user of its own.
  chmod 777 "$work"
  if ! apt-get download -q "$package" >&2; then
    if [ "$(id -u)" = 0 ]; then apt-get update -q >&2; else sudo apt-get update -q >&2; fi
    apt-get download -q "$package" >&2
  fi
  # Unpacked beside its place and then put there: an interrupted run leaves no half of it.
  mkdir -p "$(dirname "$cache")"
  unpacked=$(mktemp -d "$cache.XXXXXX")
  trap 'rm -rf "$work" "$unpacked"' EXIT
  dpkg -x "$package"_*.deb "$unpacked"
  rm -rf "$cache"
  mv -T "$unpacked" "$cache"
fi
echo "$cache/usr/bin"
