# shellcheck shell=bash
# Functions for containers whose first process is a real systemd; sourced by the scripts beside it. A container lives in a folder:
#   root/         its file system: an overlay, whose writes go to memory
#   keeper.pid    who boots it, and boots it again when it restarts itself; nspawn.pid the program that holds it, leader.pid its first process,
#                 console what it printed

# Exit code 77 says that something is missing here, and which.
lack() { printf '%s: %s\n' "${0##*/}" "$*" >&2; exit 77; }

# What is there and doesn't work is no lack: a test that meets it has failed.
fail() { printf '%s: %s\n' "${0##*/}" "$*" >&2; exit 1; }

need_containers() {
    [[ $EUID -eq 0 ]] || lack "needs root"
    command -v systemd-nspawn >/dev/null || lack "systemd-nspawn is missing: run ./build.sh setup"
}

# container_make FOLDER [LOWER]: its file system, over another that it never changes.
container_make() {
    local folder="$1" lower="${2:-/}" unit
    mkdir -p "$folder"
    mount -t tmpfs -o size=512m,mode=0755 lab "$folder" || lack "can't mount a tmpfs"
    mkdir "$folder/upper" "$folder/work" "$folder/root"
    mount -t overlay -o "lowerdir=$lower,upperdir=$folder/upper,workdir=$folder/work" overlay "$folder/root" || { umount "$folder"; lack "can't mount an overlay"; }
    # A host that is a container has no unit to boot into, and units of its packages that would only disturb.
    mkdir -p "$folder/root/etc/systemd/system" "$folder/root/var/log/journal"
    ln -sf /usr/lib/systemd/system/multi-user.target "$folder/root/etc/systemd/system/default.target"
    for unit in mosquitto.service getty.target console-getty.service systemd-networkd.service systemd-resolved.service ssh.service; do
        ln -sf /dev/null "$folder/root/etc/systemd/system/$unit"
    done
    # What the host's packages enabled (databases, web servers) is not what is tried here, and would fight for a shared network's ports.
    rm -rf "$folder"/root/etc/systemd/system/{multi-user,graphical,sockets,timers,network-online}.target.wants
    : >"$folder/root/etc/machine-id"
}

# fence_units FOLDER: the packaged units that end exclusive work, into a folder of units.
fence_units() { cp -r "$(dirname -- "$(realpath -- "${BASH_SOURCE[0]}")")"/../../packaging/systemd/edge-* "$1/"; }

# systemd-nspawn ends with it when a container restarts itself, and leaves it to its service manager to start it again (--keep-unit).
restarts_itself=133

# container_start FOLDER NAME ARGUMENT...: boots it; the arguments are systemd-nspawn's. False where it didn't come up.
container_start() {
    local folder="$1" tries state=''
    rm -f "$folder/leader.pid"
    container_keep "$@" </dev/null >>"$folder/console" 2>&1 &
    echo $! >"$folder/keeper.pid"
    for ((tries = 0; tries < 300; tries++)); do
        if [[ -s "$folder/leader.pid" ]]; then
            # Its exit code says no more than this word, which is another than "running" also where all is well enough; before the bus is up it is an error.
            if state="$(container_enter "$folder" systemctl is-system-running 2>&1)" || [[ "$state" == degraded ]]; then return 0; fi
        fi
        container_runs "$folder" || break
        sleep 0.1
    done
    tail -n 20 "$folder/console" >&2
    printf 'systemd did not come up in 30 s (%s)\n' "${state:-nothing was heard of it}" >&2
    return 1
}

# container_keep FOLDER NAME ARGUMENT...: holds it for as long as it lives, through restarts of its own.
container_keep() {
    local folder="$1" name="$2" leader code="$restarts_itself"
    shift 2
    container_group "$folder" "$name"
    while [[ "$code" -eq "$restarts_itself" ]]; do
        # /tmp of the lower root would be hidden by the container's own.
        SYSTEMD_NSPAWN_TMPFS_TMP=0 systemd-nspawn --quiet -D "$folder/root" -b --register=no --keep-unit -M "$name" --console=pipe "$@" &
        echo $! >"$folder/nspawn.pid"
        until leader="$(container_leader "$(cat "$folder/nspawn.pid")")" || ! kill -0 "$(cat "$folder/nspawn.pid")" 2>/dev/null; do sleep 0.05; done
        [[ -z "$leader" ]] || printf '%s\n' "$leader" >"$folder/leader.pid"
        ! declare -F container_booted >/dev/null || container_booted "$folder"
        code=0
        wait "$(cat "$folder/nspawn.pid")" || code=$?
    done
}

# container_leader NSPAWN: the container's first process is its child that is number 1 in a process namespace of its own; another, which makes it, is there for a moment.
container_leader() {
    local pid
    for pid in $(pgrep -P "$1"); do
        if grep -qsE '^NSpid:([[:space:]]+[0-9]+)+[[:space:]]+1$' "/proc/$pid/status"; then
            printf '%s\n' "$pid"
            return 0
        fi
    done
    return 1
}

# container_group FOLDER NAME: this shell goes into control groups of its own, and with it what it becomes. Containers that begin in the same one would take each
# other's units of the same name for theirs.
container_group() {
    local folder="$1" name="$2" tree path
    : >"$folder/groups"
    for tree in /sys/fs/cgroup/systemd /sys/fs/cgroup/unified /sys/fs/cgroup; do
        [[ -w "$tree/cgroup.procs" ]] || continue
        path="$tree/$name"
        mkdir -p "$path"
        echo "$BASHPID" >"$path/cgroup.procs"
        echo "$path" >>"$folder/groups"
    done
}

container_runs() { [[ -s "$1/keeper.pid" ]] && kill -0 "$(cat "$1/keeper.pid")" 2>/dev/null; }

# container_enter FOLDER COMMAND...: in all its namespaces but the network's, unless it has one of its own.
container_enter() {
    local folder="$1" net=()
    shift
    [[ ! -e "$folder/own-network" ]] || net=(-n)
    # nsenter would stop together with its child, as when systemd stops all to end them; then it would never see it end, and the container couldn't end before it had.
    # So a shell waits outside of the container's processes, for one inside that becomes the command: a `kill -1` of the shell's own would meet all of this machine.
    # shellcheck disable=SC2016 # It is the container's shell that asks.
    nsenter -t "$(cat "$folder/leader.pid")" -m -u -i -p "${net[@]}" -r -w --no-fork /bin/sh -c '(exec "$@"); exit $?' sh "$@"
}

# container_off FOLDER: as with its power button. What takes longer than 20 s is cut.
container_off() {
    local folder="$1" tries
    container_runs "$folder" || return 0
    # SIGRTMIN+4 is systemd's power-off. One that ends at this moment needs none.
    if ! kill -s RTMIN+4 "$(cat "$folder/leader.pid")" && container_runs "$folder"; then container_cut "$folder"; fi
    for ((tries = 0; tries < 200; tries++)); do
        container_runs "$folder" || return 0
        sleep 0.1
    done
    container_cut "$folder"
}

# container_cut FOLDER: its power is gone.
container_cut() {
    local folder="$1" nspawn
    container_runs "$folder" || return 0
    # First who would boot it again.
    kill -KILL "$(cat "$folder/keeper.pid")" 2>/dev/null || true
    nspawn="$(cat "$folder/nspawn.pid")"
    # With its first process all others of its process namespace end at once; nspawn itself ends with it, or is ended where it never got so far.
    if ! kill -KILL "$(cat "$folder/leader.pid" 2>/dev/null || printf '%s' "$nspawn")" 2>/dev/null; then kill -KILL "$nspawn" 2>/dev/null || true; fi
    while kill -0 "$nspawn" 2>/dev/null || container_runs "$folder"; do sleep 0.05; done
}

# container_remove FOLDER: one that doesn't run, and all that it wrote.
container_remove() {
    local folder="$1" group
    while read -r group; do
        find "$group" -depth -type d -exec rmdir {} \; 2>/dev/null || true
    done < <(cat "$folder/groups" 2>/dev/null)
    umount "$folder/root" 2>/dev/null || umount -l "$folder/root"
    umount "$folder" 2>/dev/null || umount -l "$folder"
    rmdir "$folder"
}
