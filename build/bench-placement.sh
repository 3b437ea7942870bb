#!/usr/bin/env bash
# ./build.sh bench placement: how near a race of peers comes to a scheduler that sees every node, on a published trace, in the simulator.
set -euo pipefail
# shellcheck source=build/common.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/common.sh"

need_sdk
export DOTNET_GCgen0size=0x4000000 DOTNET_TieredPGO=0
project="$root/tests/EdgeAgent.Simulation"
dotnet build -c "$configuration" -v quiet -clp:ErrorsOnly "$project" >&2
bench() { "$project/bin/$configuration/net10.0/EdgeAgent.Simulation" placement "$@"; }

# With -o the figures alone: nothing is written.
if [[ " $* " == *' -o '* ]]; then
    bench "$@"
    exit
fi
rows="$(bench "$@")"
printf '%s\n' "$rows"
file="$root/docs/results/placement.md"
{
    printf '# Placement on a published trace, in the simulator\n\nWritten by ./build.sh bench placement %s. The method and the published figures are those of "Beware of Fragmentation" (USENIX ATC 2023). ' "$*"
    printf '`central` sees every node; `race` is agents that each see themselves, over messages of 5 ms each way with eight jobs under way; `ideal` the same rules without time. Deliveries are those of what agents say, by job placed.\n\n'
    result_stamp "$simulated_code"
    printf '| jobs | nodes | policy | ring | candidates | seeds | %% of devices allocated at 90 / 100 / 130 %% demand | deliveries a placement |\n|---|---|---|---|---|---|---|---|\n%s\n' "$rows"
} >"$file"
say "written: docs/results/placement.md"
