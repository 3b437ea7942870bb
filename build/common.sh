# What every verb needs: where things are, how to speak, which .NET to use. To be sourced.
# shellcheck shell=bash disable=SC2034 # the variables are for those who source this

root="$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)"
cd "$root" || exit 1

# Release is what ships, so Release is what is tested; Debug is for a debugger.
configuration="${CONFIGURATION:-Release}"
solution="$root/EdgeAgent.sln"
artifacts="$root/artifacts"

export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_GENERATE_ASPNET_CERTIFICATE=false
# A compiler server that outlives the build holds files and memory on a small machine.
export DOTNET_CLI_USE_MSBUILD_SERVER=0 MSBUILDDISABLENODEREUSE=1

# An SDK that `setup` put into the tree wins: it is the one that global.json asks for.
if [[ -x "$root/.dotnet/dotnet" ]]; then
    export DOTNET_ROOT="$root/.dotnet" PATH="$root/.dotnet:$PATH"
    # That SDK comes without a package manager, hence perhaps without ICU; the build needs no culture.
    ldconfig -p 2>/dev/null | grep -q libicuuc || export DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1
fi

say() { printf '%s\n' "== $*" >&2; }

die() {
    printf '%s\n' "build.sh: $*" >&2
    exit 1
}

wrong_usage() {
    printf '%s\n' "build.sh: $*" "Try --help." >&2
    exit 2
}

# When, of which commit and on what a result was measured; `check` compares the code that it names with what is there now.
result_stamp() {
    local code="$1" commit="${2:-$(git rev-parse HEAD)}"
    printf 'date: %s\ncommit: %s\ncode: %s\n' "$(date -u +%FT%TZ)" "$commit" "$code"
    printf 'machine: %s, %s processors, Linux %s%s\n\n' "$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)" "$(nproc)" "$(uname -r)" "${3:-}"
}

# What the simulator's results depend on.
simulated_code='src/EdgeAgent.Core src/EdgeAgent.Node src/EdgeAgent.Protocol tests/EdgeAgent.Simulation'

machine_rid() {
    case "$(uname -m)" in
        x86_64) echo linux-x64 ;;
        aarch64) echo linux-arm64 ;;
        *) die "no published binaries for $(uname -m): x86_64 and aarch64 are supported" ;;
    esac
}

# The SDK version that global.json pins; read without jq, which setup may be about to install.
wanted_sdk() { sed -n 's/.*"version": *"\([0-9.]*\)".*/\1/p' "$root/global.json" | head -n 1; }

# dotnet itself knows best whether it satisfies global.json, including the roll-forward rule.
sdk_is_there() { command -v dotnet >/dev/null && (cd "$root" && dotnet --version >/dev/null 2>&1); }

need_sdk() { sdk_is_there || die "the .NET SDK $(wanted_sdk) is missing: run ./build.sh setup"; }
