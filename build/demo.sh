#!/usr/bin/env bash
set -euo pipefail
# shellcheck source=build/common.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/common.sh"

usage() {
    cat <<'TEXT'
usage: ./build.sh demo [--port PORT]

Sets this machine up, publishes the binaries where they are missing, and shows the product at work: a broker
and three agents, a manifest applied, its replicas placed by the agents themselves, then one agent killed and
its work taken over by the others. Every command is printed before it runs. Nothing is left behind.

  --port PORT   where the broker listens on loopback; a free port unless given
TEXT
}

takeover_seconds_max=60

# The command as one could type it, then its output. Bold on a terminal, plain in a log.
if [[ -t 1 && -z "${NO_COLOR:-}" ]]; then command_format='\n\033[1m$ %s\033[0m\n'; else command_format='\n$ %s\n'; fi

show() {
    # shellcheck disable=SC2059 # one of the two formats above
    printf "$command_format" "${*/#$bin\//}"
    "$@"
}

note() { printf '\n# %s\n' "$*"; }

free_port() {
    local port
    for _ in {1..50}; do
        port=$((20000 + RANDOM % 20000))
        # A connection that is refused means that nobody listens there.
        if ! (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
            printf '%s\n' "$port"
            return
        fi
    done
    die "no free port was found: name one with --port"
}

cleanup() {
    local code=$?
    trap - EXIT INT TERM
    if [[ -d "$fleet" ]]; then
        "$bin/edgectl" down --dir "$fleet" >/dev/null 2>&1 || say "edgectl down failed; what it left is described in $fleet"
        [[ $code -ne 0 ]] || rm -rf "$fleet"
    fi
    [[ $code -eq 0 ]] || say "the demo failed; the agents' logs are in $fleet"
    exit "$code"
}

slots() { "${edgectl[@]}" get slots -o json; }

# The node of the first running slot, whichever the agents chose.
busy_node() { slots | jq -er '[.items[] | select(.workload == "hello" and .phase == "running")][0].node'; }

# Whether all replicas run, and none of them on the node that is gone. A slot is one index: several claims of it count once.
taken_over() {
    slots | jq -e --arg gone "$1" --argjson wanted "$2" \
        '[.items[] | select(.workload == "hello" and .phase == "running" and .node != $gone) | .index] | unique | length == $wanted' >/dev/null
}

wait_for_takeover() {
    local gone="$1" wanted="$2" start="$EPOCHREALTIME" waited
    while true; do
        waited="$(awk -v from="$start" -v to="$EPOCHREALTIME" 'BEGIN { printf "%.1f", to - from }')"
        if taken_over "$gone" "$wanted"; then
            note "all $wanted replicas run on the others, $waited s after the kill"
            return
        fi
        if ((${waited%.*} >= takeover_seconds_max)); then
            show "${edgectl[@]}" get slots
            die "the work of $gone was not taken over within $takeover_seconds_max s"
        fi
        sleep 0.2
    done
}

port=''
while [[ $# -gt 0 ]]; do
    case "$1" in
        -h | --help) usage; exit 0 ;;
        --port) [[ "${2:-}" =~ ^[0-9]+$ ]] || wrong_usage "--port wants a number"; port="$2"; shift 2 ;;
        *) wrong_usage "demo doesn't know \"$1\"" ;;
    esac
done

"$root/build.sh" setup
"$root/build.sh" publish
bin="$artifacts/$(machine_rid)"
port="${port:-$(free_port)}"
edgectl=("$bin/edgectl" --broker "mqtt://127.0.0.1:$port")
fleet="$(mktemp -d "${TMPDIR:-/tmp}/edgeagent-demo.XXXXXX")"
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

note "a broker and three agents on this machine"
show "$bin/edgectl" up --nodes 3 --port "$port" --dir "$fleet" --detach
note "work for them; who runs it, they settle among themselves"
show "${edgectl[@]}" apply -f examples/hello.yaml --wait --timeout 30s
show "${edgectl[@]}" get nodes
show "${edgectl[@]}" get slots
show "${edgectl[@]}" logs hello

victim="$(busy_node)" || die "no slot of hello is running"
replicas="$(slots | jq '[.items[] | select(.workload == "hello") | .index] | unique | length')"
note "$victim has work: its agent is killed, without a chance to say goodbye"
show kill -9 "$(cat "$fleet/node-${victim#node-}/agent.pid")"
wait_for_takeover "$victim" "$replicas"
show "${edgectl[@]}" get slots
show "${edgectl[@]}" get nodes

note "the end of it all"
show "$bin/edgectl" down --dir "$fleet"
rm -rf "$fleet"
