#!/usr/bin/env bash
set -euo pipefail
# shellcheck source=build/common.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/common.sh"
# shellcheck disable=SC2154 # common.sh sets it.
exec "$root/tests/lab/fleet.sh" "$@"
