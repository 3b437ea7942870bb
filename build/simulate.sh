#!/usr/bin/env bash
set -euo pipefail
# shellcheck source=build/common.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/common.sh"

need_sdk
project="$root/tests/EdgeAgent.Simulation"
for word in "$@"; do
    if [[ "$word" == --mutations ]]; then
        # Rules that can be broken are compiled into a build of its own, apart from all others.
        mutated="$artifacts/mutations"
        dotnet build -c "$configuration" -v quiet -clp:ErrorsOnly -p:EdgeMutations=true --artifacts-path "$mutated" "$project" >&2
        exec "$mutated/bin/EdgeAgent.Simulation/${configuration,,}/EdgeAgent.Simulation" "$@"
    fi
done
dotnet build -c "$configuration" -v quiet -clp:ErrorsOnly "$project" >&2
exec "$project/bin/$configuration/net10.0/EdgeAgent.Simulation" "$@"
