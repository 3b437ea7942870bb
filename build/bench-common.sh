#!/usr/bin/env bash
# What the benches share. Sourced; $report is the file that rows go to.

now_ns() { date +%s%N; }

# Of numbers, one a line: "p50 p95 greatest".
percentiles() { sort -n | awk '{ v[NR] = $1 } END { if (NR) printf "%.1f %.1f %.1f", v[int((NR + 1) / 2)], v[int(NR * 0.95 + 0.999)], v[NR]; else printf "- - -" }'; }

# shellcheck disable=SC2154
row() { printf '| %s | %s | %s |\n' "$1" "$2" "$3" >>"$report"; }

# Per cent of a core that each process used, from schedstat of every thread, read each second: what a thread used stays
# counted when it has ended.
watch_cpu() {
    local seconds="$1" pid second
    shift
    for ((second = 0; second <= seconds; second++)); do
        for pid in "$@"; do
            grep -H . /proc/"$pid"/task/*/schedstat 2>/dev/null | awk -v s="$second" -F '[/: ]' '{ print s, $3, $5, $7 }' || true
        done
        sleep 1
    done | awk -v t="$seconds" '
        { key = $2 "/" $3; if (!(key in first)) first[key] = $1 == 0 ? $4 : 0; last[key] = $4; if (!($2 in seen)) { seen[$2]; order[++n] = $2 } }
        END { for (k in last) { split(k, p, "/"); used[p[1]] += last[k] - first[k] }; for (i = 1; i <= n; i++) printf "%.4f %% ", used[order[i]] / 1e7 / t }'
}

memory() {
    local pids=("$@") pid
    for pid in "${pids[@]}"; do
        awk '/^Rss:/ { r = $2 } /^Pss:/ { p = $2 } /^Private_Dirty:/ { d = $2 } END { printf "RSS %d, PSS %d, private dirty %d kB; ", r, p, d }' "/proc/$pid/smaps_rollup"
    done
}
