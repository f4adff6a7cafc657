# shellcheck shell=bash
# Comparing two ways on a noisy machine: interleaved pairs, and the median of the pairs' ratios.

# interleave PAIRS A B: calls the functions A and B in turn (each prints one number), the order changing from
# pair to pair, and prints for each pair "a b a/b".
interleave() {
    local pairs=$1 first=$2 second=$3 pair a b
    for pair in $(seq "$pairs"); do
        if [ $((pair % 2)) -eq 1 ]; then
            a=$("$first")
            b=$("$second")
        else
            b=$("$second")
            a=$("$first")
        fi
        awk -v a="$a" -v b="$b" 'BEGIN {printf "%s %s %.4f\n", a, b, a / b}'
    done
}

# median_ratio: reads interleave's lines.
median_ratio() {
    sort -n -k3 | awk '{r[NR] = $3} END {printf "%.2f\n", NR % 2 ? r[(NR + 1) / 2] : (r[NR / 2] + r[NR / 2 + 1]) / 2}'
}
