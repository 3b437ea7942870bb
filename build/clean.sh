#!/usr/bin/env bash
set -euo pipefail
# shellcheck source=build/common.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/common.sh"

case "${1:-}" in
    -h | --help)
        cat <<'TEXT'
usage: ./build.sh clean

Removes artifacts/ and every bin/ and obj/ of src/ and tests/. Keeps .dotnet/ and downloaded packages.
TEXT
        exit 0
        ;;
    '') ;;
    *) wrong_usage "clean takes no argument" ;;
esac

rm -rf "$artifacts"
find "$root/src" "$root/tests" -mindepth 2 -maxdepth 2 -type d \( -name bin -o -name obj \) -exec rm -rf {} +
