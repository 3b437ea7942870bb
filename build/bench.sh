#!/usr/bin/env bash
set -euo pipefail
# shellcheck source=build/common.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/common.sh"

case "${1:-}" in
    -h | --help)
        cat <<'TEXT'
usage: ./build.sh bench [ARGUMENT...]

Publishes the binaries of exactly these sources and runs tests/EdgeAgent.Benchmarks with the arguments as
given. What they may be, that program says. Measure on a quiet machine.
TEXT
        exit 0
        ;;
esac

need_sdk
"$root/build/publish.sh"
dotnet build "$root/tests/EdgeAgent.Benchmarks" --configuration Release --verbosity quiet -p:RestoreLockedMode=true
EDGEAGENT_ARTIFACTS="$artifacts/$(machine_rid)" \
    exec "$root/tests/EdgeAgent.Benchmarks/bin/Release/net10.0/EdgeAgent.Benchmarks" "$@"
