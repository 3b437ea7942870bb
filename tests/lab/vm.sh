#!/usr/bin/env bash
# A virtual machine with Debian's own kernel, and the agent inside: what containers can't have (AppArmor, cgroup v2 that enforces, an I2C bus, a
# clock of its own, a reboot that is one, a TPM).
set -euo pipefail
here="$(dirname -- "$(realpath -- "${BASH_SOURCE[0]}")")"

usage() {
    cat <<'TEXT'
usage: ./build.sh lab vm VERB [ARGUMENT...]

  image                   make the disk, by mmdebstrap; a minute or two, once
  up                      boot it and start a broker on this machine; about a minute
  status                  whether it runs, and how to reach it
  ctl ARGUMENT...         edgectl, with the lab's broker and key
  run COMMAND...          inside, as root
  journal [ARGUMENT...]   its journal: the arguments are journalctl's
  put FILE PATH           a file into it; get PATH FILE from it
  partition | heal        pull its network cable, plug it in again
  kill | off | on         cut its power, shut it down, boot it again with the disk that it had
  reboot                  from inside, and wait until it is back
  broker start|stop|kill|empty
  down                    end it and forget what it wrote

EDGE_LAB_ARCH is amd64 unless set, or arm64 (slow: a minute to boot). EDGE_LAB_LSM is apparmor unless set, or selinux, enforcing. EDGE_LAB names the folder of what runs, /run/edge-lab-vm unless set;
EDGE_LAB_CACHE that of the images, /var/cache/edge-lab. EDGE_LAB_ACCEL=kvm uses the processor's help where it works; the emulator works everywhere. EDGEAGENT_ARTIFACTS has the published programs. Exit code 77 says that something is
missing here, and what.
TEXT
}

lab="${EDGE_LAB:-/run/edge-lab-vm}"
arch="${EDGE_LAB_ARCH:-amd64}"
lsm="${EDGE_LAB_LSM:-apparmor}"
image="${EDGE_LAB_CACHE:-/var/cache/edge-lab}/vm-bookworm-$arch"
case "$lsm" in
    apparmor) security='apparmor=1 security=apparmor' ;;
    selinux) security='security=selinux selinux=1 enforcing=1' image="$image-selinux" ;;
    *) printf 'lab vm: EDGE_LAB_LSM is apparmor or selinux, not "%s"\n' "$lsm" >&2; exit 2 ;;
esac
case "$arch" in
    amd64) rid=linux-x64 qemu=qemu-system-x86_64 machine=q35 console=ttyS0 tpm=tpm-tis kernel=linux-image-amd64 ;;
    arm64) rid=linux-arm64 qemu=qemu-system-aarch64 machine=virt console=ttyAMA0 tpm=tpm-tis-device kernel=linux-image-arm64 ;;
    *) printf 'lab vm: EDGE_LAB_ARCH is amd64 or arm64, not "%s"\n' "$arch" >&2; exit 2 ;;
esac
artifacts="${EDGEAGENT_ARTIFACTS:-$here/../../artifacts/$rid}"
# Of the tests' own machine, where the tools and the broker run.
tools="${EDGE_LAB_TOOLS:-$here/../../artifacts/linux-x64}"
boot_seconds=600

die() { printf 'lab vm: %s\n' "$*" >&2; exit 1; }
lack() { printf 'lab vm: %s\n' "$*" >&2; exit 77; }
say() { printf '== lab vm: %s\n' "$*" >&2; }
need() { command -v "$1" >/dev/null || lack "$1 is missing: run ./build.sh setup --lab"; }
number() { cat "$lab/$1"; }
runs() { [[ -s "$lab/qemu.pid" ]] && kill -0 "$(number qemu.pid)" 2>/dev/null; }
a_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }

# Programs of the other processor have to run while its disk is made: the kernel is told who runs them.
foreign() {
    command -v qemu-aarch64-static >/dev/null || lack "qemu-aarch64-static is missing: run ./build.sh setup --lab --cross"
    [[ -e /proc/sys/fs/binfmt_misc/register ]] || mount -t binfmt_misc none /proc/sys/fs/binfmt_misc || lack "binfmt_misc can't be mounted"
    [[ -e /proc/sys/fs/binfmt_misc/qemu-aarch64 ]] || update-binfmts --enable qemu-aarch64 || lack "the kernel takes no interpreter for arm64's programs"
}

make_image() {
    local work suite=bookworm more=''
    need mmdebstrap; need mkfs.ext4; need ssh-keygen
    [[ $EUID -eq 0 ]] || lack "making an image needs root"
    need cpio; need depmod
    [[ "$arch" == "$(dpkg --print-architecture)" ]] || foreign
    [[ ! -e "$image/root.ext4" ]] || { say "$image is there already"; return; }
    mkdir -p "$image"
    work="$(mktemp -d /var/tmp/edge-vm.XXXXXX)"
    # shellcheck disable=SC2064 # This folder, whatever the variable holds at the end.
    trap "rm -rf '$work'" EXIT
    [[ "$lsm" != selinux ]] || more=,selinux-basics,selinux-policy-default,policycoreutils
    say "a root of Debian $suite, $arch, $lsm"
    # The kernel is unpacked and not installed: its installation makes an initramfs, which takes an emulated processor for ever.
    mmdebstrap --quiet --variant=minbase --architectures="$arch" \
        --include="systemd,systemd-sysv,dbus,udev,iproute2,procps,apparmor,openssh-server,kmod,i2c-tools,busybox-static$more" \
        --customize-hook="KERNEL=$kernel $here/unpack-kernel.sh \"\$1\"" \
        "$suite" "$work/root" "deb http://deb.debian.org/debian $suite main"
    rm -f "$image/id" "$image/id.pub"
    ssh-keygen -q -t ed25519 -N '' -f "$image/id"
    install -D -m 0600 "$image/id.pub" "$work/root/root/.ssh/authorized_keys"
    printf 'edge-vm\n' >"$work/root/etc/hostname"
    printf '[Match]\nType=ether\n[Network]\nDHCP=ipv4\nLinkLocalAddressing=no\n' >"$work/root/etc/systemd/network/20-lab.network"
    mkdir -p "$work/root/etc/systemd/system/multi-user.target.wants" "$work/root/var/log/journal"
    ln -sf /lib/systemd/system/systemd-networkd.service "$work/root/etc/systemd/system/multi-user.target.wants/"
    : >"$work/root/etc/machine-id"
    cp "$work"/root/boot/vmlinuz-* "$image/vmlinuz"
    make_initrd "$work/root" >"$image/initrd.img"
    rm -rf "$work"/root/var/cache/apt/* "$work"/root/var/lib/apt/lists/*
    if [[ "$lsm" == selinux ]]; then
        printf 'SELINUX=enforcing\nSELINUXTYPE=default\n' >"$work/root/etc/selinux/config"
        # Every file's label, as the policy has it; the disk takes them over.
        mount -t proc proc "$work/root/proc"
        chroot "$work/root" setfiles -F -e /proc /etc/selinux/default/contexts/files/file_contexts / || { umount "$work/root/proc"; die "the files can't be labelled"; }
        umount "$work/root/proc"
    fi
    truncate -s 2G "$image/root.part"
    mkfs.ext4 -q -L root -d "$work/root" "$image/root.part"
    mv "$image/root.part" "$image/root.ext4"
}

# Only what it takes to mount the disk: the rest is udev's business.
make_initrd() {
    local root="$1" version modules initrd name
    version="$(basename "$root"/usr/lib/modules/*)"
    depmod -b "$root/usr" "$version" 2>/dev/null || depmod -b "$root" "$version"
    initrd="$work/initrd"
    mkdir -p "$initrd"/{bin,proc,sys,dev,new,modules}
    cp "$root/usr/bin/busybox" "$initrd/bin/" 2>/dev/null || cp "$root/bin/busybox" "$initrd/bin/"
    mapfile -t modules < <(for name in virtio_pci virtio_blk ext4 crc32c_generic; do modprobe -d "$root" -S "$version" --show-depends "$name"; done | sed -n 's/^insmod \([^ ]*\).*/\1/p' | awk '!seen[$0]++')
    {
        printf '#!/bin/busybox sh\n/bin/busybox mount -t proc proc /proc; /bin/busybox mount -t devtmpfs dev /dev\n'
        for name in "${modules[@]}"; do
            cp "$name" "$initrd/modules/"
            printf '/bin/busybox insmod /modules/%s\n' "$(basename "$name")"
        done
        printf 'until [ -b /dev/vda ]; do /bin/busybox sleep 0.1; done\n/bin/busybox mount -t ext4 /dev/vda /new\n/bin/busybox umount /proc; /bin/busybox mount --move /dev /new/dev\nexec /bin/busybox switch_root /new /sbin/init\n'
    } >"$initrd/init"
    chmod +x "$initrd/init"
    (cd "$initrd" && find . | cpio --quiet -o -H newc | gzip -1)
}

up() {
    need "$qemu"; need qemu-img; need ssh; need mosquitto; need swtpm
    [[ ! -e "$lab/ssh.port" ]] || die "there is one in $lab already: ./build.sh lab vm down ends it"
    [[ -x "$artifacts/edgeagent" ]] || die "$artifacts/edgeagent is missing: run ./build.sh publish $rid"
    [[ -e "$image/root.ext4" ]] || make_image
    mkdir -p "$lab"
    install -m 0600 "$image/id" "$lab/id"
    a_port >"$lab/ssh.port"
    a_port >"$lab/mqtt.port"
    openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$lab/operator.key" 2>/dev/null
    openssl pkey -in "$lab/operator.key" -pubout -out "$lab/operator.pub"
    qemu-img create -q -f qcow2 -F raw -b "$image/root.ext4" "$lab/disk.qcow2"
    broker start
    power_on
    install_agent
    say "up; ./build.sh lab vm ctl get nodes"
}

install_agent() {
    { printf '[Node]\nName=vm\nReconnectWindow=2s\n[Broker]\nUrl=mqtt://10.0.2.2:%s\nKeepAlive=5s\n[Runtime]\nKind=systemd\n' "$(number mqtt.port)"; } >"$lab/agent.conf"
    run mkdir -p /etc/edgeagent
    put "$artifacts/edgeagent" /usr/bin/edgeagent
    put "$artifacts/edge-shim" /usr/bin/edge-shim
    put "$artifacts/libe_sqlite3.so" /usr/bin/libe_sqlite3.so
    put "$here/../../packaging/systemd/edgeagent.service" /etc/systemd/system/edgeagent.service
    copy -r "$here"/../../packaging/systemd/edge-* root@127.0.0.1:/etc/systemd/system/
    put "$lab/operator.pub" /etc/edgeagent/operator.pub
    put "$lab/agent.conf" /etc/edgeagent/agent.conf
    run systemctl enable --now edgeagent
}

power_on() {
    local cpu=max accel="${EDGE_LAB_ACCEL:-tcg,thread=multi}" until
    ! runs || die "it is on"
    [[ "$accel" != kvm ]] || cpu=host
    [[ "$arch" != arm64 ]] || cpu=cortex-a57
    tpm_on
    "$qemu" -M "$machine" -accel "$accel" -cpu "$cpu" -m 1024 -smp 2 -nodefaults -display none -serial "file:$lab/console" \
        -kernel "$image/vmlinuz" -initrd "$image/initrd.img" -append "root=/dev/vda rw console=$console panic=5 $security" \
        -drive "file=$lab/disk.qcow2,if=none,id=disk,cache=unsafe" -device virtio-blk-pci,drive=disk -device virtio-rng-pci \
        -netdev "user,id=net,hostfwd=tcp:127.0.0.1:$(number ssh.port)-:22" -device virtio-net-pci,netdev=net,id=card \
        -chardev "socket,id=tpm,path=$lab/tpm.socket" -tpmdev emulator,id=tpm,chardev=tpm -device "$tpm,tpmdev=tpm" \
        -qmp "unix:$lab/qmp,server=on,wait=off" -pidfile "$lab/qemu.pid" -daemonize
    until=$((SECONDS + boot_seconds))
    while ((SECONDS < until)); do
        runs || { tail -n 20 "$lab/console" >&2; die "it ended while it booted"; }
        ! run systemctl is-system-running 2>/dev/null | grep -qxE 'running|degraded' || return 0
        sleep 1
    done
    tail -n 20 "$lab/console" >&2
    die "it was not up after $boot_seconds s"
}

# A TPM 2, of which the machine keeps what it holds. It ends with the machine, and by its number where the machine never took it.
tpm_on() {
    tpm_off
    mkdir -p "$lab/tpm"
    swtpm socket --tpm2 --tpmstate "dir=$lab/tpm" --ctrl "type=unixio,path=$lab/tpm.socket" --terminate --daemon --pid "file=$lab/tpm.pid"
}
tpm_off() {
    local pid
    [[ -s "$lab/tpm.pid" ]] || return 0
    pid="$(number tpm.pid)"
    # Its number may be another program's by now.
    if [[ "$(cat "/proc/$pid/comm" 2>/dev/null)" == swtpm ]]; then
        kill "$pid" 2>/dev/null || true
        wait_end "$pid"
    fi
    rm -f "$lab/tpm.pid" "$lab/tpm.socket"
}

# One connection serves all commands; it is made again after a reboot.
options() { printf '%s\n' -i "$lab/id" -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR -o ConnectTimeout=20 -o ControlMaster=auto -o "ControlPath=$lab/ssh" -o ControlPersist=120 -o ServerAliveInterval=10 -o ServerAliveCountMax=3; }
run() {
    local -a with
    mapfile -t with < <(options)
    # shellcheck disable=SC2145,SC2029 # Each argument is one argument inside, too.
    ssh "${with[@]}" -p "$(number ssh.port)" root@127.0.0.1 "${*@Q}"
}
copy() { local -a with; mapfile -t with < <(options); scp -q "${with[@]}" -P "$(number ssh.port)" "$@"; }
# Beside it and then in its place: a program that runs can't be written over.
put() { copy "$1" "root@127.0.0.1:$2.put" && run mv "$2.put" "$2"; }
get() { copy "root@127.0.0.1:$1" "$2"; }
hang_up() { rm -f "$lab/ssh"; pkill -f "ControlPath=$lab/ssh" || true; }

# The machine's own control socket (QMP of qemu): one command, without an answer that says more than "return".
machine_command() {
    python3 - "$lab/qmp" "$1" <<'PYTHON'
import json, socket, sys
with socket.socket(socket.AF_UNIX) as control:
    control.settimeout(10)
    control.connect(sys.argv[1])
    lines = control.makefile("rw")
    lines.readline()
    for command in ('{"execute": "qmp_capabilities"}', sys.argv[2]):
        lines.write(command + "\n")
        lines.flush()
        while True:
            answer = json.loads(lines.readline())
            if "error" in answer:
                sys.exit(answer["error"]["desc"])
            if "return" in answer:
                break
PYTHON
}

power_cut() { ! runs || { kill -KILL "$(number qemu.pid)"; while runs; do sleep 0.1; done; }; tpm_off; hang_up; }
power_off() {
    local until=$((SECONDS + 120))
    run systemctl poweroff || true
    while runs && ((SECONDS < until)); do sleep 0.2; done
    power_cut
}
reboot() {
    local was until=$((SECONDS + boot_seconds))
    was="$(run cat /proc/sys/kernel/random/boot_id)"
    run systemctl reboot || true
    hang_up
    while ((SECONDS < until)); do
        if [[ "$(run cat /proc/sys/kernel/random/boot_id 2>/dev/null || printf '%s' "$was")" != "$was" ]] && run systemctl is-system-running 2>/dev/null | grep -qxE 'running|degraded'; then
            return 0
        fi
        sleep 1
    done
    die "it was not back after $boot_seconds s"
}

broker() {
    local pid=''
    [[ ! -s "$lab/broker.pid" ]] || pid="$(number broker.pid)"
    case "${1:-}" in
        start)
            mkdir -p "$lab/broker"
            { sed '/^listener /,$d' "$here/../../packaging/mosquitto/edgeagent.conf"; printf 'listener %s 127.0.0.1\nallow_anonymous true\nuser root\npersistence_location %s/broker/\n' "$(number mqtt.port)" "$lab"; } >"$lab/mosquitto.conf"
            setsid mosquitto -c "$lab/mosquitto.conf" </dev/null >>"$lab/mosquitto.log" 2>&1 &
            echo $! >"$lab/broker.pid"
            ;;
        stop) kill "$pid"; wait_end "$pid" ;;
        kill) kill -KILL "$pid"; wait_end "$pid" ;;
        empty)
            ! kill -0 "$pid" 2>/dev/null || { kill -KILL "$pid"; wait_end "$pid"; }
            rm -f "$lab"/broker/*
            broker start
            ;;
        *) die "broker takes start, stop, kill or empty" ;;
    esac
}
wait_end() { while kill -0 "$1" 2>/dev/null; do sleep 0.05; done; }

status() {
    [[ -e "$lab/ssh.port" ]] || die "there is none in $lab: ./build.sh lab vm up"
    printf 'machine %s  ssh -i %s -p %s root@127.0.0.1\n' "$(runs && echo on || echo off)" "$lab/id" "$(number ssh.port)"
    printf 'broker  %s  mqtt://127.0.0.1:%s  key %s\n' "$(kill -0 "$(number broker.pid)" 2>/dev/null && echo on || echo off)" "$(number mqtt.port)" "$lab/operator.key"
}

down() {
    [[ -e "$lab/ssh.port" ]] || return 0
    power_cut
    [[ ! -s "$lab/broker.pid" ]] || kill -KILL "$(number broker.pid)" 2>/dev/null || true
    rm -rf "$lab/broker" "$lab/tpm"
    rm -f "$lab"/{id,ssh.port,mqtt.port,operator.key,operator.pub,disk.qcow2,agent.conf,console,qmp,qemu.pid,broker.pid,mosquitto.conf,mosquitto.log,ssh}
    rmdir "$lab" 2>/dev/null || true
}

verb="${1:-}"
[[ $# -eq 0 ]] || shift
case "$verb" in
    image) make_image ;;
    up | status | broker | run | put | get | reboot | down) "$verb" "$@" ;;
    ctl) [[ -e "$lab/mqtt.port" ]] || die "there is none in $lab: ./build.sh lab vm up"; "$tools/edgectl" --broker "mqtt://127.0.0.1:$(number mqtt.port)" --key "$lab/operator.key" "$@" ;;
    journal) run journalctl --no-pager "$@" ;;
    partition) machine_command '{"execute": "set_link", "arguments": {"name": "card", "up": false}}' ;;
    heal) machine_command '{"execute": "set_link", "arguments": {"name": "card", "up": true}}' ;;
    kill) power_cut ;;
    off) power_off ;;
    on) power_on ;;
    -h | --help | help) usage ;;
    *) usage >&2; exit 2 ;;
esac
