#!/usr/bin/env bash
# Compiles native/ and its tests with sanitizers and runs them. Called by test; not a verb. The last line is "PASSED FAILED".
set -euo pipefail
# shellcheck source=build/common.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/common.sh"

tree="$artifacts/native/tests"
log="$tree/build.log"
report="$tree/report.xml"
# GCC, which brings the sanitizers with it, and is a second pair of eyes for warnings: the programs are compiled by clang.
options=(-DEDGE_TESTS=ON -DCMAKE_BUILD_TYPE=Debug -DCMAKE_C_COMPILER=gcc)

mkdir -p "$tree"
rm -f "$report"
if ! { cmake -S "$root/native" -B "$tree" "${options[@]}" && cmake --build "$tree" --parallel 2; } >"$log" 2>&1; then
    cat "$log" >&2
    die "native/ and its tests don't compile with sanitizers"
fi
ctest --test-dir "$tree" --output-on-failure --output-junit "$report" >&2 || true
[[ -s "$report" ]] || die "the tests of native/ left no report"
tests="$(sed -n 's/^[[:space:]]*tests="\([0-9]*\)".*/\1/p' "$report" | head -n 1)"
failed="$(sed -n 's/^[[:space:]]*failures="\([0-9]*\)".*/\1/p' "$report" | head -n 1)"
printf '%d %d\n' "$((tests - failed))" "$failed"
