#!/usr/bin/env bash
set -euo pipefail
case "${1:-}" in
    -h | --help)
        echo 'usage: ./build.sh package [ARGUMENT...]'
        echo
        echo 'Not there yet: packages for devices (deb, image, Yocto) come with the packaging issue. Run ./build.sh publish for the bare binaries.'
        exit 0
        ;;
esac
echo 'build.sh: Not there yet: packages for devices (deb, image, Yocto) come with the packaging issue. Run ./build.sh publish for the bare binaries.' >&2
exit 2
