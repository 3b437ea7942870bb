#!/usr/bin/env bash
set -euo pipefail
# shellcheck source=build/common.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/common.sh"

usage() {
    cat <<'TEXT'
usage: ./build.sh check [--strict]

  scripts    every script parses, and shellcheck agrees where it is installed
  format     `dotnet format` would change nothing
  build      no warning of compiler or analyzer, packages as locked
  publish    no trim or AOT warning names an assembly but protobuf-net.Core
  results    every measured result in docs/results/ says which commit it was measured at, and the code it
             names is unchanged since; a stale one is named, and fails the check with --strict

All are run; the exit code is 1 when one failed.
TEXT
}

failures=()

step() {
    local name="$1"
    shift
    say "check: $name"
    "$@" || { failures+=("$name"); say "check: $name FAILED"; }
}

check_scripts() {
    local -a scripts
    local script bad=0
    mapfile -t scripts < <(git ls-files --cached --others --exclude-standard -- '*.sh' .ci/run)
    for script in "${scripts[@]}"; do bash -n "$script" || bad=1; done
    if command -v shellcheck >/dev/null; then
        shellcheck -x "${scripts[@]}" || bad=1
    else
        say "shellcheck is not installed: the scripts were parsed only"
    fi
    return "$bad"
}

check_format() { dotnet format "$solution" --no-restore --verify-no-changes --severity warn --verbosity quiet; }

# A result is a .md with `commit: SHA` and `code: PATH...` lines, or a .json with "commit" and "code": [PATH...].
commit_of() {
    case "$1" in
        *.json) jq -r '.commit // ""' "$1" ;;
        *) sed -n 's/^commit: *\([0-9a-f]*\).*/\1/p' "$1" | head -n 1 ;;
    esac
}

code_of() {
    case "$1" in
        *.json) jq -r '.code // ["src", "native"] | .[]' "$1" ;;
        *) local paths; paths="$(sed -n 's/^code: *//p' "$1" | head -n 1)"; tr ' ' '\n' <<<"${paths:-src native}" ;;
    esac
}

check_results() {
    local result commit bad=0
    local -a code
    for result in docs/results/*.md docs/results/*.json; do
        [[ -e "$result" ]] || continue
        commit="$(commit_of "$result")"
        # An index of results is not a result.
        [[ -n "$commit" || "$result" == *.json ]] || continue
        mapfile -t code < <(code_of "$result")
        if ! git cat-file -e "$commit^{commit}" 2>/dev/null; then
            say "stale: $result was measured at \"$commit\", which is no commit here"
            bad=1
        elif ! git diff --quiet "$commit" -- "${code[@]}"; then
            say "stale: $result was measured at ${commit:0:10}, ${code[*]} changed since"
            bad=1
        fi
    done
    [[ "$strict" == false ]] || return "$bad"
}

strict=false
for argument in "$@"; do
    case "$argument" in
        -h | --help) usage; exit 0 ;;
        --strict) strict=true ;;
        *) wrong_usage "check doesn't know \"$argument\"" ;;
    esac
done

need_sdk
step scripts check_scripts
step build "$root/build/build.sh" -warnaserror
step format check_format
step publish "$root/build/publish.sh"
step results check_results
if [[ ${#failures[@]} -gt 0 ]]; then die "check failed: ${failures[*]}"; fi
say "check: all is well"
