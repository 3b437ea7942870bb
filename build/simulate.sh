#!/usr/bin/env bash
set -euo pipefail
# shellcheck source=build/common.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/common.sh"

need_sdk
project="$root/tests/EdgeAgent.Simulation"
writes=false
mutates=false
arguments=()
for word in "$@"; do
    case "$word" in
        --write) writes=true ;;
        --mutations) mutates=true; arguments+=("$word") ;;
        *) arguments+=("$word") ;;
    esac
done

if [[ "$mutates" == true ]]; then
    # Rules that can be broken are compiled into a build of its own, apart from all others.
    mutated="$artifacts/mutations"
    dotnet build -c "$configuration" -v quiet -clp:ErrorsOnly -p:EdgeMutations=true --artifacts-path "$mutated" "$project" >&2
    program="$mutated/bin/EdgeAgent.Simulation/${configuration,,}/EdgeAgent.Simulation"
else
    dotnet build -c "$configuration" -v quiet -clp:ErrorsOnly "$project" >&2
    program="$project/bin/$configuration/net10.0/EdgeAgent.Simulation"
fi
# Runs allocate much and keep little: they are collected seldom, and compiled without the instruments of a profile.
export DOTNET_GCgen0size=0x4000000 DOTNET_TieredPGO=0
[[ "$writes" == true ]] || exec "$program" "${arguments[@]}"

# A dated result, which `./build.sh check` calls stale when its code has changed; of a series that broke something too.
if [[ "$mutates" == true ]]; then name=mutations title='Broken rules, and the seeds that notice'; else name=seeds title='Seeds'; fi
commit="$(git rev-parse HEAD)"
report="$artifacts/$name.txt"
mkdir -p "$artifacts"
code=0
"$program" "${arguments[@]}" >"$report" || code=$?
{
    printf '# %s\n\nWritten by ./build.sh simulate %s. docs/spec/simulator.md says what is tried and what is checked.\n\n' "$title" "$*"
    result_stamp "$simulated_code" "$commit"
    if [[ "$mutates" == true ]]; then
        cat "$report"
    else
        tail -n 1 "$report"
        printf '\nHow often each fault, moment and rule came up:\n\n'
        # Indented, it is a block of its own to Markdown.
        sed '$d; s/^/    /; s/ *$//' "$report"
    fi
} >"$root/docs/results/$name.md"
tail -n 1 "$report"
say "written: docs/results/$name.md"
exit "$code"
