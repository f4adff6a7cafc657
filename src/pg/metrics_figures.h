// The running figures prompt_metrics and prompt_guardrail_metrics: what a statement's rows change in them.
#pragma once

#include "pg/metrics_execution.h"
#include "pg/metrics_groups.h"

namespace pgprompt::pg {

struct FigureChanges {
    GroupMap templates;   // by tenant, template, experiment, variant and hour
    GroupMap guardrails;  // by tenant, rule and hour
};

FigureChanges make_figure_changes(MemoryContext context);

// Adds a row (sign 1) or takes it back (sign -1). Scratch memory is taken from the current context.
void add_execution(FigureChanges* changes, const Execution& execution, int sign);

// Writes what has changed, in key order. Does not increment the command counter.
void write_figures(FigureChanges* changes);

}  // namespace pgprompt::pg
