#!/usr/bin/env bash
# ./build.sh bench load: what a race of peers places of the demand on a cell that is nearly full, against one who sees everything, in the simulator.
set -euo pipefail
# shellcheck source=build/common.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/common.sh"

need_sdk
export DOTNET_GCgen0size=0x4000000 DOTNET_TieredPGO=0
project="$root/tests/EdgeAgent.Simulation"
dotnet build -c "$configuration" -v quiet -clp:ErrorsOnly "$project" >&2
rows="$("$project/bin/$configuration/net10.0/EdgeAgent.Simulation" load "$@")"
printf '%s\n' "$rows"
{
    printf '# Placement on a cell that is nearly full, in the simulator\n\nWritten by ./build.sh bench load %s. Boards, gateways, boxes and servers with devices (LoadMix), and jobs of unlike sizes, each a workload of its own, that come one after the other, eight under way, over messages of 5 ms each way; together they ask for so much of the cell. ' "$*"
    printf 'The oracle sees every node and knows all jobs beforehand, and places the greatest first. Demand is the part of the cell that a job asks for, by what it asks most of.\n\n'
    result_stamp "$simulated_code"
    printf '| nodes | jobs | load | policy | seeds | placed by the oracle | by the race | race to oracle (goal 97 %%) |\n|---|---|---|---|---|---|---|---|\n%s\n' "$rows"
} >"$root/docs/results/load.md"
say "written: docs/results/load.md"
