#!/usr/bin/env bash
# A fleet of devices to try things on: containers booted by systemd, each with the packaged agent, on one network with a real Mosquitto.
set -euo pipefail
here="$(dirname -- "$(realpath -- "${BASH_SOURCE[0]}")")"
# shellcheck source=tests/lab/container.sh
source "$here/container.sh"

usage() {
    cat <<'TEXT'
usage: ./build.sh lab VERB [ARGUMENT...]

  up [N]                  boot N devices (3), n1, n2, …, and a broker; some seconds
  status                  what runs, and how to reach it
  ctl ARGUMENT...         edgectl, with the lab's broker and key
  run NODE COMMAND...     on a device, as root
  journal NODE [ARG...]   its journal: the arguments are journalctl's
  put NODE FILE PATH      a file onto it
  get NODE PATH FILE      a file from it
  partition NODE...       pull its network cable; heal NODE... plugs it in again
  kill NODE...            cut its power
  off NODE...             shut it down; on NODE... boots it again, with the disk that it had
  pause NODE...           stop all its processes, as a machine that swaps; resume NODE... lets them go on
  clock-jump NODE SECONDS set its agent's wall clock this much ahead, or back (-3600). All containers have
                          this machine's one clock: systemd and the work don't jump
  agent kill NODE...      kill -9 of its agent, which stays away; agent start NODE... starts it; agent pid NODE
                          its number on this machine
  broker stop|kill|start|empty
                          the broker; empty: it comes back without what it kept
  bridge NODE...          a second broker, bridged with the first, to which these devices go over
  bridge-cut              nothing passes between the two any more; bridge-heal lets it
  down                    end it all and forget it

EDGE_LAB names the folder that it lives in, /run/edge-lab unless set: one lab for each. Its folder share is seen by
all devices under the same name, and their work may write there. LAB_ROOT names another root file system for the
devices than this machine's, as ./build.sh lab root makes it. Needs root; exit code 77 says that something is missing here, and what.

  root SUITE FOLDER       make a root of Debian, as bookworm or trixie, by mmdebstrap; some minutes
  vm VERB [ARGUMENT...]   the same with one virtual machine: vm --help
TEXT
}

lab="${EDGE_LAB:-/run/edge-lab}"
artifacts="${EDGEAGENT_ARTIFACTS:-$here/../../artifacts/linux-x64}"

die() { printf 'lab: %s\n' "$*" >&2; exit 1; }
say() { printf '== lab: %s\n' "$*"; }
node_folder() {
    [[ -d "$lab/nodes/$1" ]] || die "there is no device $1; there are: $(find "$lab/nodes" -mindepth 1 -maxdepth 1 -printf "%f " 2>/dev/null)"
    printf '%s\n' "$lab/nodes/$1"
}
live_folder() {
    local folder
    folder="$(node_folder "$1")" || exit 1
    container_runs "$folder" || die "$1 is off: ./build.sh lab on $1"
    printf '%s\n' "$folder"
}
# The network card of a device, as the bridge has it.
card() { printf 'vb-%s%s\n' "$(cat "$lab/tag")" "$1"; }

up() {
    local count="${1:-3}" number name pids=() pid failed=0
    need_containers
    [[ "$count" =~ ^[0-9]+$ && "$count" -ge 1 && "$count" -le 50 ]] || die "up takes how many devices, 1 to 50, not \"$count\""
    [[ ! -e "$lab/tag" ]] || die "there is a lab in $lab already: ./build.sh lab down ends it"
    [[ -x "$artifacts/edgeagent" ]] || die "$artifacts/edgeagent is missing: run ./build.sh publish"
    mkdir -p "$lab/nodes" "$lab/share"
    chmod 0777 "$lab/share"
    # A network that nobody here has.
    for ((number = 1; number < 250; number++)); do
        ip link add "elab$number" type bridge 2>/dev/null && break
    done
    [[ "$number" -lt 250 ]] || lack "no bridge can be made here"
    printf 'l%s\n' "$number" >"$lab/tag"
    printf '10.123.%s\n' "$number" >"$lab/net"
    ip addr add "10.123.$number.254/24" dev "elab$number"
    ip link set "elab$number" up
    openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$lab/operator.key" 2>/dev/null
    openssl pkey -in "$lab/operator.key" -pubout -out "$lab/operator.pub"
    cc -shared -fPIC -O2 -Wall -Wextra -Werror -o "$lab/clock.so" "$here/clock.c"
    broker start
    for ((number = 1; number <= count; number++)); do
        name="n$number"
        make_node "$name" "$number"
        power_on "$name" &
        pids+=($!)
    done
    for pid in "${pids[@]}"; do wait "$pid" || failed=1; done
    [[ "$failed" -eq 0 ]] || { down; fail "not every device booted"; }
    say "$count devices on 10.123.$(cut -d. -f3 "$lab/net").0/24, in $lab; ./build.sh lab ctl get nodes"
}

make_node() {
    local name="$1" number="$2" folder="$lab/nodes/$1" root net
    net="$(cat "$lab/net")"
    container_make "$folder" "${LAB_ROOT:-/}"
    : >"$folder/own-network"
    root="$folder/root"
    install -m 0755 "$artifacts/edgeagent" "$artifacts/edge-shim" "$root/usr/bin/"
    install -m 0644 "$artifacts/libe_sqlite3.so" "$root/usr/bin/"
    install -m 0644 "$here/../../packaging/systemd/edgeagent.service" "$root/etc/systemd/system/"
    fence_units "$root/etc/systemd/system"
    mkdir -p "$root/etc/edgeagent" "$root/etc/systemd/system/edgeagent.service.d" "$root/etc/systemd/system/edge-.service.d" "$root/etc/systemd/system/multi-user.target.wants"
    install -m 0644 "$lab/operator.pub" "$root/etc/edgeagent/"
    printf '[Node]\nName=%s\nReconnectWindow=2s\nLabels=lab=%s\n[Broker]\nUrl=mqtt://%s.254:1883\nKeepAlive=3s\n[Runtime]\nKind=systemd\n' \
        "$name" "$name" "$net" >"$root/etc/edgeagent/agent.conf"
    printf '[Unit]\nDefaultDependencies=no\nBefore=network.target\n[Service]\nType=oneshot\nRemainAfterExit=yes\nExecStart=/bin/sh -c "ip link set lo up; ip link set host0 up; ip addr replace %s.%s/24 dev host0"\n' \
        "$net" "$number" >"$root/etc/systemd/system/lab-network.service"
    # Before the agent is: it maps the file.
    install -m 0755 "$lab/clock.so" "$root/usr/lib/lab-clock.so"
    head -c 8 /dev/zero >"$root/var/lib/lab-clock"
    printf '[Service]\nEnvironment=LD_PRELOAD=/usr/lib/lab-clock.so LAB_CLOCK=/var/lib/lab-clock\n' >"$root/etc/systemd/system/edgeagent.service.d/clock.conf"
    # To all units of work (systemd.unit(5), drop-ins of a prefix): they are confined as everywhere, but for this one folder, in which the users of all slots write.
    printf '[Service]\nReadWritePaths=%s\nUMask=0000\n' "$lab/share" >"$root/etc/systemd/system/edge-.service.d/share.conf"
    printf '%s\n' "$name" >"$root/etc/hostname"
    ln -sf ../edgeagent.service ../lab-network.service "$root/etc/systemd/system/multi-user.target.wants/"
}

power_on() {
    local folder tag
    folder="$(node_folder "$1")"
    ! container_runs "$folder" || die "$1 is on"
    tag="$(cat "$lab/tag")"
    container_start "$folder" "$tag$1" "--network-bridge=elab${tag#l}" "--bind=$lab/share"
}

# Each time that its card is new: a cable that was pulled stays so.
container_booted() { [[ ! -e "$1/cut" ]] || ip link set "$(card "${1##*/}")" down; }

broker() {
    local pid='' net
    net="$(cat "$lab/net")"
    [[ ! -s "$lab/broker.pid" ]] || pid="$(cat "$lab/broker.pid")"
    case "${1:-}" in
        start)
            mkdir -p "$lab/broker"
            { sed '/^listener /,$d' "$here/../../packaging/mosquitto/edgeagent.conf"; printf 'listener 1883 %s.254\nallow_anonymous true\nuser root\npersistence_location %s/broker/\n' "$net" "$lab"; } >"$lab/mosquitto.conf"
            setsid mosquitto -c "$lab/mosquitto.conf" </dev/null >>"$lab/mosquitto.log" 2>&1 &
            echo $! >"$lab/broker.pid"
            ;;
        stop) kill "$pid" && wait_end "$pid" ;;
        kill) kill -KILL "$pid" && wait_end "$pid" ;;
        empty)
            end_helper broker
            rm -f "$lab"/broker/*
            broker start
            ;;
        *) die "broker takes stop, kill, start or empty" ;;
    esac
}

# Mosquitto gives both what each keeps when the bridge is new. Between the two stands a relay that can be made to hold its peace, as a pulled cable does.
bridge() {
    local net name
    net="$(cat "$lab/net")"
    mkdir -p "$lab/broker2"
    { sed '/^listener /,$d' "$here/../../packaging/mosquitto/edgeagent.conf"
      printf 'listener 1884 %s.254\nallow_anonymous true\nuser root\npersistence_location %s/broker2/\n' "$net" "$lab"
      printf 'connection lab\naddress %s.254:1885\nbridge_protocol_version mqttv50\nkeepalive_interval 5\nrestart_timeout 1\ntopic # both 1\n' "$net"; } >"$lab/mosquitto2.conf"
    relay
    setsid mosquitto -c "$lab/mosquitto2.conf" </dev/null >>"$lab/mosquitto2.log" 2>&1 &
    echo $! >"$lab/broker2.pid"
    for name in "$@"; do
        sed -i "s,^Url=.*,Url=mqtt://$net.254:1884," "$(node_folder "$name")/root/etc/edgeagent/agent.conf"
        container_enter "$(live_folder "$name")" systemctl restart edgeagent
    done
}

relay() {
    local net
    net="$(cat "$lab/net")"
    setsid systemd-socket-activate -l "$net.254:1885" /usr/lib/systemd/systemd-socket-proxyd "$net.254:1883" </dev/null >>"$lab/relay.log" 2>&1 &
    echo $! >"$lab/relay.pid"
}

bridge_cut() { kill -STOP "$(cat "$lab/relay.pid")"; }
bridge_heal() {
    end_helper relay
    relay
}

# One that was never started, or that a test has ended, leaves nothing to do; one that can't be ended is told.
end_helper() {
    local pid
    [[ -s "$lab/$1.pid" ]] || return 0
    pid="$(cat "$lab/$1.pid")"
    ! kill -0 "$pid" 2>/dev/null || { kill -KILL "$pid" && wait_end "$pid"; }
    rm -f "$lab/$1.pid"
}

wait_end() { while kill -0 "$1" 2>/dev/null; do sleep 0.05; done; }

each() {
    local act="$1" name
    shift
    [[ $# -gt 0 ]] || die "which device? ./build.sh lab status lists them"
    for name in "$@"; do "$act" "$name"; done
}

partition() { : >"$(node_folder "$1")/cut"; ! container_runs "$lab/nodes/$1" || ip link set "$(card "$1")" down; }
heal() { rm -f "$(node_folder "$1")/cut"; ! container_runs "$lab/nodes/$1" || ip link set "$(card "$1")" up; }
power_cut() { container_cut "$(node_folder "$1")"; }
power_off() { container_off "$(node_folder "$1")"; }
# All but the first process, from inside; then the first.
pause() { local f; f="$(live_folder "$1")"; container_enter "$f" kill -STOP -1 || true; kill -STOP "$(cat "$f/leader.pid")"; }
resume() { local f; f="$(live_folder "$1")"; kill -CONT "$(cat "$f/leader.pid")"; container_enter "$f" kill -CONT -1 || true; }

agent() {
    local act="${1:-}" folder name
    shift || true
    [[ $# -gt 0 ]] || die "agent takes kill, start or pid, and a device, as: agent kill n1"
    for name in "$@"; do
        folder="$(live_folder "$name")"
        # shellcheck disable=SC2016 # It is the device's shell that asks.
        case "$act" in
            # What systemd would start again a second later is stopped meanwhile; it has no process any more that this could reach.
            kill) container_enter "$folder" /bin/sh -c 'kill -KILL "$(systemctl show --property=MainPID --value edgeagent)" && systemctl stop edgeagent' ;;
            start) container_enter "$folder" systemctl start edgeagent ;;
            pid) pgrep --oldest --exact --ns "$(cat "$folder/leader.pid")" --nslist pid edgeagent ;;
            *) die "agent takes kill, start or pid, not \"$act\"" ;;
        esac
    done
}

clock_jump() {
    local folder file
    folder="$(live_folder "$1")"
    [[ "${2:-}" =~ ^-?[0-9]+$ ]] || die "clock-jump takes a device and seconds, as: clock-jump n1 -3600"
    file="$folder/root/var/lib/lab-clock"
    # In place, for it is mapped; and on top of earlier jumps.
    python3 -c 'import struct, sys
with open(sys.argv[1], "r+b", buffering=0) as file:
    was, = struct.unpack("=q", file.read(8))
    file.seek(0)
    file.write(struct.pack("=q", was + int(sys.argv[2])))' "$file" "$2"
}

status() {
    local folder state
    [[ -e "$lab/tag" ]] || die "there is no lab in $lab: ./build.sh lab up"
    printf 'broker  %s  mqtt://%s.254:1883  key %s\n' "$(kill -0 "$(cat "$lab/broker.pid")" 2>/dev/null && echo on || echo off)" "$(cat "$lab/net")" "$lab/operator.key"
    for folder in "$lab"/nodes/*; do
        state=off
        ! container_runs "$folder" || state=on
        [[ ! -e "$folder/cut" ]] || state="$state, cable pulled"
        printf '%-7s %s\n' "${folder##*/}" "$state"
    done
}

ctl() { [[ -e "$lab/tag" ]] || die "there is no lab in $lab: ./build.sh lab up"; "$artifacts/edgectl" --broker "mqtt://$(cat "$lab/net").254:1883" --key "$lab/operator.key" "$@"; }

down() {
    local folder pids=() pid helper
    [[ -e "$lab/tag" ]] || return 0
    for folder in "$lab"/nodes/*; do
        [[ -d "$folder/root" ]] || continue
        { container_cut "$folder"; container_remove "$folder"; } &
        pids+=($!)
    done
    for pid in "${pids[@]}"; do wait "$pid" || true; done
    for helper in broker broker2 relay; do end_helper "$helper"; done
    ip link del "elab$(tr -d l <"$lab/tag")" 2>/dev/null || true
    rm -rf "$lab/broker" "$lab/broker2" "$lab/nodes" "$lab/share"
    rm -f "$lab"/{clock.so,tag,net,broker.pid,mosquitto.conf,mosquitto.log,broker2.pid,mosquitto2.conf,mosquitto2.log,relay.pid,relay.log,operator.key,operator.pub}
    rmdir "$lab" 2>/dev/null || true
}

make_root() {
    local suite="${1:-}" folder="${2:-}"
    [[ -n "$suite" && -n "$folder" ]] || die "root takes a suite of Debian and a folder: ./build.sh lab root trixie /var/tmp/trixie"
    [[ ! -e "$folder" ]] || die "$folder is there already"
    command -v mmdebstrap >/dev/null || lack "mmdebstrap is missing: run ./build.sh setup --lab"
    [[ $EUID -eq 0 ]] || lack "making a root needs root"
    mkdir -p "$(dirname "$folder")"
    # Under its name only when it is whole.
    rm -rf "$folder.part"
    mmdebstrap --quiet --variant=minbase --include=systemd,systemd-sysv,systemd-container,dbus,iproute2,procps,libsystemd0,ca-certificates \
        "$suite" "$folder.part" "deb http://deb.debian.org/debian $suite main"
    mv "$folder.part" "$folder"
}

verb="${1:-}"
[[ $# -eq 0 ]] || shift
case "$verb" in
    up | status | ctl | agent | broker | down) "$verb" "$@" ;;
    bridge) bridge "$@" ;;
    bridge-cut) bridge_cut ;;
    bridge-heal) bridge_heal ;;
    partition | heal | pause | resume) each "$verb" "$@" ;;
    kill) each power_cut "$@" ;;
    off) each power_off "$@" ;;
    on) each power_on "$@" ;;
    clock-jump) clock_jump "$@" ;;
    run) folder="$(live_folder "${1:-}")"; shift; container_enter "$folder" "$@" ;;
    journal) folder="$(live_folder "${1:-}")"; shift; container_enter "$folder" journalctl --no-pager "$@" ;;
    put) folder="$(node_folder "${1:-}")"; install -D "$2" "$folder/root$3" ;;
    get) folder="$(node_folder "${1:-}")"; cp "$folder/root$2" "$3" ;;
    root) make_root "$@" ;;
    -h | --help | help) usage ;;
    *) usage >&2; exit 2 ;;
esac
