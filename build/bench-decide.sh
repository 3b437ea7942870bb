#!/usr/bin/env bash
# ./build.sh bench decide: how long a node needs to decide whether and how well one workload fits on it, by BenchmarkDotNet.
set -euo pipefail
# shellcheck source=build/common.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/common.sh"

need_sdk
project="$root/tests/EdgeAgent.Benchmarks"
dotnet build -c "$configuration" -v quiet -clp:ErrorsOnly "$project" >&2
rows="$("$project/bin/$configuration/net10.0/EdgeAgent.Benchmarks")"
printf '%s\n' "$rows"
file="$root/docs/results/decide.md"
{
    printf '# Time to decide\n\nWritten by ./build.sh bench decide. Filter and score of one workload (a share of a device, two facts, a label, a tolerated taint) on a node with 500 slots and eight devices that are each begun to another degree, by BenchmarkDotNet in one process, just-in-time compiled. '
    printf 'Kinds are the different demands among the 500, which fragmentation weighs. The goal is under 50 µs and nothing allocated.\n\n'
    result_stamp 'src/EdgeAgent.Core tests/EdgeAgent.Benchmarks' '' ", load $(cut -d ' ' -f 1 /proc/loadavg)"
    printf '| policy | kinds | mean, µs | standard error, µs | allocated, bytes | goal |\n|---|---|---|---|---|---|\n%s\n' "$rows"
} >"$file"
say "written: docs/results/decide.md"
