// Per-user moments that grow user by user, in doubles around a pivot: for simulations and permutations. The
// server keeps exact sums instead (moments.h).
#pragma once

#include "core/experiment/moments.h"

namespace pgprompt {

// Sums of s and m around fixed pivots near their means.
class RunningMoments {
 public:
    RunningMoments() = default;
    RunningMoments(double pivot_s, double pivot_m) : pivot_s_(pivot_s), pivot_m_(pivot_m) {}

    void add(double s, double m) { change(s, m, 1); }
    void remove(double s, double m) { change(s, m, -1); }
    double users() const { return k_; }

    UserMoments moments() const {
        UserMoments out;
        out.users = k_;
        if (k_ == 0) return out;
        out.mean_s = pivot_s_ + s_ / k_;
        out.mean_m = pivot_m_ + m_ / k_;
        out.ratio = out.mean_m > 0 ? out.mean_s / out.mean_m : 0;
        if (k_ < 2) return out;
        out.var_s = positive(ss_ - s_ * s_ / k_) / (k_ - 1);
        out.var_m = positive(mm_ - m_ * m_ / k_) / (k_ - 1);
        out.cov_sm = (sm_ - s_ * m_ / k_) / (k_ - 1);
        out.var_e = positive(out.var_s - out.ratio * (2 * out.cov_sm - out.ratio * out.var_m));
        out.cov_em = out.cov_sm - out.ratio * out.var_m;
        return out;
    }

 private:
    static double positive(double x) { return x > 0 ? x : 0; }
    void change(double s, double m, double sign) {
        s -= pivot_s_;
        m -= pivot_m_;
        k_ += sign;
        s_ += sign * s;
        m_ += sign * m;
        ss_ += sign * s * s;
        mm_ += sign * m * m;
        sm_ += sign * s * m;
    }

    double pivot_s_ = 0, pivot_m_ = 0;
    double k_ = 0, s_ = 0, m_ = 0, ss_ = 0, mm_ = 0, sm_ = 0;
};

}  // namespace pgprompt
