#!/usr/bin/env bash
# Brings promtool (Debian's package `prometheus`) without installing the package, which would start a server.
# Prints the directory that it is in.
set -euo pipefail
if command -v promtool >/dev/null; then
  dirname "$(command -v promtool)"
  exit 0
fi
cache="${XDG_CACHE_HOME:-$HOME/.cache}/openclaw-liveness-exporter/promtool"
if [ ! -x "$cache/usr/bin/promtool" ]; then
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
  cd "$work"
  # apt downloads as an unprivileged user of its own.
  chmod 777 "$work"
  if ! apt-get download -q prometheus >&2; then
    if [ "$(id -u)" = 0 ]; then apt-get update -q >&2; else sudo apt-get update -q >&2; fi
    apt-get download -q prometheus >&2
  fi
  mkdir -p "$cache"
  dpkg -x prometheus_*.deb "$cache"
fi
echo "$cache/usr/bin"
