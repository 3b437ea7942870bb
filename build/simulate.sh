#!/usr/bin/env bash
set -euo pipefail
# shellcheck source=build/common.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/common.sh"

need_sdk
project="$root/tests/EdgeAgent.Simulation"
dotnet build -c "$configuration" -v quiet -clp:ErrorsOnly "$project" >&2
exec "$project/bin/$configuration/net10.0/EdgeAgent.Simulation" "$@"
