// The traps of online experiments, each with what falls into it.
#pragma once

#include "epoch_traps.h"
#include "timing_traps.h"
#include "verdict_traps.h"

namespace simulation {

inline void run_traps(const Options& options, Report* report) {
    report->section("Traps");
    run_sooner(options, report);
    run_epoch_traps(options, report);
    run_busier(options, report);
    run_harm_and_equivalence(options, report);
    run_margin(options, report);
}

}  // namespace simulation
