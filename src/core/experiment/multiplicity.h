// Many questions at once: adjusted p-values, and e-BH on e-values.
#pragma once

#include <string_view>
#include <vector>

#include "core/status.h"

namespace pgprompt {

enum class Adjustment : unsigned char {
    none,
    bonferroni,
    holm,
    hochberg,
    hommel,
    benjamini_hochberg,
    benjamini_yekutieli
};

// "none", "bonferroni", "holm", "hochberg", "hommel", "bh" or "fdr", "by"; another word is an
// invalid_parameter with the list as its hint.
Result<Adjustment> adjustment_named(std::string_view name) noexcept;

// Adjusted p-values in the order given, as R's p.adjust. Holm (Scand. J. Stat. 6 (1979) 65-70) and Bonferroni
// hold under any dependence and on always-valid p-values at any time; Hochberg and Hommel need positive
// dependence; Benjamini-Hochberg and -Yekutieli control the false discovery rate at a fixed look. At most
// 10,000 values.
Result<std::vector<double>> adjust_p_values(const std::vector<double>& p, Adjustment method) noexcept;

// The e-BH rule (R. Wang and A. Ramdas, J. R. Stat. Soc. B 84 (2022) 822-852): rejects the k* largest,
// k* = max{k: e_(k) >= m/(alpha k)}. Valid under any dependence, at any time.
Result<std::vector<bool>> e_bh(const std::vector<double>& e, double alpha) noexcept;

}  // namespace pgprompt
