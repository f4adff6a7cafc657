#include "core/experiment/permuted.h"

#include <algorithm>
#include <cmath>

#include "core/experiment/always_valid.h"
#include "core/experiment/arguments.h"
#include "core/experiment/random.h"
#include "core/experiment/running_moments.h"

namespace pgprompt {

Result<std::vector<UserTotals>> user_totals(const std::vector<double>& sums,
                                            const std::vector<double>& rows) noexcept {
    return protect([&] {
        if (sums.size() != rows.size()) {
            arguments::refuse("rows", "have as many elements as sums", static_cast<double>(rows.size()),
                              "Give one element for each user, in order of first exposure.");
        }
        std::vector<UserTotals> users;
        users.reserve(sums.size());
        for (size_t i = 0; i < sums.size(); ++i) users.push_back({sums[i], rows[i]});
        return users;
    });
}

Result<PermutedResult> permuted_aa(const std::vector<UserTotals>& users, const PermutedInput& in,
                                   Poll poll) noexcept {
    return protect([&] {
        arguments::open_unit("share_b", in.share_b);
        arguments::alpha(in.alpha);
        if (in.runs < 1 || in.runs > 100000) arguments::refuse("runs", "lie between 1 and 100000", in.runs);
        if (in.looks < 1 || in.looks > 10000) arguments::refuse("looks", "lie between 1 and 10000", in.looks);
        const size_t n = users.size();
        if (static_cast<double>(n) * std::min(in.share_b, 1 - in.share_b) < 2 * kAlwaysValidMinimumUsers) {
            throw Failure(Code::invalid_parameter, "users (sums, rows) must hold at least 60 for each arm",
                          std::to_string(n) + " users.", "The test needs users as many as an experiment's.");
        }
        double sum_s = 0, sum_m = 0;
        for (const UserTotals& user : users) {
            arguments::finite("every element of sums", user.s);
            arguments::positive("every element of rows", user.m);
            sum_s += user.s;
            sum_m += user.m;
        }
        const double size = static_cast<double>(n), pivot_s = sum_s / size, pivot_m = sum_m / size;
        const double rho2 = mixture_rho2_planned(size * (1 - in.share_b), size * in.share_b, in.alpha).take();
        Random random(in.seed);
        PermutedResult out;
        int fixed = 0;
        for (int run = 0; run < in.runs; ++run) {
            RunningMoments arms[2] = {{pivot_s, pivot_m}, {pivot_s, pivot_m}};
            bool alarm = false;
            size_t at = 0;
            for (int look = 1; look <= in.looks; ++look) {
                if (poll && poll()) throw Failure(Code::cancelled, "cancelled");
                const size_t end = n * static_cast<size_t>(look) / static_cast<size_t>(in.looks);
                for (; at < end; ++at) arms[random.chance(in.share_b)].add(users[at].s, users[at].m);
                const StratumPair pair{arms[0].moments(), arms[1].moments()};
                const Contrast contrast = contrast_of(&pair, 1, in.kind);
                const AlwaysValid reading = always_valid_test(contrast, rho2, in.alpha).take();
                alarm = alarm || reading.comparison.p_value.value_or(1) <= in.alpha;
                if (look == in.looks) fixed += fixed_test(contrast, in.alpha).p_value.value_or(1) <= in.alpha;
            }
            out.alarms += alarm;
        }
        out.runs = in.runs;
        out.share = static_cast<double>(out.alarms) / in.runs;
        out.standard_error = std::sqrt(out.share * (1 - out.share) / in.runs);
        out.fixed_share = static_cast<double>(fixed) / in.runs;
        return out;
    });
}

}  // namespace pgprompt
