#!/usr/bin/env bash
set -euo pipefail
# shellcheck source=build/common.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/common.sh"
# shellcheck source=build/bench-common.sh
source "$root/build/bench-common.sh"

usage() {
    cat <<'TEXT'
usage: ./build.sh bench [--runs N] [--idle SECONDS]
       ./build.sh bench systemd [--runs N] [--idle SECONDS]
       ./build.sh bench profile [--runs N]
       ./build.sh bench placement --nodes FILE.csv --pods FILE.csv [--seeds N] [--ring K] [--policy P,...] [-o json]
       ./build.sh bench load [--nodes N] [--load PERCENT] [--seeds N]
       ./build.sh bench decide
       ./build.sh bench scale [--nodes N,...] [--restart NODES/SLOTS,...] [--more SLOTS] [--churn MINUTES]

Publishes the binaries of exactly these sources, measures whole programs on this machine and writes
docs/RESOURCE_LIMITS.md: sizes, start, memory and idle CPU, deployment, messages of a placement. Measure on
a quiet machine; some minutes. `bench systemd` measures the systemd runtime against systemd-run in a container that
systemd has booted (as root), and writes docs/results/systemd-overhead.md. `bench profile` measures in a virtual machine what a
profile of AppArmor adds to a start, and writes docs/results/profile.md. `bench scale` measures cells of many
nodes in the simulator, and writes docs/results/scale.md. `bench placement` races peers for the jobs of a cluster's trace
against schedulers that see every node, and writes docs/results/placement.md. `bench load` does so on a cell of mixed machines that
is nearly full, and writes docs/results/load.md. `bench decide` measures how long a node needs to
filter and score one workload, and writes docs/results/decide.md.

  --runs N        deployments of each kind, 50 unless given
  --idle SECONDS  how long three idle agents are watched, 300 unless given
TEXT
}

if [[ "${1:-}" == systemd ]]; then
    shift
    exec "$root/build/bench-systemd.sh" "$@"
fi
if [[ "${1:-}" == profile ]]; then
    shift
    exec "$root/build/bench-profile.sh" "$@"
fi
if [[ "${1:-}" == scale ]]; then
    shift
    exec "$root/build/bench-scale.sh" "$@"
fi
if [[ "${1:-}" == placement ]]; then
    shift
    exec "$root/build/bench-placement.sh" "$@"
fi
if [[ "${1:-}" == load ]]; then
    shift
    exec "$root/build/bench-load.sh" "$@"
fi
if [[ "${1:-}" == decide ]]; then
    exec "$root/build/bench-decide.sh"
fi
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
agents=()
secure_agent=''
mosquitto_pid=''
cleanup() {
    "$bin/edgectl" down --dir "$work/fleet" >/dev/null 2>&1 || true
    [[ -z "$mosquitto_pid" ]] || kill "$mosquitto_pid" "$secure_agent" 2>/dev/null || true
    rm -rf "$work"
}
trap cleanup EXIT

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

# The same start by the same runtime with nothing around it: edge-shim itself, on the folder of a unit as an agent writes it.
bare_start() {
    local folder="$work/bare/hello.0" start
    rm -rf "$work/bare"
    mkdir -p "$folder"
    cp "$work/spec" "$folder/spec"
    rm -f "$work/stamps/bare"
    start="$(now_ns)"
    "$bin/edge-shim" "$folder" >/dev/null 2>&1 &
    local shim=$!
    while [[ ! -s "$work/stamps/bare" ]]; do sleep 0.002; done
    wait "$shim" 2>/dev/null || true
    awk -v a="$start" -v b="$(cat "$work/stamps/bare")" 'BEGIN { printf "%.3f", (b - a) / 1e6 }'
}

# Deployments, each on an idle fleet, and a bare start after each. Of each run one line, in milliseconds: from the exec
# of `edgectl apply` to the stamp of the last process, from the intent's arrival at another subscriber, the bare start.
deploy() {
    local label="$1" replicas="$2" count="$3" run start last published
    mosquitto_sub -p "$port" -t 'edge/v1/default/default/intent/+' -R -F '%U %t' >"$work/intents" &
    local watcher=$!
    sleep 0.3
    for ((run = 1; run <= count; run++)); do
        local name="$label-$run"
        manifest "$name" "$replicas" >"$work/$name.yaml"
        start="$(now_ns)"
        "${edgectl[@]}" apply -f "$work/$name.yaml" --wait --timeout 60s >/dev/null
        last="$(sort -n "$work/stamps/$name" | tail -n 1)"
        [[ "$(wc -l <"$work/stamps/$name")" -eq "$replicas" ]] || say "bench: $name started $(wc -l <"$work/stamps/$name") times, $replicas were wanted"
        published="$(awk -v t="/intent/$name" 'substr($2, length($2) - length(t) + 1) == t { print $1; exit }' "$work/intents")"
        awk -v a="$start" -v b="$last" -v p="$published" -v bare="$(bare_start)" 'BEGIN { printf "%.3f %.3f %.3f\n", (b - a) / 1e6, b / 1e6 - p * 1e3, bare }'
        "${edgectl[@]}" delete "$name" --wait --timeout 60s >/dev/null
    done
    kill "$watcher"
    wait "$watcher" 2>/dev/null || true
}

# One row for each column of deploy's lines.
deployment() {
    local label="$1" replicas="$2" count="$3" what="$4" exec_budget="$5" publish_budget="$6"
    say "bench: $what, $count runs"
    deploy "$label" "$replicas" "$count" >"$work/$label.runs"
    ratio() { awk -v c="$1" '{ print $c / $3 }' "$work/$label.runs" | percentiles; }
    row "$what: exec of apply to the process's own stamp" "$(cut -d ' ' -f 1 "$work/$label.runs" | percentiles) ms; $(ratio 1) bare starts" "$exec_budget"
    row "$what: from the intent's PUBLISH" "$(cut -d ' ' -f 2 "$work/$label.runs" | percentiles) ms; $(ratio 2) bare starts" "$publish_budget"
}

# Starts a fleet, and takes the spec that its first unit gets as the bare start's, with the stamp's file changed.
fleet_up() {
    local nodes="$1"
    shift
    rm -rf "$work/fleet"
    env "$@" "$bin/edgectl" up --nodes "$nodes" --port "$port" --dir "$work/fleet" --detach >/dev/null 2>&1
    mapfile -t agents < <(cat "$work"/fleet/node-*/agent.pid)
    manifest model 1 >"$work/model.yaml"
    "${edgectl[@]}" apply -f "$work/model.yaml" --wait --timeout 60s >/dev/null
    local spec
    spec="$(find "$work"/fleet/node-*/state/work -path '*model*' -name spec | head -n 1)"
    sed "s#$work/stamps/model; exec sleep 1000#$work/stamps/bare#; s/always/never/" "$spec" >"$work/spec"
    "${edgectl[@]}" delete model --wait --timeout 60s >/dev/null
}

fleet_down() { "$bin/edgectl" down --dir "$work/fleet" >/dev/null 2>&1; }

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

# Of what a process's memory consists: its mappings, by what is behind them.
memory_parts() {
    awk '
        /^[0-9a-f]+-[0-9a-f]+ / {
            name = $6
            part = name ~ /\/edgeagent$/ ? "edgeagent itself" : name ~ /sqlite/ ? "SQLite" : name ~ /libssl|libcrypto/ ? "OpenSSL" : name ~ /\.so/ ? "libc and other libraries" \
                : name == "[heap]" ? "malloc" : name ~ /stack/ ? "first stack" : name ~ /^\// ? "other files" : "GC heap, malloc arenas, stacks, runtime"
        }
        /^Pss:/ { pss[part] += $2 }
        /^Private_Dirty:/ { dirty[part] += $2 }
        END { for (p in pss) if (pss[p] >= 50) printf "%d %d %s\n", pss[p], dirty[p], p }
    ' "/proc/$1/smaps" | sort -rn | awk '{ p = $1; d = $2; $1 = $2 = ""; sub(/^ +/, ""); printf "%s%s: PSS %d, private dirty %d kB", NR == 1 ? "" : "; ", $0, p, d }'
}

# An agent with ten slots on a TLS listener of Mosquitto, with a client certificate: what a device in the field has.
tls_agent() {
    local tls="$work/tls" tls_port=$((port + 1))
    mkdir -p "$tls"
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=bench-ca -keyout "$tls/ca.key" -out "$tls/ca.crt" 2>/dev/null
    local name
    for name in broker agent; do
        openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=$name" -keyout "$tls/$name.key" -out "$tls/$name.csr" 2>/dev/null
        openssl x509 -req -in "$tls/$name.csr" -CA "$tls/ca.crt" -CAkey "$tls/ca.key" -CAcreateserial -days 2 \
            -extfile <(printf 'subjectAltName=DNS:localhost,IP:127.0.0.1') -out "$tls/$name.crt" 2>/dev/null
    done
    sed '/^listener /,$d' "$root/packaging/mosquitto/edgeagent.conf" >"$tls/mosquitto.conf"
    printf 'listener %s 127.0.0.1\ncafile %s/ca.crt\ncertfile %s/broker.crt\nkeyfile %s/broker.key\nrequire_certificate true\nallow_anonymous true\nuser root\npersistence_location %s/\n' \
        "$tls_port" "$tls" "$tls" "$tls" "$tls" >>"$tls/mosquitto.conf"
    mosquitto -c "$tls/mosquitto.conf" >/dev/null 2>&1 &
    mosquitto_pid=$!
    until (: </dev/tcp/127.0.0.1/"$tls_port") 2>/dev/null; do
        kill -0 "$mosquitto_pid" || die "the Mosquitto with TLS ended at once: see $tls/mosquitto.conf"
        sleep 0.05
    done
    mkdir -p "$work/secure"
    printf '[Node]\nName=secure\nOperatorKeys=../fleet/operator.pub\nStateDirectory=state\nRuntimeDirectory=run\nReconnectWindow=2s\n[Broker]\nUrl=mqtts://localhost:%s\nCaFile=../tls/ca.crt\nCertificateFile=../tls/agent.crt\nKeyFile=../tls/agent.key\n[Runtime]\nKind=process\n' \
        "$tls_port" >"$work/secure/agent.conf"
    "$bin/edgeagent" run --config "$work/secure/agent.conf" 2>"$work/secure/agent.log" &
    secure_agent=$!
    manifest secure 10 >"$work/secure.yaml"
    mkdir -p "$work/secure/config/edgectl"
    printf '{"contexts":[{"name":"secure","broker":"mqtts://localhost:%s","keyFile":"%s/fleet/operator.key","caFile":"%s/ca.crt","certificateFile":"%s/agent.crt","clientKeyFile":"%s/agent.key"}]}' \
        "$tls_port" "$work" "$tls" "$tls" "$tls" >"$work/secure/config/edgectl/contexts.json"
    XDG_CONFIG_HOME="$work/secure/config" "$bin/edgectl" --context secure apply -f "$work/secure.yaml" --wait --timeout 60s >/dev/null
}

mkdir -p "$work/stamps"
: >"$report"
sizes

fleet_up 3
tls_agent
say "bench: three idle agents, and one with ten slots over TLS, for $idle s"
usage="$(watch_cpu "$idle" "${agents[@]}" "$secure_agent")"
row "three idle agents under up" "$(memory "${agents[@]}")" "PSS 8 MB each"
row "one agent with ten slots, TLS with certificates at both ends, after $idle s" "$(memory "$secure_agent")" "PSS 12 MB, private dirty 7 MB"
row "what that agent's memory consists of" "$(memory_parts "$secure_agent")" ""
row "CPU of a core over $idle s: three idle agents, then the one with ten slots" "$usage" "0.1 %"
XDG_CONFIG_HOME="$work/secure/config" "$bin/edgectl" --context secure delete secure --wait --timeout 60s >/dev/null
kill "$secure_agent" "$mosquitto_pid"
wait "$secure_agent" "$mosquitto_pid" 2>/dev/null || true
mosquitto_pid=''

row "start to first status, 10 runs" "$(start_to_status | percentiles) ms" "100 ms"
deployment three-1 1 "$runs" "3 nodes, 1 replica" "p50 90 ms" "p50 40 ms"
deployment three-20 20 "$runs" "3 nodes, the last of 20" "" "300 ms"
deployment three-100 100 "$runs" "3 nodes, the last of 100" "" "1000 ms"
row "three agents after all of these" "$(memory "${agents[@]}")" "private dirty 7 MB"

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
row "messages published by three agents for 20 slots, apply to 5 s after (each is delivered to the three)" "$by_agents ($(awk -v n="$by_agents" 'BEGIN { printf "%.2f", n / 20 }') a slot)" "4 a slot"
fleet_down

fleet_up 20
deployment twenty-1 1 "$runs" "20 nodes, 1 replica" "" ""
deployment twenty-20 20 "$runs" "20 nodes, the last of 20" "" ""
fleet_down

cc -shared -fPIC -O2 -o "$work/slow-fsync.so" "$root/tests/bench/slow-fsync.c"
fleet_up 3 LD_PRELOAD="$work/slow-fsync.so"
grep -q slow-fsync "/proc/${agents[0]}/maps" || die "the slow fsync isn't in the agents: nothing of it would be measured"
deployment slow-1 1 "$runs" "3 nodes, 20 ms added to each fsync, 1 replica" "" ""
deployment slow-20 20 "$runs" "3 nodes, 20 ms added to each fsync, the last of 20" "" ""
deployment slow-100 100 "$runs" "3 nodes, 20 ms added to each fsync, the last of 100" "" ""
fleet_down

{
    printf '# Resource limits, measured\n\n'
    printf '%s\n\n' 'Written by build.sh bench: whole programs on one machine, sandbox none, the process runtime, the embedded broker where no other is named. Times are p50, p95 and the greatest of all runs; behind them the same as multiples of a bare start, edge-shim with the same unit and no agent, after each run. A PUBLISH is timed by its arrival at another subscriber.'
    printf 'date: %s\ncommit: %s\nmachine: %s, %s processors, %s, Linux %s\nruns: %s of each deployment, none dropped\n\n' "$(date -u +%F)" "$(git rev-parse --short HEAD)" \
        "$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)" "$(nproc)" "$(sed -n 's/^PRETTY_NAME="\(.*\)"/\1/p' /etc/os-release)" "$(uname -r)" "$runs"
    printf '| what | measured | budget |\n|---|---|---|\n'
    cat "$report"
} >"$root/docs/RESOURCE_LIMITS.md"
cat "$root/docs/RESOURCE_LIMITS.md"
