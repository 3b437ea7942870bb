#!/usr/bin/env bash
# Compiles native/ for one runtime identifier. Called by build and publish; not a verb.
set -euo pipefail
# shellcheck source=build/common.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/common.sh"

rid="$1"
tree="$artifacts/native/$rid/build"
options=(-DCMAKE_BUILD_TYPE=Release "-DEDGE_OUTPUT=$artifacts/native/$rid")
if [[ "$rid" != "$(machine_rid)" ]]; then
    options+=("-DCMAKE_TOOLCHAIN_FILE=$root/native/cmake/$rid.cmake")
else
    # clang is what setup installs; whoever wants another compiler says so in CC.
    export CC="${CC:-clang}"
fi

command -v cmake >/dev/null || die "cmake is missing: run ./build.sh setup"
say "native, $rid"
log="$artifacts/native/$rid/build.log"
mkdir -p "$tree"
if ! { cmake -S "$root/native" -B "$tree" "${options[@]}" && cmake --build "$tree" --parallel 2; } >"$log" 2>&1; then
    cat "$log" >&2
    die "native/ doesn't compile for $rid"
fi
