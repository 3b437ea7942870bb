#!/usr/bin/env bash
set -euo pipefail
# shellcheck source=build/common.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/common.sh"

case "${1:-}" in
    -h | --help)
        cat <<'TEXT'
usage: ./build.sh build [MSBUILD ARGUMENT...]

Compiles native/ for this machine into artifacts/native/<rid>/, restores the packages that the lock
files name and no others, and builds the solution. CONFIGURATION=Debug builds for a debugger.
TEXT
        exit 0
        ;;
esac

need_sdk
"$root/build/native.sh" "$(machine_rid)"
say "restore, locked"
dotnet restore "$solution" --locked-mode --verbosity quiet
say "build, $configuration"
dotnet build "$solution" --no-restore --configuration "$configuration" --verbosity quiet "$@"
