#include "core/experiment/sample_ratio.h"

#include <cmath>
#include <limits>

#include "core/experiment/arguments.h"
#include "core/experiment/distributions.h"

namespace pgprompt {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

std::vector<double> shares_of(const char* name, const std::vector<double>& weights) {
    double total = 0;
    for (double weight : weights) {
        arguments::not_negative(name, weight);
        total += weight;
    }
    arguments::positive("the sum of the weights", total);
    std::vector<double> shares(weights);
    for (double& share : shares) share /= total;
    return shares;
}

void check(const std::vector<int64_t>& observed, size_t variants) {
    if (observed.size() != variants) {
        throw Failure(Code::invalid_parameter, "observed and weights must have the same length",
                      std::to_string(observed.size()) + " and " + std::to_string(variants) + ".",
                      "Give one element for each variant, in the same order.");
    }
    if (variants < 2) {
        arguments::refuse("observed", "name at least two variants", static_cast<double>(variants),
                          "One variant has no ratio to another.");
    }
    for (int64_t count : observed) arguments::count("every observed count", count);
}

// ln of B(alpha + n) / B(alpha) / prod p^n, B the multivariate beta function.
double log_bayes_factor(const std::vector<int64_t>& observed, const std::vector<double>& alpha,
                        const std::vector<double>& shares) {
    long double log_e = 0;
    double total = 0, concentration = 0;
    for (size_t j = 0; j < observed.size(); ++j) {
        const double n = static_cast<double>(observed[j]);
        if (n == 0 && shares[j] == 0) continue;
        if (shares[j] == 0) return kInfinity;
        log_e += log_rising(alpha[j], n) - n * std::log(static_cast<long double>(shares[j]));
        total += n;
        concentration += alpha[j];
    }
    return static_cast<double>(log_e - log_rising(concentration, total));
}

SequentialSampleRatio answer(double log_e) {
    return {log_e, log_e > 0 ? std::exp(-log_e) : 1};
}

}  // namespace

Result<ChiSquare> sample_ratio_chi_square(const std::vector<int64_t>& observed,
                                          const std::vector<double>& weights) noexcept {
    return protect([&] {
        check(observed, weights.size());
        const std::vector<double> shares = shares_of("every weight", weights);
        double total = 0;
        int cells = 0;
        for (int64_t count : observed) total += static_cast<double>(count);
        ChiSquare out;
        for (size_t j = 0; j < shares.size(); ++j) {
            const double n = static_cast<double>(observed[j]), expected = total * shares[j];
            if (shares[j] == 0) {
                if (n > 0) out.statistic = kInfinity;
                continue;
            }
            ++cells;
            if (total > 0) out.statistic += (n - expected) * (n - expected) / expected;
        }
        out.df = cells - 1;
        if (std::isinf(out.statistic)) {
            out.p_value = 0;
        } else if (out.df > 0) {
            out.p_value = chi_square_sf(out.statistic, out.df);
        }
        return out;
    });
}

Result<SequentialSampleRatio> sample_ratio_sequential(const std::vector<int64_t>& observed,
                                                      const std::vector<double>& weights, double k) noexcept {
    return protect([&] {
        check(observed, weights.size());
        arguments::positive("k", k);
        const std::vector<double> shares = shares_of("every weight", weights);
        std::vector<double> alpha(shares);
        for (double& a : alpha) a *= k;
        return answer(log_bayes_factor(observed, alpha, shares));
    });
}

Result<SequentialSampleRatio> sample_ratio_sequential(const std::vector<int64_t>& observed,
                                                      const std::vector<double>& weights,
                                                      const std::vector<double>& concentration) noexcept {
    return protect([&] {
        check(observed, weights.size());
        check(observed, concentration.size());
        for (double a : concentration) arguments::positive("every concentration", a);
        return answer(log_bayes_factor(observed, concentration, shares_of("every weight", weights)));
    });
}

Result<SequentialSampleRatio> sample_ratio_sequential(const std::vector<SampleRatioStratum>& strata,
                                                      const std::vector<double>& planned, double k) noexcept {
    return protect([&] {
        arguments::positive("k", k);
        const size_t variants = planned.size();
        const std::vector<double> start = shares_of("every planned share", planned);
        std::vector<double> seen(variants, 0), expected(variants, 0);  // n and x of the earlier strata
        double earlier = 0, log_e = 0;
        for (const SampleRatioStratum& stratum : strata) {
            check(stratum.observed, variants);
            check(stratum.observed, stratum.shares.size());
            const std::vector<double> shares = shares_of("every share", stratum.shares);
            std::vector<double> alpha(variants);
            double total_q = 0, total_n = 0;
            for (size_t j = 0; j < variants; ++j) {
                // A variant that came later has no planned share: its prior is the stratum's own.
                const double prior = k * (start[j] > 0 ? start[j] : shares[j]);
                alpha[j] =
                    prior + expected[j] > 0 ? shares[j] * (prior + seen[j]) / (prior + expected[j]) : 0;
                total_q += alpha[j];
            }
            for (double& a : alpha) a *= (k + earlier) / total_q;
            log_e += log_bayes_factor(stratum.observed, alpha, shares);
            for (size_t j = 0; j < variants; ++j) total_n += static_cast<double>(stratum.observed[j]);
            for (size_t j = 0; j < variants; ++j) {
                seen[j] += static_cast<double>(stratum.observed[j]);
                expected[j] += total_n * shares[j];
            }
            earlier += total_n;
        }
        return answer(log_e);
    });
}

}  // namespace pgprompt
