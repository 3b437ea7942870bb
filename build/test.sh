#!/usr/bin/env bash
set -euo pipefail
# shellcheck source=build/common.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/common.sh"

usage() {
    cat <<'TEXT'
usage: ./build.sh test [LEVEL...] [-- RUNNER ARGUMENT...]

  unit       the rules, the wire, the repository itself           tests/EdgeAgent.Tests
             and the C programs, with sanitizers                  native/tests (left out where runner arguments are given)
  simulate   random fleets on the simulator (Category=simulate)   tests/EdgeAgent.Tests
  system     the published binaries on a real machine             tests/EdgeAgent.SystemTests
  nightly    the three above, what is marked Category=nightly, and on the simulator 10,000 seeds and every rule broken once
  soak       what is marked Category=soak, and nothing else
  arm64      the agent in an emulated arm64 machine (Category=arm64; needs ./build.sh setup --lab --cross), and nothing else

The first three unless named. What follows -- goes to the test runner as it is, for example
`-- -class '*WallTests'`. The last line sums all runners up: `N passed, N failed, N skipped`; a step that
breaks before it can count its tests counts as one failed. Reports are in artifacts/tests/.
TEXT
}

passed=0
failed=0
skipped=0
reports="$artifacts/tests"
arguments=()
runner=''
trap '[[ -z "$runner" ]] || kill "$runner"; exit 130' INT TERM

# A runner that hangs must not eat the budget of the whole: seconds after which it is ended.
limit_of() {
    case "$1" in
        unit) echo 900 ;;
        simulate) echo 1800 ;;
        system) echo 2400 ;;
        *) echo 14400 ;;
    esac
}

break_step() {
    say "$1: FAILED ($2)"
    failed=$((failed + 1))
}

# Runs one test program and adds its totals. They are read from its report, never from its words.
run_tests() {
    local level="$1" project="$2" report="$reports/$1-$2.json" program totals code=0
    shift 2
    program="$root/tests/$project/bin/$configuration/net10.0/$project"
    rm -f "$report"
    say "$level: $project"
    # In the background and waited for: timeout gives the program a process group of its own, which ends with all that
    # the tests left in it, and which a Ctrl-C at the terminal doesn't reach by itself.
    timeout --kill-after=20 "$(limit_of "$level")" \
        "$program" -noColor -noLogo -longRunning 120 -ctrf "$report" "$@" "${arguments[@]}" &
    runner=$!
    wait "$runner" || code=$?
    runner=''
    if ! totals="$(jq -er '.results.summary | "\(.passed) \(.failed + .other) \(.skipped + .pending)"' "$report" 2>/dev/null)"; then
        break_step "$level" "$project ended with $code and left no totals"
        return 0
    fi
    local ok bad not
    read -r ok bad not <<<"$totals"
    passed=$((passed + ok))
    failed=$((failed + bad))
    skipped=$((skipped + not))
    if [[ $((ok + bad + not)) -eq 0 ]]; then say "$level: no test of this level exists in $project"; fi
    # Something outside the tests went wrong (a fixture's disposal, a crash after the report): totals alone would hide it.
    if [[ $code -ne 0 && $bad -eq 0 ]]; then break_step "$level" "$project ended with $code though no test failed"; fi
}

# The C programs' own tests; a runner's arguments choose among the others.
run_native() {
    local totals ok bad
    [[ ${#arguments[@]} -eq 0 ]] || return 0
    say "unit: native/tests"
    if ! totals="$("$root/build/native-test.sh")"; then
        break_step unit "the tests of native/ could not be run"
        return 0
    fi
    read -r ok bad <<<"$totals"
    passed=$((passed + ok))
    failed=$((failed + bad))
}

in_default=(-notrait Category=simulate -notrait Category=nightly -notrait Category=soak -notrait Category=arm64)

# The tests of the published binaries, under a level's name and filter.
run_system() {
    local level="$1"
    shift
    if ! "$root/build/publish.sh"; then
        break_step "$level" "the binaries could not be published"
        return 0
    fi
    EDGEAGENT_ARTIFACTS="$artifacts/$(machine_rid)" run_tests "$level" EdgeAgent.SystemTests "$@"
}

run_level() {
    case "$1" in
        unit)
            run_tests unit EdgeAgent.Tests "${in_default[@]}"
            run_native
            ;;
        simulate) run_tests simulate EdgeAgent.Tests -trait Category=simulate ;;
        system) run_system system "${in_default[@]}" ;;
        nightly)
            run_level unit
            run_level simulate
            run_level system
            run_marked nightly
            run_series --runs "$nightly_seeds" --coverage
            run_series --mutations
            ;;
        soak) run_marked soak ;;
        arm64)
            if "$root/build/publish.sh" linux-arm64; then
                run_system arm64 -trait Category=arm64
            else
                break_step arm64 "the arm64 binaries could not be published"
            fi
            if ! "$root/build/trace-arm64.sh"; then break_step arm64 "a seed is another trace there"; fi
            ;;
    esac
}

nightly_seeds=10000

# A series on the simulator counts as one test, and leaves a result of its own.
run_series() {
    say "nightly: ./build.sh simulate $*"
    if "$root/build/simulate.sh" "$@" --write; then
        passed=$((passed + 1))
    else
        break_step nightly "simulate $* ended with $?"
    fi
}

run_marked() {
    run_tests "$1" EdgeAgent.Tests -trait "Category=$1"
    run_system "$1" -trait "Category=$1"
}

# The long levels leave a dated result, which `./build.sh check` calls stale when its code has changed.
write_result() {
    local level="$1" file="$root/docs/results/$1.md"
    mkdir -p "$root/docs/results"
    {
        printf '# %s\n\nWritten by build.sh test %s.\n\n' "$level" "$level"
        result_stamp 'src native packaging tests'
        printf '%d passed, %d failed, %d skipped\n\n| test | outcome | seconds |\n|---|---|---|\n' "$passed" "$failed" "$skipped"
        jq -r '.results.tests[] | "| \(.name) | \(.status) | \(.duration / 1000) |"' "$reports/$level"-*.json | sort
        printf '\n'
        jq -r '.results.tests[] | (.extra.output // "") | split("\n")[] | select(startswith("measured: ")) | "- " + ltrimstr("measured: ")' "$reports/$level"-*.json | sort
    } >"$file"
    say "written: docs/results/$level.md"
}

levels=()
while [[ $# -gt 0 ]]; do
    case "$1" in
        -h | --help) usage; exit 0 ;;
        --) shift; arguments=("$@"); break ;;
        unit | simulate | system | nightly | soak | arm64) levels+=("$1"); shift ;;
        *) wrong_usage "test doesn't know the level \"$1\"" ;;
    esac
done
[[ ${#levels[@]} -gt 0 ]] || levels=(unit simulate system)

need_sdk
command -v jq >/dev/null || die "jq is missing: run ./build.sh setup"
mkdir -p "$reports"
if "$root/build/build.sh"; then
    for level in "${levels[@]}"; do
        run_level "$level"
        if [[ "$level" == nightly || "$level" == soak || "$level" == arm64 ]]; then write_result "$level"; fi
    done
else
    break_step build "nothing was tested"
fi

if [[ $((passed + failed)) -eq 0 ]]; then say "no test ran"; fi
printf '%d passed, %d failed, %d skipped\n' "$passed" "$failed" "$skipped"
[[ $failed -eq 0 && $passed -gt 0 ]]
