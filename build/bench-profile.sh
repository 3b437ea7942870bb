#!/usr/bin/env bash
# ./build.sh bench profile: what a profile of AppArmor and network rules add to a start, in a virtual machine whose kernel enforces both.
set -euo pipefail
# shellcheck source=build/common.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/common.sh"
# shellcheck source=build/bench-common.sh
source "$root/build/bench-common.sh"

runs=20
while [[ $# -gt 0 ]]; do
    case "$1" in
        --runs) runs="$2"; shift 2 ;;
        *) wrong_usage "bench profile doesn't know \"$1\"" ;;
    esac
done

need_sdk
"$root/build/publish.sh"
work="$(mktemp -d /var/tmp/edgeagent-bench.XXXXXX)"
report="$work/report.md"
export EDGE_LAB="$work/lab"
vm="$root/tests/lab/vm.sh"
cleanup() {
    "$vm" down >/dev/null 2>&1 || true
    rm -rf "$work"
}
trap cleanup EXIT
: >"$report"
"$vm" up

manifest() {
    printf 'apiVersion: edge/v1\nkind: Workload\nmetadata: {name: %s}\nspec:\n  run: {exec: {command: [/bin/sleep, "100000"]}}\n  stop: {timeout: 2s}\n' "$1"
    case "$1" in
        held) printf '  files: {read: [/etc/ssl, /srv], exec: [/bin/cat]}\n' ;;
        network) printf '  network: {connect: ["10.1.0.0/16:5432", "any:53/udp"], listen: [8080]}\n' ;;
    esac
}
# timed NAME COMMAND...: how long it took, in microseconds, behind those before.
timed() {
    local into="$work/$1" from
    shift
    from="$(now_ns)"
    "$@" >/dev/null
    printf '%s\n' "$((($(now_ns) - from) / 1000))" >>"$into"
}
ctl() { "$vm" ctl "$@"; }
applied() { manifest "$1" | ctl apply -f - --wait --timeout 60s; }
gone() { ctl delete "$1" --wait --timeout 60s >/dev/null; }
of() { awk '{ printf "%.1f\n", $1 / 1000 }' "$work/$1" | percentiles; }

say "bench profile: $runs runs of each"
for ((run = 0; run < runs; run++)); do
    timed plain applied plain
    timed plain-second ctl scale plain --replicas=2 --wait --timeout 60s
    gone plain
    timed network applied network
    gone network
    "$vm" run /bin/sh -c 'rm -rf /var/lib/edgeagent/apparmor/*'
    timed cold applied held
    gone held
    timed warm applied held
    timed second ctl scale held --replicas=2 --wait --timeout 60s
    gone held
done
row "\`apply --wait\` of work without a profile" "$(of plain) ms" ""
row "the same with \`files\`, compiled for the first time" "$(of cold) ms" ""
row "the same, compiled before and not in the kernel, as after a boot" "$(of warm) ms" ""
row "the same with \`network\` in its place" "$(of network) ms" ""
row "\`scale --wait\` to a second replica, without a profile" "$(of plain-second) ms" ""
row "the same with a profile, which is in the kernel" "$(of second) ms" ""

{
    printf '# What a profile of AppArmor and network rules add to a start\n\nWritten by build.sh bench profile. From the exec of edgectl on this machine to its end, p50, p95 and the greatest, over Mosquitto on it; the agent is in a virtual machine, whose processor is emulated by qemu and takes some ten times as long as a real one: what counts is how the rows differ.\n\n'
    result_stamp 'src/EdgeAgent.Linux tests/lab' "$(git rev-parse HEAD)" "; inside: Linux $("$vm" run uname -r), AppArmor $("$vm" run apparmor_parser --version | sed -n 's/^AppArmor parser version //p'), emulated"
    printf 'runs: %s\n\n' "$runs"
    printf '| what | measured | budget |\n|---|---|---|\n'
    cat "$report"
} >"$root/docs/results/profile.md"
cat "$root/docs/results/profile.md"
