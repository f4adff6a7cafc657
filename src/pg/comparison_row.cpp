#include "pg/comparison_row.h"

namespace pgprompt::pg {

PlainComparison plain(const Comparison& c) {
    PlainComparison result{plain(c.difference), plain(c.ci_low),    plain(c.ci_high),
                           plain(c.statistic),  plain(c.p_value),   plain(c.lift),
                           plain(c.lift_low),   plain(c.lift_high), c.note};
    // Fieller's set may be two rays; the note tells what the two ends then mean.
    if (c.lift_set == LiftSet::two_rays) result.note = "the lift is below lift_high or above lift_low";
    return result;
}

void set_comparison(const PlainComparison& c, Datum* values, bool* nulls) {
    const OptionalDouble columns[] = {c.difference, c.ci_low, c.ci_high,  c.statistic,
                                      c.p_value,    c.lift,   c.lift_low, c.lift_high};
    for (int i = 0; i < 8; i++) set_double(columns[i], &values[i], &nulls[i]);
    nulls[8] = c.note == nullptr || c.note[0] == '\0';
    if (!nulls[8]) values[8] = CStringGetTextDatum(c.note);
}

}  // namespace pgprompt::pg
