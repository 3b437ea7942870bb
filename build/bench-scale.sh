#!/usr/bin/env bash
# ./build.sh bench scale: what placements cost by the size of the cell, in the simulator.
set -euo pipefail
# shellcheck source=build/common.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/common.sh"

arguments=("$@")
[[ ${#arguments[@]} -gt 0 ]] || arguments=(--nodes "10,100,1000,5000" --restart "200/1000,1000/5000" --more 10000 --churn 60)

need_sdk
project="$root/tests/EdgeAgent.Simulation"
dotnet build -c "$configuration" -v quiet -clp:ErrorsOnly "$project" >&2
rows="$("$project/bin/$configuration/net10.0/EdgeAgent.Simulation" scale "${arguments[@]}")"
printf '%s\n' "$rows"
file="$root/docs/results/scale.md"
{
    printf '# Scale, in the simulator\n\nWritten by ./build.sh bench scale %s. Times are simulated: network 5 ms each way, broker 45,000 deliveries a second, start of work 20 ms. Keep-alives are no messages there.\n\n' "${arguments[*]}"
    result_stamp "$simulated_code"
    printf '| what | measured | goal |\n|---|---|---|\n%s\n' "$rows"
} >"$file"
say "written: docs/results/scale.md"
