#include "core/experiment/quantiles.h"

#include <algorithm>
#include <cmath>
#include <unordered_map>

#include "core/experiment/arguments.h"
#include "core/experiment/distributions.h"
#include "core/experiment/fieller.h"

namespace pgprompt {
namespace {

// The smallest k with P(X <= k) >= p, X binomial(n, q).
int64_t binomial_quantile(double p, int64_t n, double q) {
    const double units = static_cast<double>(n);
    int64_t low = -1, high = n;  // P(X <= low) < p <= P(X <= high)
    while (high - low > 1) {
        const int64_t middle = low + (high - low) / 2;
        (binomial_cdf(static_cast<double>(middle), units, q) >= p ? high : low) = middle;
    }
    return high;
}

// The error of the share of rows at or below `value`, over users, against that of independent rows.
double cluster_factor(const std::vector<QuantileRow>& rows, double value, int64_t* users) {
    struct Totals {
        double rows = 0, below = 0;
    };
    std::unordered_map<int64_t, Totals> totals;
    double below = 0;
    for (const QuantileRow& row : rows) {
        Totals& user = totals[row.user];
        user.rows += 1;
        user.below += row.value <= value;
        below += row.value <= value;
    }
    *users = static_cast<int64_t>(totals.size());
    const double n = static_cast<double>(rows.size()), k = static_cast<double>(totals.size()),
                 share = below / n;
    if (k < 2 || share == 0 || share == 1) return 1;
    double squares = 0;
    for (const auto& [id, user] : totals) {
        const double residual = user.below - share * user.rows;
        squares += residual * residual;
    }
    const double variance = squares / (k - 1) * k / (n * n);
    return std::max(1.0, std::sqrt(variance / (share * (1 - share) / n)));
}

}  // namespace

Result<QuantileRanks> quantile_ranks(int64_t n, double q, double alpha, double cluster_factor) noexcept {
    return protect([&] {
        arguments::count("n", n);
        arguments::positive("n", static_cast<double>(n));
        arguments::open_unit("q", q);
        arguments::alpha(alpha);
        arguments::finite("cluster_factor", cluster_factor);
        if (cluster_factor < 1) arguments::refuse("cluster_factor", "be at least 1", cluster_factor);
        QuantileRanks out;
        out.lower_rank = binomial_quantile(alpha / 2, n, q);
        out.upper_rank = binomial_quantile(1 - alpha / 2, n, q) + 1;
        const double units = static_cast<double>(n);
        out.coverage = binomial_cdf(static_cast<double>(out.upper_rank - 1), units, q) -
                       binomial_cdf(static_cast<double>(out.lower_rank - 1), units, q);
        if (cluster_factor > 1) {
            const double centre = units * q;
            const double lower = centre - cluster_factor * (centre - static_cast<double>(out.lower_rank));
            const double upper = centre + cluster_factor * (static_cast<double>(out.upper_rank) - centre);
            out.lower_rank = static_cast<int64_t>(std::max(0.0, std::floor(lower)));
            out.upper_rank = static_cast<int64_t>(std::min(units + 1, std::ceil(upper)));
        }
        return out;
    });
}

Result<std::vector<QuantileRow>> quantile_rows(const std::vector<double>& values,
                                               const std::vector<std::string_view>& users) noexcept {
    return protect([&] {
        if (values.size() != users.size()) {
            arguments::refuse("users", "have as many elements as outcomes", static_cast<double>(users.size()),
                              "Each outcome needs the user whose row it is.");
        }
        std::unordered_map<std::string_view, int64_t> numbers;
        std::vector<QuantileRow> rows;
        rows.reserve(values.size());
        for (size_t i = 0; i < values.size(); ++i) {
            const auto number = numbers.emplace(users[i], static_cast<int64_t>(numbers.size())).first->second;
            rows.push_back({number, values[i]});
        }
        return rows;
    });
}

Result<QuantileEstimate> quantile_estimate(std::vector<QuantileRow>* rows, double q, double alpha,
                                           Poll poll) noexcept {
    return protect([&] {
        arguments::open_unit("q", q);
        arguments::alpha(alpha);
        for (const QuantileRow& row : *rows) arguments::finite("every one of outcomes", row.value);
        QuantileEstimate out;
        out.rows = static_cast<int64_t>(rows->size());
        if (rows->empty()) {
            out.note = "no rows";
            return out;
        }
        int64_t steps = 0;
        std::sort(rows->begin(), rows->end(), [&](const QuantileRow& x, const QuantileRow& y) {
            if (poll && (++steps & 65535) == 0 && poll()) throw Failure(Code::cancelled, "cancelled");
            return x.value < y.value;
        });
        const auto rank = [&](int64_t r) { return (*rows)[static_cast<size_t>(r - 1)].value; };
        const auto middle = static_cast<int64_t>(std::ceil(q * static_cast<double>(out.rows)));
        out.value = rank(std::clamp<int64_t>(middle, 1, out.rows));
        out.cluster_factor = cluster_factor(*rows, *out.value, &out.users);
        const QuantileRanks ranks = quantile_ranks(out.rows, q, alpha, out.cluster_factor).take();
        if (ranks.lower_rank >= 1) out.low = rank(ranks.lower_rank);
        if (ranks.upper_rank <= out.rows) out.high = rank(ranks.upper_rank);
        if (!out.low || !out.high) out.note = "too few rows for an interval on both sides";
        return out;
    });
}

Result<Comparison> quantile_test(const QuantileEstimate& a, const QuantileEstimate& b,
                                 double alpha) noexcept {
    return protect([&] {
        arguments::alpha(alpha);
        Comparison out;
        if (!a.value || !b.value) {
            out.note = "an arm has no rows";
            return out;
        }
        out.difference = *b.value - *a.value;
        if (*a.value != 0) out.lift = *b.value / *a.value - 1;
        if (!a.low || !a.high || !b.low || !b.high) {
            out.note = "an arm has too few rows for an interval";
            return out;
        }
        const double z = normal_upper_quantile(alpha / 2);
        const auto error = [z](const QuantileEstimate& e) {
            const double n = static_cast<double>(e.rows);
            return std::sqrt((n - 1) / n) * (*e.high - *e.low) / (2 * z);
        };
        const double se_a = error(a), se_b = error(b);
        const double se = std::hypot(se_a, se_b);
        if (!(se > 0) || !std::isfinite(se)) {
            out.note = "no spread around the quantile in either arm";
            return out;
        }
        out.se = se;
        out.statistic = *out.difference / se;
        out.p_value = normal_two_sided(*out.statistic);
        out.ci_low = *out.difference - z * se;
        out.ci_high = *out.difference + z * se;
        set_lift(&out, *a.value, *b.value, fieller(*a.value, se_a * se_a, *b.value, se_b * se_b, 0, z));
        return out;
    });
}

Result<double> winsorising_cap(std::vector<double> sample, double q) noexcept {
    return protect([&] {
        arguments::open_unit("q", q);
        if (sample.empty())
            arguments::refuse("sample", "not be empty", 0, "Take rows from before the start.");
        for (double value : sample) arguments::finite("every value of sample", value);
        const auto rank = static_cast<size_t>(std::ceil(q * static_cast<double>(sample.size())));
        const auto at =
            sample.begin() + static_cast<std::ptrdiff_t>(std::clamp<size_t>(rank, 1, sample.size()) - 1);
        std::nth_element(sample.begin(), at, sample.end());
        return *at;
    });
}

}  // namespace pgprompt
