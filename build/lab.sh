#!/usr/bin/env bash
set -euo pipefail
# shellcheck source=build/common.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/common.sh"
# shellcheck disable=SC2154 # common.sh sets it.
if [[ "${1:-}" == vm ]]; then exec "$root/tests/lab/vm.sh" "${@:2}"; fi
exec "$root/tests/lab/fleet.sh" "$@"
