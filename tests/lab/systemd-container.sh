#!/usr/bin/env bash
# Boots a real systemd as first process in a container of this machine's own root file system, and ends it again.
set -euo pipefail
# shellcheck source=tests/lab/container.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/container.sh"

usage() {
    cat <<'TEXT'
usage: systemd-container.sh run COMMAND [ARGUMENT...]   boot, run the command inside, end; its exit code is this one's
       systemd-container.sh boot FOLDER                 boot; FOLDER keeps what is needed to enter and end it
       systemd-container.sh enter FOLDER COMMAND...     run a command inside
       systemd-container.sh end FOLDER                  end it and remove the folder

The container sees this machine's files as they are; what it writes goes to memory, but for the folder LAB_SHARE, which both see
under the same name. So they do the folder LAB_PROGRAMS, which it can't write to. The units of the agent's fence are installed. It shares this machine's network, so that a
broker on loopback is reached. Needs root, systemd-nspawn and overlayfs; exit code 77 says that one of them is
missing, and which.
TEXT
}

boot() {
    local folder share=()
    need_containers
    mkdir -p "$1"
    folder="$(realpath "$1")"
    container_make "$folder"
    [[ -z "${LAB_SHARE:-}" ]] || share=("--bind=$LAB_SHARE")
    [[ -z "${LAB_PROGRAMS:-}" ]] || share+=("--bind-ro=$LAB_PROGRAMS")
    fence_units "$folder/root/etc/systemd/system"
    container_start "$folder" "edge-lab-$$" "${share[@]}" || { end "$folder"; fail "the container did not boot"; }
}

end() {
    local folder
    folder="$(realpath "$1")"
    container_off "$folder"
    container_remove "$folder"
}

case "${1:-}" in
    run)
        shift
        lab="$(mktemp -d "${TMPDIR:-/tmp}/edge-lab.XXXXXX")"
        boot "$lab"
        trap 'end "$lab"' EXIT
        container_enter "$lab" "$@"
        ;;
    boot) boot "$2" ;;
    enter) shift; container_enter "$@" ;;
    end) end "$2" ;;
    -h | --help) usage ;;
    *) usage >&2; exit 2 ;;
esac
