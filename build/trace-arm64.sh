#!/usr/bin/env bash
# Part of ./build.sh test arm64: a seed is the same trace on both architectures, the other one emulated.
set -euo pipefail
# shellcheck source=build/common.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/common.sh"

seeds=(1 2 3 5 7 53)
need_sdk
command -v qemu-aarch64-static >/dev/null || die "qemu-user-static is missing: run ./build.sh setup --lab --cross"

# The lock files are those of what is shipped, and the simulator is not shipped for arm64: published from a copy without them.
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
mkdir "$work/tests"
cp -r "$root"/Directory.* "$root/global.json" "$root/.editorconfig" "$root/src" "$work"
cp -r "$root/tests/EdgeAgent.Simulation" "$work/tests"
find "$work" \( -name packages.lock.json -o -name obj -o -name bin \) -prune -exec rm -rf {} +

publish() {
    dotnet publish "$work/tests/EdgeAgent.Simulation" -c "$configuration" -r "$1" --self-contained -o "$work/$1" -v quiet -clp:ErrorsOnly \
        -p:RestorePackagesWithLockFile=false -p:RestoreLockedMode=false -p:RunAnalyzers=false >&2
}

say "trace: the simulator for linux-x64 and linux-arm64"
publish linux-x64
publish linux-arm64
export DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1
rows="" failed=0
for seed in "${seeds[@]}"; do
    here="$("$work/linux-x64/EdgeAgent.Simulation" --seed "$seed" --trace | sed -n 's/^trace //p')"
    there="$(qemu-aarch64-static "$work/linux-arm64/EdgeAgent.Simulation" --seed "$seed" --trace | sed -n 's/^trace //p')"
    [[ -n "$here" && "$here" == "$there" ]] || failed=$((failed + 1))
    rows+="| $seed | \`$here\` | \`$there\` |"$'\n'
done

{
    printf '# One seed, one trace, on both architectures\n\nWritten by ./build.sh test arm64 (build/trace-arm64.sh). arm64 is emulated by qemu-user. The hash is of everything that happens in a run.\n\n'
    result_stamp "$simulated_code"
    printf '| seed | x86-64 | arm64 |\n|---|---|---|\n%s' "$rows"
} >"$root/docs/results/trace.md"
printf '%s' "$rows"
say "written: docs/results/trace.md"
if [[ "$failed" -gt 0 ]]; then die "trace: $failed of ${#seeds[@]} seeds differ"; fi
