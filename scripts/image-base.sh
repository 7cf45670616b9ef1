#!/usr/bin/env bash
# Makes the smallest root file system that the Dockerfile can build on, without a registry of images: this machine's Node
# (or the one that is named) with its libraries, and npm. No shell. Prints nothing.
#
#   scripts/image-base.sh <directory> [<node>]
set -euo pipefail
tree=$1
node=${2:-$(command -v node)}
npm=$(dirname "$(dirname "$(readlink -f "$(command -v npm)")")")
mkdir -p "$tree"/{usr/local/{bin,etc,lib/node_modules},usr/bin,tmp,etc/ssl/certs,proc,sys,dev,run}
chmod 1777 "$tree/tmp"
cp "$node" "$tree/usr/local/bin/node"
# npm is started by it.
cp /usr/bin/env "$tree/usr/bin/env"
for library in $(ldd "$node" /usr/bin/env | grep -o ' */[^ :]* (' | tr -d ' (' | sort -u); do
  mkdir -p "$tree$(dirname "$library")"
  cp -L "$library" "$tree$library"
done
cp -r "$npm" "$tree/usr/local/lib/node_modules/npm"
ln -s ../lib/node_modules/npm/bin/npm-cli.js "$tree/usr/local/bin/npm"
# Whom this machine trusts, and what it has downloaded already.
if [ -e /etc/ssl/certs/ca-certificates.crt ]; then
  cp -L /etc/ssl/certs/ca-certificates.crt "$tree/etc/ssl/certs/"
  printf 'cafile=/etc/ssl/certs/ca-certificates.crt\nprefer-offline=true\n' >"$tree/usr/local/etc/npmrc"
fi
