// What the queue does not tell of users: their totals counted from the executions, and their covariates.
#pragma once

#include "pg/metrics_subject.h"

namespace pgprompt::pg {

// Changes of one user, in the order in which they were queued.
struct Unit {
    Delta* first;
    Delta* last;
    Subject* recount;  // the totals from the executions, where the changes do not tell them
};

// Units whose changes cannot be applied, with the variant that each had so far.
struct Disputed {
    Unit** units;
    Datum* variants;
    int count;
};

// Recounts them by the executions that the active snapshot sees, less what stays in the queue. `units` holds
// the units under their names.
void recount_units(const Experiment& experiment, GroupMap* units, const Disputed& disputed);

// What is known of a user before his first exposure, as numeric; 0 where nothing is.
Datum covariate_of(const Experiment& experiment, const Unit& unit, const Subject& subject);

}  // namespace pgprompt::pg
