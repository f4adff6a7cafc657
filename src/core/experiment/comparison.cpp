#include "core/experiment/comparison.h"

#include <cmath>
#include <initializer_list>

namespace pgprompt {
namespace {

using Fields = std::initializer_list<std::optional<double>*>;

// Clears the fields if one of them is NaN.
bool clear_if_nan(Fields fields) {
    bool bad = false;
    for (const auto* field : fields) bad = bad || (*field && std::isnan(**field));
    if (bad) {
        for (auto* field : fields) field->reset();
    }
    return bad;
}

}  // namespace

void settle(Comparison* c) noexcept {
    constexpr const char* kExtreme = "the numbers are too large or too small";
    for (auto* field : {&c->difference, &c->lift}) {
        if (*field && !std::isfinite(**field)) field->reset(), c->note = kExtreme;
    }
    if (clear_if_nan({&c->ci_low, &c->ci_high, &c->statistic, &c->p_value, &c->se, &c->df}))
        c->note = kExtreme;
    if (clear_if_nan({&c->lift_low, &c->lift_high})) {
        c->lift_set = LiftSet::absent;
        c->note = kExtreme;
    }
}

}  // namespace pgprompt
