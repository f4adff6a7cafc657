// Gauss-Legendre quadrature on panels, inside this area.
#pragma once

#include <cmath>
#include <vector>

namespace pgprompt::quadrature {

struct Node {
    double at;
    double weight;
};

// 16 points on [-1, 1]: exact for polynomials up to degree 31.
inline constexpr Node kLegendre16[8] = {
    {0.0950125098376374402, 0.189450610455068496}, {0.281603550779258913, 0.182603415044923589},
    {0.458016777657227386, 0.169156519395002538},  {0.617876244402643748, 0.149595988816576732},
    {0.755404408355003034, 0.124628971255533872},  {0.865631202387831744, 0.0951585116824927848},
    {0.944575023073232576, 0.0622535239386478929}, {0.989400934991649933, 0.0271524594117540949},
};

// The nodes of `panels` panels of equal width over [low, high].
inline std::vector<Node> nodes(double low, double high, int panels) {
    std::vector<Node> out;
    out.reserve(static_cast<size_t>(panels) * 16);
    const double half = (high - low) / panels / 2;
    for (int panel = 0; panel < panels; ++panel) {
        const double centre = low + (2 * panel + 1) * half;
        for (int i = 7; i >= 0; --i)
            out.push_back({centre - half * kLegendre16[i].at, half * kLegendre16[i].weight});
        for (int i = 0; i < 8; ++i)
            out.push_back({centre + half * kLegendre16[i].at, half * kLegendre16[i].weight});
    }
    return out;
}

template <class Function>
double integrate(double low, double high, int panels, Function&& value) {
    double sum = 0;
    for (const Node& node : nodes(low, high, panels)) sum += node.weight * value(node.at);
    return sum;
}

}  // namespace pgprompt::quadrature
