#!/usr/bin/env bash
# Runs inside the container (bash -s FOLDER PORT RUNS IDLE): numbers to standard output, each line with its name first.
set -euo pipefail
share="$1" port="$2" runs="$3" idle="$4"
export XDG_CONFIG_HOME="$share/config"
# shellcheck source=build/bench-common.sh
source "$share/bench-common.sh"
edgectl() { "$share/edgectl" --broker "mqtt://127.0.0.1:$port" --key "$share/operator.key" "$@"; }
echo "version $(systemctl --version | head -n 1 | cut -d ' ' -f 2)"

openssl ecparam -name prime256v1 -genkey -noout 2>/dev/null | openssl pkcs8 -topk8 -nocrypt -out "$share/operator.key"
chmod 600 "$share/operator.key"
openssl ec -in "$share/operator.key" -pubout -out "$share/operator.pub" 2>/dev/null
mkdir -p "$share/agent"
printf '[Node]\nName=bench\nLabels=here=yes\nOperatorKeys=../operator.pub\nStateDirectory=state\nRuntimeDirectory=run\nReconnectWindow=2s\nCapacity=tasks=100000\n[Broker]\nUrl=mqtt://127.0.0.1:%s\n[Runtime]\nKind=systemd\n' "$port" >"$share/agent/agent.conf"
systemd-run --quiet --unit=agent-bench -p KillMode=process "$share/edgeagent" run --config "$share/agent/agent.conf"
until edgectl get nodes 2>/dev/null | grep -q online; do sleep 0.2; done
agent="$(systemctl show agent-bench -p MainPID --value)"
mosquitto_sub -p "$port" -t 'edge/v1/default/default/intent/+' -R -F '%U %t' >"$share/intents" &
watcher=$!
trap 'kill "$watcher"' EXIT

document() {
    local name="$1" mode="$2" sandbox="$3"
    printf 'apiVersion: edge/v1\nkind: Workload\nmetadata: {name: %s}\nspec:\n  mode: %s\n  requires: {labels: {here: "yes"}}\n  run: {exec: {command: [/bin/sleep, "1000"]}}\n' "$name" "$mode"
    [[ "$sandbox" == default ]] || printf '  security: {sandbox: %s}\n' "$sandbox"
    printf '  stop: {timeout: 1s}\n---\n'
}

# When systemd had a unit active, its program executed and its namespaces made: nanoseconds since 1970. Work can't write a stamp of
# its own under the default sandbox, and this is the same for whoever started the unit.
active() { date -d "$(systemctl show "$1" --timestamp=us+utc -p ActiveEnterTimestamp --value)" +%s%N; }

published() {
    local name="$1" line=''
    until line="$(awk -v t="/intent/$name" 'substr($2, length($2) - length(t) + 1) == t { print $1; exit }' "$share/intents")" && [[ -n "$line" ]]; do sleep 0.01; done
    echo "$line"
}

# The properties of the agent's unit, for systemd-run.
properties() {
    local name value
    while IFS='=' read -r name value; do
        # What systemctl shows merged (the paths of a user's doors) is given as it stands.
        # Where no call is filtered the number is "to be killed", which systemd-run takes in no form.
        [[ -z "$value" && "$name" != CapabilityBoundingSet ]] || [[ "$name=$value" == SystemCallErrorNumber=2147483646 ]] || printf -- '-p\n%s=%s\n' "$name" "$value"
    done < <(systemctl show "$1" -p NoNewPrivileges,RestrictSUIDSGID,LockPersonality,RestrictRealtime,ProtectKernelLogs,CapabilityBoundingSet,ProtectSystem,ProtectHome,PrivateTmp,ProtectKernelTunables,ProtectKernelModules,ProtectControlGroups,ProtectClock,InaccessiblePaths,DynamicUser,UMask,ProtectHostname,KeyringMode,RestrictNamespaces,RestrictAddressFamilies,SystemCallArchitectures,SystemCallErrorNumber,SystemCallFilter,ProtectProc,PrivateIPC,PrivateDevices,PrivateUsers)
}

# By the agent: sets ours (from the exec of apply to active) and sent (from the intent's PUBLISH), in milliseconds.
apply_one() {
    local start begun
    start="$(now_ns)"
    edgectl apply -f "$share/one.yaml" --wait --timeout 30s >/dev/null
    begun="$(active "edge-$1-0.service")"
    ours="$(awk -v a="$start" -v b="$begun" 'BEGIN { printf "%.3f", (b - a) / 1e6 }')"
    sent="$(awk -v b="$begun" -v p="$(published "$1")" 'BEGIN { printf "%.3f", b / 1e6 - p * 1e3 }')"
}

# The same unit by systemd-run, with the properties that follow: sets bare.
bare_one() {
    local name="$1" start
    shift
    start="$(now_ns)"
    systemd-run --quiet --unit="bare-$name" --slice=edge.slice -p Type=exec "$@" /bin/sleep 1000
    bare="$(awk -v a="$start" -v b="$(active "bare-$name")" 'BEGIN { printf "%.3f", (b - a) / 1e6 }')"
}

# One run of the agent's and one of systemd-run, each until the unit is active: "exec publish systemd-run", in milliseconds. Who is first changes with each run:
# the first process that moves into a new control group after a while waits some milliseconds for the kernel (a grace period of RCU), the second doesn't.
measure() {
    local mode="$1" sandbox="$2" run ours sent bare
    local -a same=()
    document "model-$mode-$sandbox" "$mode" "$sandbox" | edgectl apply -f - --wait --timeout 30s >/dev/null
    if [[ "$sandbox" != none ]]; then mapfile -t same < <(properties "edge-model-$mode-$sandbox-0.service"); fi
    edgectl delete "model-$mode-$sandbox" --wait --timeout 30s >/dev/null
    for ((run = 1; run <= runs; run++)); do
        local name="$mode-$sandbox-$run"
        document "$name" "$mode" "$sandbox" >"$share/one.yaml"
        if ((run % 2 == 1)); then apply_one "$name"; bare_one "$name" "${same[@]}"; else bare_one "$name" "${same[@]}"; apply_one "$name"; fi
        echo "$ours $sent $bare"
        systemctl stop "bare-$name"
        edgectl delete "$name" --wait --timeout 30s >/dev/null
    done
}

burst() {
    local sandbox="$1" count="$2" round first last
    local -a names
    for ((round = 1; round <= 5; round++)); do
        names=()
        : >"$share/many.yaml"
        local i
        for ((i = 1; i <= count; i++)); do
            names+=("burst-$sandbox-$round-$i")
            document "burst-$sandbox-$round-$i" everywhere "$sandbox" >>"$share/many.yaml"
        done
        edgectl apply -f "$share/many.yaml" --wait --timeout 60s >/dev/null
        first="$(systemctl show "edge-burst-$sandbox-$round-*" --timestamp=us+utc -p ActiveEnterTimestamp --value | sed '/^$/d' | date -f - +%s%N | sort -n | sed -n '1p;$p' | paste -sd ' ')"
        read -r first last <<<"$first"
        awk -v a="$first" -v b="$last" -v n="$count" 'BEGIN { printf "%.1f\n", (n - 1) / ((b - a) / 1e9) }'
        edgectl delete "${names[@]}" --wait --timeout 60s >/dev/null
    done
}

# Of a unit that is there, by hand: "ms" from the command's PUBLISH to the answer's, both as another subscriber gets them. The answer is given when
# systemd's job is done.
plain() {
    local run
    printf '[Service]\nType=exec\nExecStart=/bin/sleep 1000\n' >/etc/systemd/system/plain@.service
    systemctl daemon-reload
    mosquitto_sub -p "$port" -t 'edge/v1/default/default/cmd/bench' -t 'edge/v1/default/default/reply/#' -F '%U %t' >>"$share/commands" &
    local listener=$!
    sleep 0.5
    for ((run = 1; run <= runs; run++)); do edgectl start bench "plain@$run" >/dev/null; done
    sleep 0.2
    awk '/\/cmd\// { c = $1 } /\/reply\// { printf "plain %.3f\n", ($1 - c) * 1e3 }' "$share/commands"
    for ((run = 1; run <= 5; run++)); do
        # shellcheck disable=SC2046 # Each is an argument.
        edgectl stop bench $(seq -f 'plain@%g' 1 100) >/dev/null
        sleep 0.2
        : >"$share/commands"
        # shellcheck disable=SC2046
        edgectl start bench $(seq -f 'plain@%g' 1 100) >/dev/null
        sleep 0.2
        awk '/\/cmd\// && !b { b = $1 } /\/reply\// { e = $1; n++ } END { printf "plain-burst %.1f\n", n / (e - b) }' "$share/commands"
    done
    # shellcheck disable=SC2046
    edgectl stop bench $(seq -f 'plain@%g' 1 100) >/dev/null
    kill "$listener"
    # The same by systemctl, which has no network between and starts a process.
    for ((run = 1; run <= runs; run++)); do
        local begun
        begun="$(now_ns)"
        systemctl start "plain@$run"
        awk -v a="$begun" -v b="$(now_ns)" 'BEGIN { printf "systemctl %.3f\n", (b - a) / 1e6 }'
    done
    for ((run = 1; run <= 5; run++)); do
        # shellcheck disable=SC2046
        systemctl stop $(seq -f 'plain@%g' 1 100)
        begun="$(now_ns)"
        # shellcheck disable=SC2046
        systemctl start $(seq -f 'plain@%g' 1 100)
        awk -v a="$begun" -v b="$(now_ns)" 'BEGIN { printf "systemctl-burst %.1f\n", 100 / ((b - a) / 1e9) }'
    done
    # shellcheck disable=SC2046
    systemctl stop $(seq -f 'plain@%g' 1 100)
}

watch_idle() {
    sleep 5
    watch_cpu "$idle" "$agent"
}

echo "idle-before $(watch_idle)"
plain
for sandbox in none relaxed default; do
    measure replicated "$sandbox" | sed "s/^/$sandbox /"
    measure everywhere "$sandbox" | sed "s/^/named-$sandbox /"
    burst "$sandbox" 100 | sed "s/^/burst-$sandbox /"
done
: >"$share/many.yaml"
for ((i = 1; i <= 200; i++)); do document "followed-$i" everywhere none >>"$share/many.yaml"; done
edgectl apply -f "$share/many.yaml" --wait --timeout 60s >/dev/null
sleep 5
echo "idle-after $(watch_idle)"
echo "memory $(awk '/^Rss:/ { r = $2 } /^Pss:/ { p = $2 } /^Private_Dirty:/ { d = $2 } END { printf "RSS %d, PSS %d, private dirty %d kB", r, p, d }' "/proc/$agent/smaps_rollup")"
