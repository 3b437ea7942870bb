#!/usr/bin/env bash
set -euo pipefail
# shellcheck source=build/common.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/common.sh"

usage() {
    cat <<'TEXT'
usage: ./build.sh setup [--cross] [--lab]

Installs what is missing to build, test and run the demo: compilers, a Mosquitto to test against,
systemd's container tool, small programs, and the .NET SDK of global.json. Does nothing, quickly,
when all is there. Needs root or sudo only when something is missing.

  --lab     also what the lab's virtual machines and other Debians need; their tests say what is missing otherwise
  --cross   also the arm64 compiler and libraries, for `./build.sh publish linux-arm64`
TEXT
}

# Native AOT links with clang and zlib; the native part needs cmake, make and sd-bus, its tests the sanitizers that GCC brings.
toolchain=(clang gcc lld binutils libc6-dev zlib1g-dev cmake make libsystemd-dev)
# The tests' surroundings: a real broker, systemd in a container, the reference protoc, TLS keys, reading of JSON.
surroundings=(mosquitto mosquitto-clients systemd-container dbus protobuf-compiler openssl jq git procps util-linux iproute2 busybox curl gzip zstd squashfs-tools squashfs-tools-ng nginx-light python3)
# Roots of other Debians, and virtual machines: an emulator with a TPM, and what makes and reaches their disks. Containers start their own polkit. An object store.
laboratory=(mmdebstrap debian-archive-keyring qemu-system-x86 qemu-utils swtpm e2fsprogs openssh-client cpio kmod gzip python3 polkitd swift-proxy swift-account swift-container swift-object)
laboratory_arm64=(qemu-system-arm qemu-user-static binfmt-support arch-test libstdc++6:arm64 libssl3:arm64)
cross=(gcc-aarch64-linux-gnu binutils-aarch64-linux-gnu libc6-dev:arm64 zlib1g-dev:arm64 libsystemd-dev:arm64)

missing_of() {
    local package
    for package in "$@"; do
        [[ "$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null || true)" == installed ]] || printf '%s\n' "$package"
    done
}

as_root() {
    if [[ $EUID -eq 0 ]]; then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo "$@"
    else
        die "this needs root, and there is no sudo here. As root, run:
  $*"
    fi
}

apt_install() {
    say "installing $*"
    # The lists may be absent (a fresh container) or too old to know the packages: fetched only then. Simulating needs no root.
    apt-get install -s --no-install-recommends "$@" >/dev/null 2>&1 || as_root apt-get update -q
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "$@"
}

install_packages() {
    command -v apt-get >/dev/null || die "setup knows apt only. Install these, or what they are called here, by hand:
  $*"
    local -a missing
    mapfile -t missing < <(missing_of "$@")
    [[ ${#missing[@]} -gt 0 ]] || return 0
    apt_install "${missing[@]}"
    # The tests start brokers of their own. A packaged one that starts with the machine would hold port 1883 open
    # without a password; one that was here before belongs to somebody and is left alone.
    if [[ " ${missing[*]} " == *" mosquitto "* && -d /run/systemd/system ]]; then
        as_root systemctl disable --now mosquitto.service
    fi
}

install_cross() {
    if ! dpkg --print-foreign-architectures | grep -qx arm64 && [[ "$(dpkg --print-architecture)" != arm64 ]]; then
        as_root dpkg --add-architecture arm64
        as_root apt-get update -q
    fi
    install_packages "${cross[@]}"
}

# A distribution ships the feature band it chose; it helps only when that is the one global.json pins, or a later patch of it.
distribution_sdk_fits() {
    local wanted candidate
    wanted="$(wanted_sdk)"
    candidate="$(apt-cache policy dotnet-sdk-10.0 2>/dev/null | sed -n 's/^ *Candidate: *\([0-9.]*\).*/\1/p')"
    [[ -n "$candidate" && "${candidate%??}" == "${wanted%??}" ]] && ((10#${candidate: -2} >= 10#${wanted: -2}))
}

install_sdk_by_vendor() {
    local script="$root/.dotnet/dotnet-install.sh" url=https://dot.net/v1/dotnet-install.sh
    mkdir -p "$root/.dotnet"
    if command -v curl >/dev/null; then
        curl -fsSL --retry 3 -o "$script" "$url"
    elif command -v wget >/dev/null; then
        wget -q -O "$script" "$url"
    else
        install_packages curl ca-certificates
        curl -fsSL --retry 3 -o "$script" "$url"
    fi && bash "$script" --version "$(wanted_sdk)" --install-dir "$root/.dotnet" --no-path
}

install_sdk() {
    ! sdk_is_there || return 0
    say "the .NET SDK $(wanted_sdk) is missing"
    if command -v apt-cache >/dev/null && distribution_sdk_fits; then
        apt_install dotnet-sdk-10.0
    else
        install_sdk_by_vendor || true
    fi
    "$root/build.sh" setup --sdk-only-check || die "the .NET SDK $(wanted_sdk) could not be installed. Do one of:
  - install it by hand so that \`dotnet --version\` says $(wanted_sdk) or a later patch of it;
  - unpack dotnet-sdk-$(wanted_sdk)-$(machine_rid).tar.gz of the vendor into $root/.dotnet/
Then run ./build.sh setup again."
}

with_cross=false
with_lab=false
for argument in "$@"; do
    case "$argument" in
        -h | --help) usage; exit 0 ;;
        --cross) with_cross=true ;;
        --lab) with_lab=true ;;
        # A second process, because common.sh looks for .dotnet/ once, when it starts.
        --sdk-only-check) sdk_is_there && exit 0 || exit 1 ;;
        *) wrong_usage "setup doesn't know \"$argument\"" ;;
    esac
done

install_packages "${toolchain[@]}" "${surroundings[@]}"
if [[ "$with_cross" == true ]]; then install_cross; fi
if [[ "$with_lab" == true ]]; then install_packages "${laboratory[@]}"; fi
if [[ "$with_lab$with_cross" == truetrue ]]; then install_packages "${laboratory_arm64[@]}"; fi
install_sdk
say "setup: everything is there"
