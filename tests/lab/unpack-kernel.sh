#!/usr/bin/env bash
# A hook of mmdebstrap: unpacks the newest kernel that the metapackage KERNEL names into the root, without its installation's scripts.
set -euo pipefail
root="$1"
export APT_CONFIG="$MMDEBSTRAP_APT_CONFIG"
package="$(apt-cache depends "$KERNEL" | sed -n 's/.*Depends: \(linux-image-[0-9][^ ]*\).*/\1/p' | head -n 1)"
cd "$root/tmp"
apt-get download "$package"
dpkg-deb --fsys-tarfile "$package"*.deb | tar -x --keep-directory-symlink -C "$root"
rm -f "$package"*.deb
