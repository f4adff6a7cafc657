// Is a guardrail metric no worse than it may be?
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "core/experiment/stratified.h"
#include "core/status.h"

namespace pgprompt {

// A one-sided test of H0: b is worse than a by at least the margin. p small: non-inferior.
struct MarginTest {
    std::optional<double> statistic, p_value, df;
    double p_a = 0, p_b = 0;  // the constrained rates, for rates
    const char* note = "";
};

enum class Better : unsigned char { higher, lower };
Result<Better> better_named(std::string_view name) noexcept;  // "higher", "lower"

// Rates: the score test of C. P. Farrington and G. Manning (Stat. Med. 9 (1990) 1447-1454) of p_b - p_a >
// margin
// (`higher` is better; margin -0.05: a loss of five points is still tolerable) or p_b - p_a < margin
// (`lower`, margin above 0). `unbiased`: Miettinen and Nurminen's factor N/(N-1). For one look.
Result<MarginTest> farrington_manning_test(int64_t x_a, int64_t n_a, int64_t x_b, int64_t n_b, double margin,
                                           Better better = Better::higher, bool unbiased = false) noexcept;

// Means with a relative margin delta > 0: Welch's t on m_b - (1 - delta) m_a (higher is better) or (1 +
// delta) m_a - m_b (lower); where m_a is negative, delta is a share of its size. For one look.
Result<MarginTest> welch_margin_test(int64_t n_a, double mean_a, double var_a, int64_t n_b, double mean_b,
                                     double var_b, double delta, Better better = Better::higher) noexcept;

// Equivalence by two one-sided tests (D. J. Schuirmann, J. Pharmacokinet. Biopharm. 15 (1987) 657-680): H0: b
// lies as far as the margin from a, or farther, on either side. The p-value is the larger of the two, the
// statistic its own. margin and delta above 0, delta below 1.
Result<MarginTest> farrington_manning_equivalence_test(int64_t x_a, int64_t n_a, int64_t x_b, int64_t n_b,
                                                       double margin) noexcept;
Result<MarginTest> welch_equivalence_test(int64_t n_a, double mean_a, double var_a, int64_t n_b,
                                          double mean_b, double var_b, double delta) noexcept;

// The reading that may be peeked at: does the 1 - 2 alpha confidence sequence clear the margin?
struct Margin {
    double value = 0;      // relative: a share of the size of a's value, in (0, 1) for `higher`, above 0 for
                           // `lower`; absolute: in
    bool relative = true;  // the metric's unit, above 0; to be preferred where a's value may be 0
    Better better = Better::higher;
};
enum class MarginState : unsigned char {
    non_inferior,  // the whole sequence is on the tolerable side of the margin
    inferior,      // the whole sequence is beyond the margin
    open,          // the margin lies inside
    absent,        // no sequence yet
};
struct MarginReading {
    MarginState state = MarginState::absent;
    std::optional<double> low, high;  // sequence of b - a (absolute), or of b - (1 -+ delta) a (relative)
    const char* note = "";
};
const char* margin_state_name(MarginState state) noexcept;  // "non-inferior", "inferior", "open"; "" absent
Result<MarginReading> margin_sequence(const Contrast& contrast, const Margin& margin, double rho2,
                                      double alpha) noexcept;

// Both ways: non_inferior once b lies within +- the relative margin of a, inferior once it lies beyond on
// either side. What rows per user are guarded by: a variant that only makes some users busier, or less so,
// moves a ratio of sums without being better. The interval is that of b - a over a (Fieller's); it may be
// absent while the state is known.
Result<MarginReading> unchanged_sequence(const Contrast& contrast, double relative_margin, double rho2,
                                         double alpha) noexcept;

}  // namespace pgprompt
