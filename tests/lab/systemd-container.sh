#!/usr/bin/env bash
# Boots a real systemd as first process in a container of this machine's own root file system, and ends it again.
set -euo pipefail

usage() {
    cat <<'TEXT'
usage: systemd-container.sh run COMMAND [ARGUMENT...]   boot, run the command inside, end; its exit code is this one's
       systemd-container.sh boot FOLDER                 boot; FOLDER keeps what is needed to enter and end it
       systemd-container.sh enter FOLDER COMMAND...     run a command inside
       systemd-container.sh end FOLDER                  end it and remove the folder

The container sees this machine's files as they are; what it writes goes to memory, but for /work, which is read-only
in it where it exists, and the folder LAB_SHARE, which both see under the same name. It shares this machine's network, so that a
broker on loopback is reached. Needs root, systemd-nspawn and overlayfs; exit code 77 says that one of them is
missing, and which.
TEXT
}

lack() { printf 'systemd-container: %s\n' "$*" >&2; exit 77; }

boot() {
    local folder="$1" name share=()
    [[ $EUID -eq 0 ]] || lack "needs root"
    command -v systemd-nspawn >/dev/null || lack "systemd-nspawn is missing: run ./build.sh setup"
    mkdir -p "$folder"
    folder="$(realpath "$folder")"
    name="edge-lab-$$"
    mount -t tmpfs -o size=512m,mode=0755 lab "$folder" || lack "can't mount a tmpfs"
    mkdir "$folder/upper" "$folder/work" "$folder/root"
    mount -t overlay -o "lowerdir=/,upperdir=$folder/upper,workdir=$folder/work" overlay "$folder/root" || { umount "$folder"; lack "can't mount an overlay"; }
    # A host that is a container has no unit to boot into, and units of its packages that would only disturb.
    mkdir -p "$folder/root/etc/systemd/system" "$folder/root/var/log/journal"
    ln -sf /usr/lib/systemd/system/multi-user.target "$folder/root/etc/systemd/system/default.target"
    local unit
    for unit in mosquitto.service getty.target console-getty.service systemd-networkd.service systemd-resolved.service ssh.service; do
        ln -sf /dev/null "$folder/root/etc/systemd/system/$unit"
    done
    # What the host's packages enabled (databases, web servers) is not what is tried here, and would fight for the shared network's ports.
    rm -rf "$folder"/root/etc/systemd/system/{multi-user,graphical,sockets,timers,network-online}.target.wants
    : >"$folder/root/etc/machine-id"
    [[ -z "${LAB_SHARE:-}" ]] || share=("--bind=$LAB_SHARE")
    # /tmp of the lower root would be hidden by the container's own.
    SYSTEMD_NSPAWN_TMPFS_TMP=0 systemd-nspawn --quiet -D "$folder/root" -b --register=no --keep-unit -M "$name" --console=pipe "${share[@]}" \
        </dev/null >"$folder/console" 2>&1 &
    echo $! >"$folder/nspawn.pid"
    local tries leader state=''
    for ((tries = 0; tries < 300; tries++)); do
        leader="$(pgrep -P "$(cat "$folder/nspawn.pid")" | head -n 1 || true)"
        if [[ -n "$leader" ]]; then
            echo "$leader" >"$folder/leader.pid"
            state="$(enter "$folder" systemctl is-system-running 2>/dev/null || true)"
            case "$state" in running | degraded) return 0 ;; esac
        fi
        kill -0 "$(cat "$folder/nspawn.pid")" 2>/dev/null || break
        sleep 0.1
    done
    tail -n 20 "$folder/console" >&2
    end "$folder"
    lack "systemd did not come up in 30 s (${state:-nothing was heard of it})"
}

enter() {
    local folder="$1"
    shift
    nsenter -t "$(cat "$folder/leader.pid")" -m -u -i -p -r -w "$@"
}

end() {
    local folder="$1" pid
    folder="$(realpath "$folder")"
    if [[ -s "$folder/leader.pid" ]]; then
        # SIGRTMIN+4 is systemd's power-off.
        kill -s RTMIN+4 "$(cat "$folder/leader.pid")" 2>/dev/null || true
    fi
    pid="$(cat "$folder/nspawn.pid")"
    local tries
    for ((tries = 0; tries < 100; tries++)); do
        kill -0 "$pid" 2>/dev/null || break
        sleep 0.1
    done
    kill -KILL "$pid" 2>/dev/null || true
    umount "$folder/root" || umount -l "$folder/root"
    umount "$folder" || umount -l "$folder"
    rmdir "$folder"
}

case "${1:-}" in
    run)
        shift
        lab="$(mktemp -d "${TMPDIR:-/tmp}/edge-lab.XXXXXX")"
        boot "$lab"
        trap 'end "$lab"' EXIT
        enter "$lab" "$@"
        ;;
    boot) boot "$2" ;;
    enter) shift; enter "$@" ;;
    end) end "$2" ;;
    -h | --help) usage ;;
    *) usage >&2; exit 2 ;;
esac
