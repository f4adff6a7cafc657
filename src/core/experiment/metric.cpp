#include "core/experiment/metric.h"

namespace pgprompt {

Metric metric_named(std::string_view name) noexcept {
    constexpr std::string_view kLowerIsBetter[] = {"error_rate",     "response_time_ms", "cost_usd",
                                                   "tokens",         "input_tokens",     "output_tokens",
                                                   "escalation_rate"};
    Metric metric;
    if (name == kExecutionsPerUser) metric.kind = MetricKind::per_user;
    for (std::string_view lower : kLowerIsBetter) {
        if (name == lower) metric.better = Better::lower;
    }
    return metric;
}

}  // namespace pgprompt
