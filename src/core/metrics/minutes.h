// Figures of the minutes of an hour, kept as one list of counts.
#pragma once

#include <cstdint>

#include "core/metrics/sparse_counts.h"

namespace pgprompt {

enum MinuteFigure {
    kMinuteExecutions,
    kMinuteSuccesses,
    kMinuteFailures,
    kMinuteTimed,
    kMinuteTimes,
    kMinuteFigures
};

constexpr int kMinuteCounts = 60 * kMinuteFigures;
static_assert(kMinuteCounts <= kMostCounts);

constexpr int minute_count(int minute, MinuteFigure figure) {
    return minute * kMinuteFigures + figure;
}

}  // namespace pgprompt
