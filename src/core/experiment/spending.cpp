#include "core/experiment/spending.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "core/experiment/arguments.h"
#include "core/experiment/distributions.h"
#include "core/experiment/quadrature.h"

namespace pgprompt {
namespace {

using quadrature::Node;

constexpr size_t kMaxLooks = 500;
constexpr double kReach = 9.5;  // standard deviations beyond which nothing of weight lies
constexpr double kInfinity = std::numeric_limits<double>::infinity();

// The score process at the present look, S = z sqrt t with drift 0: its density on what no boundary has
// caught.
class Process {
 public:
    explicit Process(Poll poll) : poll_(poll) {}

    // The chance that |z| >= boundary at a next look at `information`, not having crossed before.
    double crossing(double information, double boundary) const {
        if (std::isinf(boundary)) return 0;
        if (nodes_.empty()) return normal_two_sided(boundary);
        const double step = std::sqrt(information - information_), edge = boundary * std::sqrt(information);
        double sum = 0;
        for (size_t i = 0; i < nodes_.size(); ++i) {
            const double s = nodes_[i].at;
            sum += mass_[i] * (normal_sf((edge - s) / step) + normal_sf((edge + s) / step));
        }
        return sum;
    }

    // The same under a drift, by the likelihood ratio exp(theta s - theta^2 t / 2) of the density at drift 0.
    double crossing(double information, double boundary, double drift) const {
        if (std::isinf(boundary)) return 0;
        const double root = std::sqrt(information);
        if (nodes_.empty()) return normal_sf(boundary - drift * root) + normal_sf(boundary + drift * root);
        const double gap = information - information_, step = std::sqrt(gap), edge = boundary * root;
        double sum = 0;
        for (size_t i = 0; i < nodes_.size(); ++i) {
            const double s = nodes_[i].at, mean = s + drift * gap;
            const double density = mass_[i] * std::exp(drift * (s - drift * information_ / 2));
            sum += density * (normal_sf((edge - mean) / step) + normal_sf((edge + mean) / step));
        }
        return sum;
    }

    // Takes the look. The next look's step decides how finely the density must be laid out.
    void advance(double information, double boundary, double next_information) {
        const double root = std::sqrt(information), edge = std::min(boundary, kReach) * root;
        const double finest = std::sqrt(std::min(next_information - information, information - information_));
        const int panels = static_cast<int>(std::clamp(std::ceil(edge / finest), 4.0, 20000.0));
        std::vector<Node> nodes = quadrature::nodes(-edge, edge, panels);
        std::vector<double> mass(nodes.size());
        if (nodes_.empty()) {
            for (size_t i = 0; i < nodes.size(); ++i) {
                mass[i] = nodes[i].weight * normal_density(nodes[i].at / root) / root;
            }
        } else {
            const double step = std::sqrt(information - information_);
            size_t first = 0;
            for (size_t i = 0; i < nodes.size(); ++i) {
                if (poll_ && i % 256 == 0 && poll_()) throw Failure(Code::cancelled, "cancelled");
                const double at = nodes[i].at;
                while (first < nodes_.size() && nodes_[first].at < at - kReach * step) ++first;
                double density = 0;
                for (size_t j = first; j < nodes_.size() && nodes_[j].at <= at + kReach * step; ++j) {
                    density += mass_[j] * normal_density((at - nodes_[j].at) / step);
                }
                mass[i] = nodes[i].weight * density / step;
            }
        }
        nodes_ = std::move(nodes);
        mass_ = std::move(mass);
        information_ = information;
    }

 private:
    Poll poll_;
    double information_ = 0;
    std::vector<Node> nodes_;
    std::vector<double> mass_;  // density times quadrature weight
};

// The boundary at which the look spends `chance`, by bisection on the decreasing crossing probability.
double boundary_for(const Process& process, double information, double chance) {
    double low = 0, high = 40;
    if (!(chance > 0) || process.crossing(information, high) >= chance) return kInfinity;
    for (int i = 0; i < 200 && high - low > 1e-15 * high; ++i) {
        const double middle = (low + high) / 2;
        if (middle <= low || middle >= high) break;
        (process.crossing(information, middle) > chance ? low : high) = middle;
    }
    return high;
}

double spent(Spending spending, double t, double alpha, double rho) {
    t = std::min(t, 1.0);
    if (t == 1) return alpha;
    switch (spending) {
        case Spending::obrien_fleming:
            return 4 * normal_sf(normal_upper_quantile(alpha / 4) / std::sqrt(t));
        case Spending::pocock:
            return alpha * std::log1p(1.718281828459045235 * t);
        case Spending::power:
            return alpha * std::pow(t, rho);
    }
    throw Failure(Code::invalid_parameter, "unknown spending function");
}

void check_looks(const std::vector<Look>& looks) {
    if (looks.size() > kMaxLooks) {
        throw Failure(Code::limit_exceeded, "more than 500 looks",
                      std::to_string(looks.size()) + " are given.",
                      "Look less often, or use the always-valid test.");
    }
    double last = 0;
    for (const Look& look : looks) {
        if (!(look.information > last && look.information <= 1)) {
            arguments::refuse("every look's information", "ascend and lie between 0 and 1", look.information);
        }
        if (!(look.boundary > 0)) arguments::refuse("every one of boundaries", "be above 0", look.boundary);
        last = look.information;
    }
}

double replay(Process* process, const std::vector<Look>& looks, double next) {
    double crossed = 0;
    for (size_t i = 0; i < looks.size(); ++i) {
        crossed += process->crossing(looks[i].information, looks[i].boundary);
        process->advance(looks[i].information, looks[i].boundary,
                         i + 1 < looks.size() ? looks[i + 1].information : next);
    }
    return crossed;
}

std::vector<double> evenly(int looks) {
    if (looks < 1 || looks > static_cast<int>(kMaxLooks))
        arguments::refuse("looks", "lie between 1 and 500", looks);
    std::vector<double> information;
    for (int i = 1; i <= looks; ++i) information.push_back(static_cast<double>(i) / looks);
    return information;
}

// The constant c for which boundaries c * shape(t) cross with chance alpha in all.
template <class Shape>
double constant_for(int looks, double alpha, Poll poll, Shape shape) {
    arguments::alpha(alpha);
    const std::vector<double> information = evenly(looks);
    double low = 0, high = 20;
    for (int i = 0; i < 60 && high - low > 1e-13; ++i) {
        const double middle = (low + high) / 2;
        std::vector<Look> plan;
        for (double t : information) plan.push_back({t, middle * shape(t)});
        const double crossed = crossing_probabilities(plan, 0, poll).take().back();
        (crossed > alpha ? low : high) = middle;
    }
    return (low + high) / 2;
}

}  // namespace

Result<std::vector<Look>> looks_of(const std::vector<double>& information,
                                   const std::vector<double>& boundaries) noexcept {
    return protect([&] {
        if (information.size() != boundaries.size()) {
            arguments::refuse("boundaries", "have as many elements as information",
                              static_cast<double>(boundaries.size()), "Give one element for each look.");
        }
        std::vector<Look> looks;
        for (size_t i = 0; i < information.size(); ++i) looks.push_back({information[i], boundaries[i]});
        return looks;
    });
}

Result<Spending> spending_named(std::string_view name) noexcept {
    return protect([&] {
        if (name == "obrien_fleming") return Spending::obrien_fleming;
        if (name == "pocock") return Spending::pocock;
        if (name == "power") return Spending::power;
        throw Failure(Code::invalid_parameter, "spending must be a known function",
                      "It is \"" + std::string(name.substr(0, 60)) + "\".",
                      "Known are obrien_fleming, pocock and power.");
    });
}

Result<double> spent_alpha(Spending spending, double information, double alpha, double rho) noexcept {
    return protect([&] {
        arguments::alpha(alpha);
        arguments::positive("information", information);
        arguments::positive("rho", rho);
        return spent(spending, information, alpha, rho);
    });
}

Result<NextLook> next_look(const std::vector<Look>& before, double information, double alpha,
                           Spending spending, double rho, Poll poll) noexcept {
    return protect([&] {
        arguments::alpha(alpha);
        arguments::positive("information", information);
        arguments::positive("rho", rho);
        check_looks(before);
        if (before.size() == kMaxLooks)
            throw Failure(Code::limit_exceeded, "more than 500 looks", "The log is full.",
                          "Look less often, or use the always-valid test.");
        const double last = before.empty() ? 0 : before.back().information, now = std::min(information, 1.0);
        if (last >= 1) {
            throw Failure(
                Code::invalid_parameter, "the last look has been taken: all of alpha is spent",
                "The information of the last look is 1.",
                "A plan cannot be prolonged; start a new experiment, or use the always-valid test.");
        }
        if (!(now > last))
            arguments::refuse("information", "exceed that of the last look", information,
                              "Information only grows: users so far over users planned.");
        Process process(poll);
        const double crossed = replay(&process, before, now);
        NextLook out;
        out.cumulated_alpha = std::max(crossed, spent(spending, now, alpha, rho));
        out.look = {now, boundary_for(process, now, out.cumulated_alpha - crossed)};
        return out;
    });
}

Result<std::vector<NextLook>> spending_boundaries(const std::vector<double>& information, double alpha,
                                                  Spending spending, double rho, Poll poll) noexcept {
    return protect([&] {
        arguments::alpha(alpha);
        arguments::positive("rho", rho);
        std::vector<Look> plan;
        for (double t : information) plan.push_back({t, 1});
        check_looks(plan);
        Process process(poll);
        std::vector<NextLook> out;
        double crossed = 0;
        for (size_t i = 0; i < plan.size(); ++i) {
            const double t = plan[i].information,
                         cumulated = std::max(crossed, spent(spending, t, alpha, rho));
            const double boundary = boundary_for(process, t, cumulated - crossed);
            out.push_back({{t, boundary}, cumulated});
            crossed += process.crossing(t, boundary);
            if (i + 1 < plan.size()) process.advance(t, boundary, plan[i + 1].information);
        }
        return out;
    });
}

Result<double> pocock_constant(int looks, double alpha, Poll poll) noexcept {
    return protect([&] { return constant_for(looks, alpha, poll, [](double) { return 1.0; }); });
}

Result<double> obrien_fleming_constant(int looks, double alpha, Poll poll) noexcept {
    return protect(
        [&] { return constant_for(looks, alpha, poll, [](double t) { return 1 / std::sqrt(t); }); });
}

Result<std::vector<double>> crossing_probabilities(const std::vector<Look>& looks, double drift,
                                                   Poll poll) noexcept {
    return protect([&] {
        check_looks(looks);
        arguments::finite("drift", drift);
        Process process(poll);
        std::vector<double> out;
        double crossed = 0;
        for (size_t i = 0; i < looks.size(); ++i) {
            crossed += process.crossing(looks[i].information, looks[i].boundary, drift);
            out.push_back(std::min(1.0, crossed));
            if (i + 1 < looks.size()) {
                process.advance(looks[i].information, looks[i].boundary, looks[i + 1].information);
            }
        }
        return out;
    });
}

}  // namespace pgprompt
