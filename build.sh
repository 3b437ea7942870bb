#!/usr/bin/env bash
# One command for everything that is done with this repository. Each verb is a file of its own in build/.
set -euo pipefail

root="$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)"

usage() {
    cat <<'TEXT'
usage: ./build.sh VERB [ARGUMENT...]

  setup      install what is missing on this machine (--cross: also what arm64 needs)
  build      restore the locked packages, compile the native part and the solution
  test       run the tests: unit, simulate, system; all three unless named
  publish    make the shipped binaries in artifacts/<rid>/
  demo       show the product: a broker, three agents, work that survives the loss of one
  check      format, analyzers, trim and AOT warnings, scripts, stale results
  bench      measure
  lab        a fleet of devices to try things on: boot, partition, cut the power, …
  simulate   run the deterministic simulator
  package    make the packages for devices
  clean      remove everything that was built

`./build.sh VERB --help` says more about each.
TEXT
}

verb="${1:-}"
case "$verb" in
    -h | --help | help) usage; exit 0 ;;
    setup | build | test | publish | demo | check | bench | lab | simulate | package | clean) ;;
    '') usage >&2; exit 2 ;;
    *) printf 'build.sh: there is no verb "%s"\n\n' "$verb" >&2; usage >&2; exit 2 ;;
esac

shift
exec "$root/build/$verb.sh" "$@"
