#!/usr/bin/env bash
set -euo pipefail
# shellcheck source=build/common.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/common.sh"

usage() {
    cat <<'TEXT'
usage: ./build.sh bench [--runs N] [--idle SECONDS]

Publishes the binaries of exactly these sources, measures whole programs on this machine and writes
docs/RESOURCE_LIMITS.md: sizes, start, memory and idle CPU, deployment, messages of a placement. Measure on
a quiet machine; some minutes.

  --runs N        deployments of each kind, 50 unless given
  --idle SECONDS  how long three idle agents are watched, 300 unless given
TEXT
}

runs=50
idle=300
while [[ $# -gt 0 ]]; do
    case "$1" in
        -h | --help) usage; exit 0 ;;
        --runs) runs="$2"; shift 2 ;;
        --idle) idle="$2"; shift 2 ;;
        *) wrong_usage "bench doesn't know \"$1\"" ;;
    esac
done

need_sdk
"$root/build/publish.sh"
bin="$artifacts/$(machine_rid)"
work="$(mktemp -d "${TMPDIR:-/tmp}/edgeagent-bench.XXXXXX")"
export XDG_CONFIG_HOME="$work/config"
port=$((30000 + RANDOM % 10000))
edgectl=("$bin/edgectl" --broker "mqtt://127.0.0.1:$port")
report="$work/report.md"
cleanup() {
    "$bin/edgectl" down --dir "$work/fleet" >/dev/null 2>&1 || true
    [[ -z "${mosquitto_pid:-}" ]] || kill "$mosquitto_pid" 2>/dev/null || true
    rm -rf "$work"
}
trap cleanup EXIT

now_ns() { date +%s%N; }

# Of numbers, one a line: "p50 p95 greatest".
percentiles() { sort -n | awk '{ v[NR] = $1 } END { if (NR) printf "%.1f %.1f %.1f", v[int((NR + 1) / 2)], v[int(NR * 0.95 + 0.999)], v[NR]; else printf "- - -" }'; }

row() { printf '| %s | %s | %s |\n' "$1" "$2" "$3" >>"$report"; }

manifest() {
    local name="$1" replicas="$2"
    cat <<YAML
apiVersion: edge/v1
kind: Workload
metadata: {name: $name}
spec:
  replicas: $replicas
  run: {exec: {command: [/bin/sh, -c, "date +%s%N >> $work/stamps/$name; exec sleep 1000"]}}
  stop: {timeout: 1s}
YAML
}

# From the exec of `edgectl apply` to the stamp of the last process, in milliseconds; one line a run.
deploy() {
    local replicas="$1" count="$2" run start last
    for ((run = 1; run <= count; run++)); do
        local name="d$replicas-$run"
        manifest "$name" "$replicas" >"$work/$name.yaml"
        start="$(now_ns)"
        "${edgectl[@]}" apply -f "$work/$name.yaml" --wait --timeout 60s >/dev/null
        last="$(sort -n "$work/stamps/$name" | tail -n 1)"
        [[ "$(wc -l <"$work/stamps/$name")" -eq "$replicas" ]] || say "bench: $name started $(wc -l <"$work/stamps/$name") times, $replicas were wanted"
        awk -v a="$start" -v b="$last" 'BEGIN { printf "%.3f\n", (b - a) / 1e6 }'
        "${edgectl[@]}" delete "$name" --wait --timeout 60s >/dev/null
    done
}

bare() {
    local count="$1" run start
    for ((run = 1; run <= count; run++)); do
        start="$(now_ns)"
        /bin/sh -c "date +%s%N > $work/bare"
        awk -v a="$start" -v b="$(cat "$work/bare")" 'BEGIN { printf "%.3f\n", (b - a) / 1e6 }'
    done
}

sizes() {
    local file total=0
    for file in edgeagent libe_sqlite3.so edge-shim; do
        total=$((total + $(stat -c %s "$bin/$file")))
        row "$file" "$(stat -c %s "$bin/$file") bytes" ""
    done
    row "shipped to a device, in all" "$total bytes" "10 MB = 10000000"
    row "edgectl (not on devices)" "$(stat -c %s "$bin/edgectl") bytes" ""
}

# From the exec of an agent to its first status at Mosquitto, by the watcher's clock.
start_to_status() {
    local run start
    mkdir -p "$work/single"
    printf '[Node]\nName=single\nOperatorKeys=../fleet/operator.pub\nStateDirectory=state\nRuntimeDirectory=run\nReconnectWindow=2s\n[Broker]\nUrl=mqtt://127.0.0.1:%s\n' "$port" >"$work/single/agent.conf"
    for ((run = 1; run <= 10; run++)); do
        mosquitto_sub -p "$port" -t edge/v1/default/default/status/single -R -C 1 -F '%U' >"$work/first" &
        local watcher=$!
        sleep 0.2
        start="$(now_ns)"
        "$bin/edgeagent" run --config "$work/single/agent.conf" 2>/dev/null &
        local agent=$!
        wait "$watcher"
        awk -v a="$start" -v b="$(cat "$work/first")" 'BEGIN { printf "%.1f\n", b * 1e3 - a / 1e6 }'
        kill "$agent"
        wait "$agent" || true
    done
}

# Nanoseconds on a processor, of all threads, for each process.
cpu_of() {
    local pid
    for pid in "$@"; do cat /proc/"$pid"/task/*/schedstat | awk '{ sum += $1 } END { printf "%.0f ", sum }'; done
}

memory() {
    local pids=("$@") pid
    for pid in "${pids[@]}"; do
        awk '/^Rss:/ { r = $2 } /^Pss:/ { p = $2 } /^Private_Dirty:/ { d = $2 } END { printf "RSS %d, PSS %d, private dirty %d kB; ", r, p, d }' "/proc/$pid/smaps_rollup"
    done
}

mkdir -p "$work/stamps"
"$bin/edgectl" up --nodes 3 --port "$port" --dir "$work/fleet" --detach >/dev/null 2>&1
mapfile -t agents < <(cat "$work"/fleet/node-*/agent.pid)
say "bench: three agents, idle for $idle s"
before="$(cpu_of "${agents[@]}")"
sleep "$idle"
after="$(cpu_of "${agents[@]}")"
: >"$report"
sizes
row "three idle agents under up" "$(memory "${agents[@]}")" "8 MB PSS each"
row "idle CPU, of a core, all threads, over $idle s (three agents)" "$(awk -v a="$before" -v b="$after" -v t="$idle" 'BEGIN { split(a, x); split(b, y); for (i = 1; i <= 3; i++) printf "%.4f %% ", (y[i] - x[i]) / 1e7 / t }')" "0.1 %"
row "start to first status, 10 runs, embedded broker (p50 p95 greatest)" "$(start_to_status | percentiles) ms" "100 ms"

say "bench: deployments, $runs runs of each"
row "bare start by a shell (p50 p95 greatest)" "$(bare "$runs" | percentiles) ms" ""
row "apply's exec to the process's own stamp, 1 replica on 3 nodes, $runs runs" "$(deploy 1 "$runs" | percentiles) ms" "90 ms p50"
row "the same, the last of 20, $runs runs" "$(deploy 20 "$runs" | percentiles) ms" "300 ms"
row "the same, the last of 100, 10 runs" "$(deploy 100 10 | percentiles) ms" "1000 ms"

say "bench: messages of a placement"
manifest counted 20 >"$work/counted.yaml"
mosquitto_sub -p "$port" -t 'edge/v1/default/default/#' -R -F '%t' >"$work/messages" &
watcher=$!
sleep 0.5
"${edgectl[@]}" apply -f "$work/counted.yaml" --wait --timeout 60s >/dev/null
sleep 5
kill "$watcher"
wait "$watcher" 2>/dev/null || true
by_agents="$(grep -vc -e '/self/' -e '/intent/' "$work/messages" || true)"
row "messages published by agents for 20 slots, apply to 5 s after" "$by_agents ($(awk -v n="$by_agents" 'BEGIN { printf "%.2f", n / 20 }') a slot)" "4 a slot"
mapfile -t agents < <(cat "$work"/fleet/node-*/agent.pid)
row "with 20 slots running on three agents" "$(memory "${agents[@]}")" "private dirty 7 MB, PSS 12 MB (with TLS, not measured here)"

{
    printf '# Resource limits, measured\n\n'
    printf 'Written by `./build.sh bench`; whole programs, sandbox none, the process runtime, the embedded broker.\n\n'
    printf 'date: %s\ncommit: %s\nmachine: %s, %s processors, %s, Linux %s\n\n' "$(date -u +%F)" "$(git rev-parse --short HEAD)" \
        "$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)" "$(nproc)" "$(sed -n 's/^PRETTY_NAME="\(.*\)"/\1/p' /etc/os-release)" "$(uname -r)"
    printf '| what | measured | budget |\n|---|---|---|\n'
    cat "$report"
    printf '\nNot measured here yet: TLS to a broker elsewhere, 20 nodes, 20 ms added to each fsync, from the PUBLISH alone.\n'
} >"$root/docs/RESOURCE_LIMITS.md"
cat "$root/docs/RESOURCE_LIMITS.md"
