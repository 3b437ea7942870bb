#!/usr/bin/env bash
# ./build.sh bench systemd: the systemd runtime against systemd-run, in a container that systemd has booted.
set -euo pipefail
# shellcheck source=build/common.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/common.sh"
# shellcheck source=build/bench-common.sh
source "$root/build/bench-common.sh"

runs=50
idle=60
while [[ $# -gt 0 ]]; do
    case "$1" in
        --runs) runs="$2"; shift 2 ;;
        --idle) idle="$2"; shift 2 ;;
        *) wrong_usage "bench systemd doesn't know \"$1\"" ;;
    esac
done

need_sdk
"$root/build/publish.sh"
bin="$artifacts/$(machine_rid)"
work="$(mktemp -d /var/tmp/edgeagent-bench.XXXXXX)"
lab="$root/tests/lab/systemd-container.sh"
report="$work/report.md"
port=$((30000 + RANDOM % 10000))
mosquitto_pid=''
cleanup() {
    [[ ! -e "$work/lab/keeper.pid" ]] || "$lab" end "$work/lab" || true
    [[ -z "$mosquitto_pid" ]] || kill "$mosquitto_pid" 2>/dev/null || true
    rm -rf "$work"
}
trap cleanup EXIT

# The container sees the folder under its own name, and this machine's network.
mkdir -p "$work/share/stamps" "$work/share/config"
cp "$bin"/* "$root/build/bench-common.sh" "$work/share/"
chmod 755 "$work" "$work/share"
sed '/^listener /,$d' "$root/packaging/mosquitto/edgeagent.conf" >"$work/mosquitto.conf"
printf 'listener %s 127.0.0.1\nallow_anonymous true\nuser root\npersistence_location %s/\n' "$port" "$work" >>"$work/mosquitto.conf"
mosquitto -c "$work/mosquitto.conf" >/dev/null 2>&1 &
mosquitto_pid=$!
: >"$report"
LAB_SHARE="$work/share" "$lab" boot "$work/lab"
say "bench systemd: $runs runs of each, then $idle s idle with 200 units"
"$lab" enter "$work/lab" /bin/bash -s -- "$work/share" "$port" "$runs" "$idle" <"$root/tests/bench/systemd-inside.sh" >"$work/numbers"

of() { sed -n "s/^$1 //p" "$work/numbers"; }
column() { of "$1" | cut -d ' ' -f "$2" | percentiles; }
middle() { of "$1" | sort -n | awk '{ v[NR] = $1 } END { printf "%.0f", v[int((NR + 1) / 2)] }'; }
ratio() { of "$1" | awk -v c="$2" '{ print $c / $3 }' | sort -n | awk '{ v[NR] = $1 } END { printf "%.2f %.2f", v[int((NR + 1) / 2)], v[int(NR * 0.95 + 0.999)] }'; }
row "\`edgectl start\` of a unit on a named node: from the command's PUBLISH to the answer's, which comes when systemd's job is done" "$(column plain 1) ms; systemctl start, by its process: $(column systemctl 1) ms" "p50 4 ms"
row "\`edgectl start\` of 100 units at once: from the first command's PUBLISH to the last answer's" "$(middle plain-burst) starts/s; systemctl start of the same: $(middle systemctl-burst)" "400 starts/s"
for sandbox in none relaxed default; do
    row "sandbox $sandbox: systemd-run with the same properties, exec to active" "$(column "$sandbox" 3) ms" ""
    row "sandbox $sandbox: \`edgectl apply\`, exec to active" "$(column "$sandbox" 1) ms; $(ratio "$sandbox" 1) times systemd-run (p50, p95)" "p50 1.25 times"
    row "sandbox $sandbox: from the intent's PUBLISH to active" "$(column "$sandbox" 2) ms; $(ratio "$sandbox" 2) times systemd-run (p50, p95)" ""
    row "sandbox $sandbox, on a named node (everywhere, and one fits): from the PUBLISH to active" "$(column "named-$sandbox" 2) ms; $(ratio "named-$sandbox" 2) times systemd-run (p50, p95)" ""
    row "sandbox $sandbox: 100 at once on a named node" "$(of "burst-$sandbox" | sort -n | awk '{ v[NR] = $1 } END { printf "%.0f starts/s (the middle of %d times)", v[int((NR + 1) / 2)], NR }')" ""
done
row "the agent's CPU of a core over $idle s, idle with no unit, then following 200 running ones" "$(of idle-before)then $(of idle-after)" "unchanged"
row "the agent's memory with 200 units" "$(of memory)" ""

mkdir -p "$root/docs/results"
{
    printf '# The systemd runtime against systemd-run\n\n'
    printf '%s\n\n' 'Written by build.sh bench systemd, in one container that systemd has booted: one agent as root over systemd'"'"'s private socket, Mosquitto beside it. Each run of the agent'"'"'s has one of systemd-run beside it, before it or after it by turns. Times are p50, p95 and the greatest. A PUBLISH is timed by its arrival at another subscriber; active is systemd'"'"'s own time stamp, after the program was executed (Type=exec).'
    printf 'date: %s\ncommit: %s\ncode: src/EdgeAgent.Linux/Systemd native\nmachine: %s, %s processors, %s, Linux %s, systemd %s\nruns: %s\n\n' "$(date -u +%FT%TZ)" "$(git rev-parse HEAD)" \
        "$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)" "$(nproc)" "$(sed -n 's/^PRETTY_NAME="\(.*\)"/\1/p' /etc/os-release)" "$(uname -r)" "$(of version)" "$runs"
    printf '| what | measured | budget |\n|---|---|---|\n'
    cat "$report"
} >"$root/docs/results/systemd-overhead.md"
cat "$root/docs/results/systemd-overhead.md"
