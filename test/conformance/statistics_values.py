#!/usr/bin/python3
"""Prints reference values for the core's statistics as CSV: method, inputs (JSON), expected (JSON), tolerance, source.

usage: { /usr/bin/python3 statistics_values.py; Rscript statistics_values.R; } > statistics.csv
Needs python3-mpmath, python3-scipy and python3-statsmodels; takes a minute. Every value comes from a definition other than the core's: exact
fractions, 40-digit integrals and root finding, or SciPy. statistics_values.R adds R's.
"""
import csv
import json
import math
import random
import sys
from fractions import Fraction

import mpmath as mp
import scipy
import scipy.optimize
import scipy.stats

mp.mp.dps = 40
OUT = csv.writer(sys.stdout, lineterminator="\n")
MPMATH = f"mpmath {mp.__version__}, 40 digits"
SCIPY = f"scipy {scipy.__version__}"


def emit(method, inputs, expected, tolerance="rel 1e-12", source=MPMATH):
    def plain(v):
        if isinstance(v, (list, tuple)):
            return [plain(x) for x in v]
        if isinstance(v, (bool, int, str)) or v is None:
            return v
        return float(v)

    OUT.writerow([method, json.dumps(inputs), json.dumps({k: plain(v) for k, v in expected.items()}), tolerance, source])


# --- distributions -------------------------------------------------------------------------------------------------
def normal_sf(z):
    return mp.erfc(mp.mpf(z) / mp.sqrt(2)) / 2


def t_sf(t, df):
    t, df = mp.mpf(t), mp.mpf(df)
    if df > 200:  # the hypergeometric series converges too slowly: the integral of the density
        if t < 0:
            return 1 - t_sf(-t, df)
        constant = mp.exp(mp.loggamma((df + 1) / 2) - mp.loggamma(df / 2)) / mp.sqrt(df * mp.pi)
        top = mp.log1p(t * t / df)  # quad stops at an absolute error: the integrand must start at 1
        steps = [t + mp.mpf(k) / (t + 1) for k in (0, 1, 2, 4, 8, 16, 32, 64, 128)]
        tail = mp.quad(lambda x: mp.exp(-(df + 1) / 2 * (mp.log1p(x * x / df) - top)), steps)
        return constant * tail * mp.exp(-(df + 1) / 2 * top)
    tail = mp.betainc(df / 2, mp.mpf(1) / 2, 0, df / (df + t * t), regularized=True) / 2
    return tail if t >= 0 else 1 - tail


def t_quantile_upper(q, df):
    start = scipy.stats.t.isf(float(q), float(df))
    return mp.findroot(lambda t: mp.log(t_sf(t, df)) - mp.log(q), start)


def normal_quantile_upper(q):
    return mp.findroot(lambda z: mp.log(normal_sf(z)) - mp.log(q), scipy.stats.norm.isf(float(q)))


def distributions():
    for z in (0.1, 1, 1.959963984540054, 3, 5, 8.3, 8.5, 12, 20, 30, 37.5):
        emit("norm_two_sided_tail", {"z": z}, {"p_value": 2 * normal_sf(z)})
    for q in (0.4, 0.025, 0.005, 1e-6, 1e-20, 1e-100, 1e-300):
        emit("norm_quantile", {"q": q}, {"z": normal_quantile_upper(mp.mpf(q))})
    for df in (1, 2.5, 10, 55.70744914862206, 1000.5, 1e6):
        for t in (0.01, 0.7, 2.5, 9.5, 37.5, 200):
            p = 2 * t_sf(t, df)
            if p > 1e-300:
                emit("t_two_sided_tail", {"t": t, "df": df}, {"p_value": p})
    for df in (1, 2.5, 7, 55.70744914862206, 1000.5, 123456.7):
        for q in (0.2, 0.025, 0.005, 1e-8):
            emit("t_upper_quantile", {"q": q, "df": df}, {"t": t_quantile_upper(mp.mpf(q), df)})
    for x, df in ((0.001, 1), (3.841458820694124, 1), (30, 4), (1406.25, 1), (900, 9), (12, 99)):
        emit("chi2_upper_tail", {"x": x, "df": df}, {"p_value": mp.gammainc(mp.mpf(df) / 2, mp.mpf(x) / 2, regularized=True)})
    for f, d1, d2 in ((4.8, 2, 27), (0.3, 5, 17.128418616644137), (250, 3, 1000), (40, 9, 12.5)):
        d1m, d2m = mp.mpf(d1), mp.mpf(d2)
        emit("f_upper_tail", {"F": f, "df1": d1, "df2": d2},
             {"p_value": mp.betainc(d2m / 2, d1m / 2, 0, d2m / (d2m + d1m * f), regularized=True)})


# --- rates ---------------------------------------------------------------------------------------------------------
def log_likelihood(x, n, p):
    p = mp.mpf(p)
    return (x * mp.log(p) if x else 0) + ((n - x) * mp.log(1 - p) if n - x else 0)


def maximise(function, low, high):
    """The maximum of a concave function on (low, high), by golden section and then Newton."""
    low, high = mp.mpf(low), mp.mpf(high)
    g = (mp.sqrt(5) - 1) / 2
    a, b = low, high
    for _ in range(190):
        c, d = b - g * (b - a), a + g * (b - a)
        if function(c) < function(d):
            a = c
        else:
            b = d
    return (a + b) / 2


def score_difference(x_a, n_a, x_b, n_b, d):
    d = mp.mpf(d)
    derivative = lambda p: (mp.mpf(x_a) / p - mp.mpf(n_a - x_a) / (1 - p) + mp.mpf(x_b) / (p + d)
                            - mp.mpf(n_b - x_b) / (1 - p - d))
    low, high = max(mp.mpf(0), -d), min(mp.mpf(1), 1 - d)
    edge = (high - low) * mp.mpf(10) ** -36
    if derivative(low + edge) <= 0:
        p = low
    elif derivative(high - edge) >= 0:
        p = high
    else:
        p = mp.findroot(derivative, (low + edge, high - edge), solver="anderson", tol=1e-60, verify=False, maxsteps=400)
        a, b = low + edge, high - edge
        for _ in range(140):
            m = (a + b) / 2
            if derivative(m) > 0:
                a = m
            else:
                b = m
        p = (a + b) / 2
    return p, p + d


def score_ratio(x_a, n_a, x_b, n_b, r):
    r = mp.mpf(r)
    derivative = lambda p: (mp.mpf(x_a + x_b) / p - mp.mpf(n_a - x_a) / (1 - p) - r * mp.mpf(n_b - x_b) / (1 - r * p))
    a, b = mp.mpf(10) ** -39, min(mp.mpf(1), 1 / r) * (1 - mp.mpf(10) ** -37)
    for _ in range(140):
        m = (a + b) / 2
        if derivative(m) > 0:
            a = m
        else:
            b = m
    return (a + b) / 2, r * (a + b) / 2


def bisect(function, low, high):
    """The zero of a decreasing function."""
    low, high = mp.mpf(low), mp.mpf(high)
    for _ in range(90):
        m = (low + high) / 2
        if function(m) > 0:
            low = m
        else:
            high = m
    return (low + high) / 2


def mn_intervals(x_a, n_a, x_b, n_b):
    z = normal_quantile_upper(mp.mpf("0.025"))
    factor = mp.mpf(n_a + n_b) / (n_a + n_b - 1)
    pa, pb = mp.mpf(x_a) / n_a, mp.mpf(x_b) / n_b

    def by_difference(d):
        qa, qb = score_difference(x_a, n_a, x_b, n_b, d)
        return (pb - pa - d) / mp.sqrt((qa * (1 - qa) / n_a + qb * (1 - qb) / n_b) * factor)

    def by_ratio(u):
        r = mp.exp(u)
        qa, qb = score_ratio(x_a, n_a, x_b, n_b, r)
        return (pb - r * pa) / mp.sqrt((qb * (1 - qb) / n_b + r * r * qa * (1 - qa) / n_a) * factor)

    estimate, log_ratio = pb - pa, mp.log(pb / pa)
    eps = mp.mpf(10) ** -20
    return {
        "mn_diff_lower": bisect(lambda d: by_difference(d) - z, -1 + eps, estimate),
        "mn_diff_upper": bisect(lambda d: by_difference(d) + z, estimate, 1 - eps),
        "mn_ratio_lower": mp.exp(bisect(lambda u: by_ratio(u) - z, log_ratio - 6, log_ratio)),
        "mn_ratio_upper": mp.exp(bisect(lambda u: by_ratio(u) + z, log_ratio, log_ratio + 6)),
    }


def rates():
    cases = ((100, 1000, 130, 1000), (9, 400, 3, 400), (8502, 44700, 8279, 45489), (1, 30, 29, 31), (450000, 500000, 451200, 500000),
             (3, 100000, 30, 20000))
    for x_a, n_a, x_b, n_b in cases:
        rows = {"x_a": x_a, "n_a": n_a, "x_b": x_b, "n_b": n_b}
        pooled = mp.mpf(x_a + x_b) / (n_a + n_b)
        z = (mp.mpf(x_b) / n_b - mp.mpf(x_a) / n_a) / mp.sqrt(pooled * (1 - pooled) * (mp.mpf(1) / n_a + mp.mpf(1) / n_b))
        emit("two_prop_z_pooled", rows, {"z": z, "p_value": 2 * normal_sf(abs(z)), "chi2": z * z})
        emit("two_prop_ci_score", dict(rows, conf=0.95), mn_intervals(x_a, n_a, x_b, n_b))
    # Far apart: z about -37.
    for x_a, n_a, x_b, n_b in ((60000, 100000, 51667, 100000), (5000, 10000, 7580, 10000)):
        pooled = mp.mpf(x_a + x_b) / (n_a + n_b)
        z = (mp.mpf(x_b) / n_b - mp.mpf(x_a) / n_a) / mp.sqrt(pooled * (1 - pooled) * (mp.mpf(1) / n_a + mp.mpf(1) / n_b))
        emit("two_prop_z_pooled", {"x_a": x_a, "n_a": n_a, "x_b": x_b, "n_b": n_b}, {"z": z, "p_value": 2 * normal_sf(abs(z))})
    for x_a, n_a, x_b, n_b, margin in ((500, 1000, 480, 1000, -0.05), (900, 1000, 905, 1000, -0.01),
                                       (20, 100, 10, 90, -0.2), (3, 500, 4, 400, -0.01)):
        p_a, p_b = score_difference(x_a, n_a, x_b, n_b, margin)
        z = (mp.mpf(x_b) / n_b - mp.mpf(x_a) / n_a - mp.mpf(margin)) / mp.sqrt(p_a * (1 - p_a) / n_a + p_b * (1 - p_b) / n_b)
        emit("noninferiority_farrington_manning", {"x_a": x_a, "n_a": n_a, "x_b": x_b, "n_b": n_b, "margin_diff": margin},
             {"z": z, "p_value": normal_sf(z), "p_a_constrained": p_a, "p_b_constrained": p_b})
    for a, b, c, d in ((3, 1, 1, 3), (7, 12, 8, 3), (1, 9, 11, 3), (0, 5, 5, 0), (200, 100, 150, 160),
                       (1000, 4000, 1300, 3700), (900, 100, 100, 900)):
        row, column, total = a + b, a + c, a + b + c + d
        weights = {k: Fraction(math.comb(row, k) * math.comb(total - row, column - k), math.comb(total, column))
                   for k in range(max(0, row + column - total), min(row, column) + 1)}
        own = weights[a]
        less = sum(w for k, w in weights.items() if k <= a)
        greater = sum(w for k, w in weights.items() if k >= a)
        emit("fisher_table", {"table": [a, b, c, d]},
             {"p_less": less, "p_greater": greater, "p_two_sided": sum(w for w in weights.values() if w <= own),
              "p_mid": min(Fraction(1), 2 * min(less - own / 2, greater - own / 2))}, source="exact fractions")
    for x, n in (([83, 90, 129, 70], [86, 93, 136, 82]), ([10, 20, 35], [1000, 1100, 1050]), ([0, 3], [50, 60]), ([5000, 7580], [10000, 10000])):
        s, m = mp.mpf(sum(x)), mp.mpf(sum(n))
        cells = [(mp.mpf(xi), ni * s / m) for xi, ni in zip(x, n)] + [(mp.mpf(ni - xi), ni * (m - s) / m) for xi, ni in zip(x, n)]
        chi2 = sum((o - e) ** 2 / e for o, e in cells)
        g = 2 * sum(o * mp.log(o / e) for o, e in cells if o)
        p = lambda stat: mp.gammainc(mp.mpf(len(x) - 1) / 2, stat / 2, regularized=True)
        emit("chi2_k_variants", {"x": x, "n": n}, {"chi2": chi2, "df": len(x) - 1, "p_value": p(chi2)})
        emit("g_test_k_variants", {"x": x, "n": n}, {"G": g, "df": len(x) - 1, "p_value": p(g)})
    for x, n in ((15, 50), (0, 10), (10, 10), (3, 100000)):
        interval = scipy.stats.binomtest(x, n).proportion_ci(0.95, "wilson")
        exact = scipy.stats.binomtest(x, n).proportion_ci(0.95, "exact")
        emit("one_prop_ci", {"x": x, "n": n}, {"wilson_lower": interval.low, "wilson_upper": interval.high,
                                              "clopper_lower": exact.low, "clopper_upper": exact.high}, "abs 1e-12", SCIPY)


# --- users ---------------------------------------------------------------------------------------------------------
def text(value):
    """An exact decimal text of a Fraction whose denominator divides a power of ten."""
    scale = 0
    while value.denominator != 1:
        value *= 10
        scale += 1
    return f"{value.numerator}e-{scale}"


def users_of(seed, count, binary=False):
    """Users' (s, m, x), exact: s the sum over m rows, in hundredths."""
    rng = random.Random(seed)
    users = []
    for _ in range(count):
        m = rng.randint(1, 9)
        base = rng.randint(50, 400)
        s = sum(rng.randint(0, 1) * 100 if binary else base + rng.randint(-40, 60) for _ in range(m))
        users.append((Fraction(s, 100), Fraction(m), Fraction(base + rng.randint(-30, 30), 100)))
    return users


def sums(users):
    total = lambda f: text(sum((f(u) for u in users), Fraction(0)))
    return {"users": len(users), "s": total(lambda u: u[0]), "ss": total(lambda u: u[0] ** 2), "m": total(lambda u: u[1]),
            "mm": total(lambda u: u[1] ** 2), "sm": total(lambda u: u[0] * u[1]), "x": total(lambda u: u[2]),
            "xx": total(lambda u: u[2] ** 2), "xs": total(lambda u: u[2] * u[0]), "xm": total(lambda u: u[2] * u[1])}


def mean(values):
    return sum(values, Fraction(0)) / len(values)


def variance(values):
    centre = mean(values)
    return sum((v - centre) ** 2 for v in values) / (len(values) - 1)


def covariance(xs, ys):
    cx, cy = mean(xs), mean(ys)
    return sum((x - cx) * (y - cy) for x, y in zip(xs, ys)) / (len(xs) - 1)


def exact(f):
    return mp.mpf(f.numerator) / f.denominator


def linearised(users, kind):
    """Value, and every user's part in it: the influence of a user, centred on 0 for a ratio."""
    if kind == "per_user":
        return mean([u[0] for u in users]), [u[0] for u in users]
    s, m = mean([u[0] for u in users]), mean([u[1] for u in users])
    return s / m, [(u[0] - s / m * u[1]) / m for u in users]


def contrast(strata, kind, cuped):
    """Every quantity from the users themselves, in fractions."""
    total_h = sum(Fraction(len(a) * len(b), len(a) + len(b)) for a, b in strata)
    out = dict.fromkeys(("difference", "variance", "pooled", "a", "va", "b", "vb", "cov", "nu", "dfw"), Fraction(0))
    for a, b in strata:
        h = Fraction(len(a) * len(b), len(a) + len(b)) / total_h
        (va, za), (vb, zb) = linearised(a, kind), linearised(b, kind)
        xa, xb = [u[2] for u in a], [u[2] for u in b]
        theta = Fraction(0)
        if cuped:
            joint = [z + va if kind == "per_row" else z for z in za] + [z + vb if kind == "per_row" else z for z in zb]
            theta = covariance(xa + xb, joint) / variance(xa + xb)
        adjusted_a, adjusted_b = [z - theta * x for z, x in zip(za, xa)], [z - theta * x for z, x in zip(zb, xb)]
        d = vb - va - theta * (mean(xb) - mean(xa))
        var_a, var_b = variance(adjusted_a) / len(a), variance(adjusted_b) / len(b)
        # b' = a + d as a linear combination of users: its variance and covariance with a.
        with_d = -covariance(za, adjusted_a) / len(a)
        own_a = variance(za) / len(a)
        if kind == "per_row":
            r = sum(u[0] for u in a + b) / sum(u[1] for u in a + b)
            m = mean([u[1] for u in a + b])
            ra, rb = [(u[0] - r * u[1]) / m - theta * u[2] for u in a], [(u[0] - r * u[1]) / m - theta * u[2] for u in b]
        else:
            ra, rb = adjusted_a, adjusted_b
        pooled = ((len(a) - 1) * variance(ra) + (len(b) - 1) * variance(rb)) / (len(a) + len(b) - 2)
        out["difference"] += h * d
        out["variance"] += h * h * (var_a + var_b)
        out["pooled"] += h * h * pooled * (Fraction(1, len(a)) + Fraction(1, len(b)))
        out["a"] += h * va
        out["b"] += h * (va + d)
        out["va"] += h * h * own_a
        out["vb"] += h * h * (own_a + var_a + var_b + 2 * with_d)
        out["cov"] += h * h * (own_a + with_d)
        out["nu"] += len(a) + len(b) - 2
        out["dfw"] += h ** 4 * (var_a ** 2 / (len(a) - 1) + var_b ** 2 / (len(b) - 1))
    out["h"] = total_h
    out["df"] = out["variance"] ** 2 / out["dfw"]
    return {k: exact(v) for k, v in out.items()}


def fieller_roots(c, critical):
    a = c["a"] ** 2 - critical ** 2 * c["va"]
    b = c["a"] * c["b"] - critical ** 2 * c["cov"]
    last = c["b"] ** 2 - critical ** 2 * c["vb"]
    root = mp.sqrt(b * b - a * last)
    return (b - root) / a - 1, (b + root) / a - 1


def mixture(c, rho2, alpha=mp.mpf("0.05")):
    """The t mixture by its definition: the Bayes factor of the t statistic under a normal effect, by quadrature."""
    se = mp.sqrt(max(c["variance"], c["pooled"]))
    t, nu = c["difference"] / se, c["nu"]
    g = 1 / (1 / (1 + rho2 * c["h"]))  # 1/r: the variance inflation of t's numerator under the mixture
    density = lambda t, scale: (1 + t * t / scale / nu) ** (-(nu + 1) / 2) / mp.sqrt(scale)
    log_e = mp.log(density(t, g)) - mp.log(density(t, 1))
    boundary = mp.findroot(lambda x: mp.log(density(x, g)) - mp.log(density(x, 1)) + mp.log(alpha), 3.2)
    return t, log_e, boundary, se


def users():
    designs = {
        "one stratum": [(users_of(1, 60), users_of(2, 50))],
        "three strata": [(users_of(3, 80), users_of(4, 20)), (users_of(5, 40), users_of(6, 45)), (users_of(7, 33), users_of(8, 90))],
        "binary": [(users_of(9, 70, True), users_of(10, 64, True))],
    }
    for name, strata in designs.items():
        for kind in ("per_row", "per_user"):
            for cuped in (False, True):
                c = contrast(strata, kind, cuped)
                se = mp.sqrt(c["variance"])
                t = c["difference"] / se
                critical = t_quantile_upper(mp.mpf("0.025"), c["df"])
                low, high = fieller_roots(c, critical)
                rho2 = mp.mpf("0.02")
                mt, log_e, boundary, mse = mixture(c, rho2)
                wide_low, wide_high = fieller_roots(c, boundary * mse / se)
                emit("stratified_contrast",
                     {"design": name, "kind": kind, "cuped": cuped, "rho2": 0.02,
                      "strata": [{"a": sums(a), "b": sums(b)} for a, b in strata]},
                     {"difference": c["difference"], "value_a": c["a"], "value_b": c["b"], "se": se, "df": c["df"], "t": t,
                      "p_value": 2 * t_sf(abs(t), c["df"]), "ci_low": c["difference"] - critical * se,
                      "ci_high": c["difference"] + critical * se, "lift_low": low, "lift_high": high,
                      "se_pooled": mp.sqrt(c["pooled"]), "av_t": mt, "av_log_e": log_e,
                      "av_low": c["difference"] - boundary * mse, "av_high": c["difference"] + boundary * mse,
                      "av_lift_low": wide_low, "av_lift_high": wide_high},
                     "rel 1e-12", "users themselves in exact fractions, then " + MPMATH)
    for first, pair, n in (("10000001", ["10000003", "10000002"], 3), ("1.5", ["1.4", "1.6"], 1001),
                           ("1000000.2", ["1000000.1", "1000000.3"], 1001), ("10000000.2", ["10000000.1", "10000000.3"], 1001)):
        values = [Fraction(first)] + [Fraction(pair[i % 2]) for i in range(n - 1)]
        emit("exact_moments", {"n": n, "s": text(sum(values)), "ss": text(sum(v * v for v in values))},
             {"mean": exact(mean(values)), "sd": mp.sqrt(exact(variance(values)))}, "rel 1e-15",
             "NIST StRD NumAcc1 to NumAcc4, certified values are the exact ones")
    # Latencies near 1e7 with 1 to 9 rows a user: the residual variance is 1e-16 of the variances it comes from.
    rng = random.Random(77)
    people = []
    for _ in range(200):
        m = rng.randint(1, 9)
        people.append((sum(Fraction(100000000 + rng.randint(-1, 1), 10) for _ in range(m)), Fraction(m), Fraction(0)))
    s = sums(people)
    r, z = linearised(people, "per_row")
    emit("exact_ratio", {k: s[k] for k in ("users", "s", "ss", "m", "mm", "sm")},
         {"ratio": exact(r), "se": mp.sqrt(exact(variance(z)) / len(people))}, "rel 1e-13", "exact fractions")


def welch():
    for n_a, m_a, v_a, n_b, m_b, v_b in ((3407, 0.41, 15.21, 3461, 0.7, 38.44), (5, 1.5, 2, 7, -3, 0.5), (10 ** 6, 100, 25, 10 ** 6, 100.2, 25.5),
                                         (2, 1, 1, 2, 3, 4), (10 ** 9, 1, 1, 10 ** 9, 1.00168, 1)):
        va, vb = mp.mpf(v_a) / n_a, mp.mpf(v_b) / n_b
        d, se = mp.mpf(m_b) - mp.mpf(m_a), mp.sqrt(va + vb)
        df = (va + vb) ** 2 / (va ** 2 / (n_a - 1) + vb ** 2 / (n_b - 1))
        c = t_quantile_upper(mp.mpf("0.025"), df)
        emit("welch_moments", {"n_a": n_a, "mean_a": m_a, "var_a": v_a, "n_b": n_b, "mean_b": m_b, "var_b": v_b},
             {"difference": d, "se": se, "t": d / se, "df": df, "p_value": 2 * t_sf(abs(d / se), df), "ci_low": d - c * se, "ci_high": d + c * se})
    groups = ([4.17, 5.58, 5.18, 6.11, 4.50, 4.61, 5.17, 4.53, 5.33, 5.14], [4.81, 4.17, 4.41, 3.59, 5.87, 3.83, 6.03, 4.89, 4.32, 4.69],
              [6.31, 5.12, 5.54, 5.50, 5.37, 5.29, 4.92, 6.15, 5.80, 5.26])
    f = scipy.stats.f_oneway(*groups)
    emit("anova_k_variants", {"n": [10] * 3, "sum": [sum(g) for g in groups], "sumsq": [sum(v * v for v in g) for g in groups]},
         {"F": f.statistic, "p_value": f.pvalue}, "rel 1e-11", SCIPY + " f_oneway, Dobson's PlantGrowth")


# --- sequential ----------------------------------------------------------------------------------------------------
def sequential():
    for t, nu, n, g in ((2.8, 96, 98, 1), (3.5, 6459, 6461, 814.1222448697522), (37.5, 1e6, 1e6, 50000),
                        (0.0, 100, 102, 10), (5, 10 ** 9, 10 ** 9, 10 ** 6)):
        r = mp.mpf(g) / (mp.mpf(g) + n)
        log_e = mp.log(r) / 2 + (mp.mpf(nu) + 1) / 2 * (mp.log(1 + mp.mpf(t) ** 2 / nu) - mp.log(1 + r * mp.mpf(t) ** 2 / nu))
        emit("anytime_valid_t", {"t": t, "nu": nu, "n": n, "g": g}, {"log_e": log_e})
    for observed, p0, k in (([5200, 4800], [0.5, 0.5], 1000), ([90061, 9939], [0.9, 0.1], 1000),
                            ([333, 333, 334], [1, 1, 1], 1000), ([50, 0], [0.5, 0.5], 1000)):
        total = mp.mpf(sum(p0))
        alpha = [k * mp.mpf(p) / total for p in p0]
        n = sum(observed)
        log_e = (mp.loggamma(sum(alpha)) - mp.loggamma(sum(alpha) + n)
                 + sum(mp.loggamma(a + o) - mp.loggamma(a) - o * mp.log(a / k) for a, o in zip(alpha, observed)))
        emit("srm_sequential_dirichlet", {"counts": observed, "p0": p0, "alpha0": "k*p0", "k": k},
             {"log_bf": log_e, "p_value": min(mp.mpf(1), mp.exp(-log_e))})
    strata = [([900, 110], [0.9, 0.1]), ([520, 480], [0.5, 0.5]), ([2000, 2150], [0.5, 0.5])]
    k, planned = mp.mpf(1000), [mp.mpf("0.9"), mp.mpf("0.1")]
    seen, expected, earlier, log_e = [mp.mpf(0)] * 2, [mp.mpf(0)] * 2, mp.mpf(0), mp.mpf(0)
    for n, p in strata:
        p = [mp.mpf(str(v)) for v in p]
        q = [pj * (k * pl + nj) / (k * pl + xj) for pj, pl, nj, xj in zip(p, planned, seen, expected)]
        alpha = [(k + earlier) * qj / sum(q) for qj in q]
        log_e += (mp.loggamma(sum(alpha)) - mp.loggamma(sum(alpha) + sum(n))
                  + sum(mp.loggamma(a + nj) - mp.loggamma(a) - nj * mp.log(pj) for a, nj, pj in zip(alpha, n, p)))
        seen = [a + b for a, b in zip(seen, n)]
        expected = [a + sum(n) * b for a, b in zip(expected, p)]
        earlier += sum(n)
    emit("srm_strata", {"strata": [{"observed": n, "shares": p} for n, p in strata], "planned": [0.9, 0.1]}, {"log_bf": log_e})
    rng = random.Random(5)
    arms = [rng.randint(0, 1) for _ in range(40)]
    y = [rng.randint(0, 4) / 4 for _ in range(40)]
    rho = [rng.choice([0.5, 0.25, 0.8]) for _ in range(40)]
    for batch, delta in ((1, 0), (10, 0), (10, 0.15)):
        wealth = [mp.mpf(1)] * 10
        sizes = [s * mp.mpf(str(d)) for s in (1, -1) for d in (0.03, 0.06, 0.12, 0.25, 0.5)]
        n = s = q = mp.mpf(0)
        for start in range(0, 40, batch):
            g = (s + mp.mpf(1) / 2) / (n + 1)
            sigma = mp.sqrt(max((q + mp.mpf(1) / 2) / (n + 1) - g * g, mp.mpf("1e-4")))
            for i in range(start, start + batch):
                r, d = mp.mpf(str(rho[i])), mp.mpf(str(delta))
                most = mp.mpf("0.9") / (max(r, 1 - r) * max(g, 1 - g) + r * (1 - r) * abs(d))
                for j in range(10):
                    bet = max(-most, min(most, sizes[j] / sigma))
                    wealth[j] *= 1 + bet * ((arms[i] - r) * (mp.mpf(y[i]) - g) - r * (1 - r) * d)
            for i in range(start, start + batch):
                n, s, q = n + 1, s + mp.mpf(y[i]), q + mp.mpf(y[i]) ** 2
        emit("betting_batches", {"arms": arms, "y": y, "rho": rho, "batch": batch, "delta": delta}, {"log_e": mp.log(sum(wealth) / 10)})
    # Two looks: the second boundary by the bivariate normal integral.
    for t1, kind in ((0.5, "obf"), (0.3, "pocock")):
        alpha = mp.mpf("0.05")
        spent = (4 * normal_sf(normal_quantile_upper(alpha / 4) / mp.sqrt(t1)) if kind == "obf" else alpha * mp.log(1 + (mp.e - 1) * mp.mpf(t1)))
        first = normal_quantile_upper(spent / 2)
        mp.mp.dps = 20
        def crossing(c):
            edge, step = c, mp.sqrt(1 - mp.mpf(t1))
            inner = lambda z: mp.npdf(z) * (normal_sf((edge - z * mp.sqrt(t1)) / step) + normal_sf((edge + z * mp.sqrt(t1)) / step))
            return mp.quad(inner, [-first, -first / 2, 0, first / 2, first])
        second = bisect(lambda c: crossing(c) - (alpha - spent), 1, 4)
        mp.mp.dps = 40
        emit(f"gst_spending_lan_demets_{kind}", {"info": [t1, 1.0], "alpha": 0.05, "sides": 2},
             {"bounds": [first, second], "cum_alpha": [spent, alpha]}, "rel 1e-12", "bivariate normal integral, " + MPMATH)


# --- Bayes ---------------------------------------------------------------------------------------------------------
def prob_greater(a1, b1, a2, b2):
    """P(Beta(a2, b2) > Beta(a1, b1)) for whole numbers: Evan Miller's closed form, in fractions."""
    beta = lambda a, b: Fraction(math.factorial(a - 1) * math.factorial(b - 1), math.factorial(a + b - 1))
    return sum(beta(a1 + i, b1 + b2) / ((b2 + i) * beta(1 + i, b2) * beta(a1, b1)) for i in range(a2))


def bayes():
    for x_a, n_a, x_b, n_b in ((3, 40, 9, 41), (0, 10, 0, 10), (0, 0, 0, 0), (42, 104, 500, 1009),
                               (100, 1000, 130, 1000), (300, 400, 2, 300), (5, 6, 900, 1000)):
        a1, b1, a2, b2 = x_a + 1, n_a - x_a + 1, x_b + 1, n_b - x_b + 1
        p = prob_greater(a1, b1, a2, b2)
        mean_a, mean_b = Fraction(a1, a1 + b1), Fraction(a2, a2 + b2)
        gain = mean_b * prob_greater(a1, b1, a2 + 1, b2) - mean_a * prob_greater(a1 + 1, b1, a2, b2)
        emit("bayes_beta_binomial", {"x_a": x_a, "n_a": n_a, "x_b": x_b, "n_b": n_b, "prior": [1, 1]},
             {"prob_b_beats_a": exact(p), "expected_loss_choose_a": exact(gain), "expected_loss_choose_b": exact(gain - (mean_b - mean_a)),
              "mean_a": exact(mean_a), "mean_b": exact(mean_b)}, "abs 1e-12", "closed form in exact fractions")
    posteriors = [[101, 901], [131, 871], [116, 886]]
    mp.mp.dps = 20
    density = lambda x, a, b: x ** (a - 1) * (1 - x) ** (b - 1) / mp.beta(a, b)
    cdf = lambda x, a, b: mp.betainc(a, b, 0, x, regularized=True)
    best = []
    for i in range(3):
        best.append(mp.quad(lambda x: density(x, *posteriors[i]) * mp.fprod(cdf(x, *posteriors[j]) for j in range(3) if j != i),
                            [0.03, 0.07, 0.09, 0.1, 0.11, 0.12, 0.13, 0.15, 0.2, 0.3]))
    mp.mp.dps = 40
    emit("thompson_allocation_prob_best", {"posteriors": posteriors}, {"prob_best": best}, "abs 1e-12")
    for mu, sigma in ((0.1, 0.05), (-0.2, 0.1), (0, 1)):
        m, s = mp.mpf(mu), mp.mpf(sigma)
        part = lambda m: m * mp.ncdf(m / s) + s * mp.npdf(m / s)
        emit("bayes_gaussian_risk", {"mu": mu, "sigma": sigma}, {"risk_control": part(m), "risk_treatment": part(-m)}, "abs 1e-14")


# --- many comparisons ----------------------------------------------------------------------------------------------
def dunnett():
    mp.mp.dps = 20
    for k, c in ((1, 1.959963984540054), (2, 2.2121277465786187), (4, 3.5), (3, 8.0)):
        root = mp.sqrt(mp.mpf("0.5"))
        outside = lambda z: normal_sf((c - root * z) / root) + normal_sf((c + root * z) / root)
        scale = 1 / (k * 2 * normal_sf(c))  # quad stops at an absolute error
        tail = mp.quad(lambda z: scale * mp.npdf(z) * -mp.expm1(k * mp.log1p(-outside(z))),
                       [-16, -12, -8, -6, -4, -2, 0, 2, 4, 6, 8, 12, 16]) / scale
        emit("dunnett_tail", {"t": c, "treatments": k, "df": "inf"}, {"p_value": tail})
    df, k, c = mp.mpf(20), 2, mp.mpf("2.378689980181305")
    scale = lambda s: df ** (df / 2) / (mp.gamma(df / 2) * 2 ** (df / 2 - 1)) * s ** (df - 1) * mp.exp(-df * s * s / 2)
    def given(s):
        root = mp.sqrt(mp.mpf("0.5"))
        outside = lambda z: normal_sf((c * s - root * z) / root) + normal_sf((c * s + root * z) / root)
        return mp.quad(lambda z: mp.npdf(z) * -mp.expm1(k * mp.log1p(-outside(z))), [-10, -3, 0, 3, 10], maxdegree=5)
    tail = mp.quad(lambda s: scale(s) * given(s), [0.1, 0.6, 1, 1.4, 2.4], maxdegree=5)
    emit("dunnett_tail", {"t": float(c), "treatments": 2, "df": 20}, {"p_value": tail}, "rel 1e-12")
    mp.mp.dps = 40


def planning():
    for p1, p2, alpha, power in ((0.05, 0.055, 0.05, 0.8), (0.5, 0.75, 0.05, 0.9), (0.2, 0.18, 0.01, 0.95)):
        za, zb = normal_quantile_upper(mp.mpf(str(alpha)) / 2), normal_quantile_upper(1 - mp.mpf(str(power)))
        q1, q2 = mp.mpf(p1), mp.mpf(p2)
        bar = (q1 + q2) / 2
        n = (za * mp.sqrt(2 * bar * (1 - bar)) + zb * mp.sqrt(q1 * (1 - q1) + q2 * (1 - q2))) ** 2 / (q2 - q1) ** 2
        emit("sample_size_two_prop", {"p1": p1, "p2": p2, "alpha": alpha, "power": power}, {"n_per_arm": n})


def comparisons():
    """Formulas offered for comparison with other tools."""
    a, b = users_of(21, 40), users_of(22, 55)
    inputs = {}
    for name, people in (("a", a), ("b", b)):
        s = sums(people)
        inputs.update({f"n_{name}": len(people), f"sum_y_{name}": s["s"], f"sumsq_y_{name}": s["ss"], f"sum_x_{name}": s["x"],
                       f"sumsq_x_{name}": s["xx"], f"sum_xy_{name}": s["xs"]})
    ya, yb, xa, xb = [u[0] for u in a], [u[0] for u in b], [u[2] for u in a], [u[2] for u in b]
    theta = covariance(xa + xb, ya + yb) / variance(xa + xb)
    difference = mean(yb) - mean(ya) - theta * (mean(xb) - mean(xa))
    ratio = mean(yb) / mean(ya)
    # The influence of every user on the lift, with the unadjusted ratio.
    in_a, in_b = [ratio * y - theta * x for y, x in zip(ya, xa)], [y - theta * x for y, x in zip(yb, xb)]
    se = mp.sqrt(exact(variance(in_a) / len(a) + variance(in_b) / len(b))) / exact(mean(ya))
    lift = exact(difference / mean(ya))
    emit("cuped_relative", inputs, {"theta": exact(theta), "estimate": lift, "se": se, "t": lift / se})
    for n, alpha in ((1, 0.05), (10000, 0.01)):
        approximate = (-2 * mp.log(mp.mpf(str(alpha))) + mp.log(1 - 2 * mp.log(mp.mpf(str(alpha))))) / n
        precise = (-mp.lambertw(-mp.mpf(str(alpha)) ** 2 * mp.exp(-1), -1).real - 1) / n
        emit("asympcs_rho2_exact", {"alpha": alpha, "N_star": n}, {"N_rho2": precise, "N_rho2_approx": approximate})
    for s, v, v_opt in ((10, 100, 100), (90, 400, 1000)):
        level = mp.mpf("0.05")
        rho = v_opt / (-2 * mp.log(level) + mp.log(1 - 2 * mp.log(level)))
        # The mixture by its integral over the effect, N(0, 1/rho); half of it doubled is the one-sided one.
        mixture_of = lambda s, rho, low: mp.quad(lambda x: mp.exp(x * s - x * x * v / 2) * mp.npdf(x, 0, 1 / mp.sqrt(rho)), low)
        grid = [mp.mpf(k) / 20 for k in range(-40, 41)]
        bound = bisect(lambda s: -mp.log(mixture_of(s, rho, grid)) - mp.log(level), 1, 400)
        emit("normal_mixture_two_sided", {"s": s, "v": v, "v_opt": v_opt, "alpha_opt": 0.05, "alpha": 0.05},
             {"best_rho": rho, "log_mixture": mp.log(mixture_of(s, rho, grid)), "bound": bound})
        half = v_opt / (-2 * mp.log(2 * level) + mp.log(1 - 2 * mp.log(2 * level)))
        emit("normal_mixture_one_sided", {"s": s, "v": v, "v_opt": v_opt, "alpha_opt": 0.05, "alpha": 0.05},
             {"log_mixture": mp.log(2 * mixture_of(s, half, grid[40:]))})
    for f, d, nu, n, g in ((4.8, 2, 27, 30, 1), (12.5, 5, 1000, 1006, 100)):
        r = mp.mpf(g) / (g + n)
        log_e = d * mp.log(r) / 2 + (mp.mpf(nu) + d) / 2 * (mp.log(1 + d * mp.mpf(f) / nu) - mp.log(1 + r * d * mp.mpf(f) / nu))
        emit("anytime_valid_F_k_variants", {"F": f, "d": d, "nu": nu, "n": n, "g": g}, {"log_e": log_e})


def from_statsmodels():
    """Not its score interval of a difference, whose estimate under the null is wrong in 0.13.5."""
    import numpy
    import statsmodels
    from statsmodels.stats import multitest, oneway, power, proportion, weightstats

    source = f"statsmodels {statsmodels.__version__} "
    for x_a, n_a, x_b, n_b in ((100, 1000, 160, 1100), (9, 40, 23, 50), (3100, 44700, 8279, 45489)):
        z, p = proportion.proportions_ztest([x_b, x_a], [n_b, n_a])
        emit("two_prop_z_pooled", {"x_a": x_a, "n_a": n_a, "x_b": x_b, "n_b": n_b}, {"z": z, "p_value": p}, "rel 1e-11", source + "proportions_ztest")
        chi2, p, _ = proportion.proportions_chisquare([x_a, x_b, x_b], [n_a, n_b, n_b + 7])
        emit("chi2_k_variants", {"x": [x_a, x_b, x_b], "n": [n_a, n_b, n_b + 7]}, {"chi2": chi2, "p_value": p},
             "rel 1e-11", source + "proportions_chisquare")
    for x, n in ((15, 50), (3, 1000), (997, 1000)):
        wilson, exact_ends = proportion.proportion_confint(x, n, 0.05, "wilson"), proportion.proportion_confint(x, n, 0.05, "beta")
        emit("one_prop_ci", {"x": x, "n": n}, {"wilson_lower": wilson[0], "wilson_upper": wilson[1], "clopper_lower": exact_ends[0],
                                              "clopper_upper": exact_ends[1]}, "abs 1e-12", source + "proportion_confint")
    names = {"holm": "holm", "simes-hochberg": "hochberg", "hommel": "hommel", "bonferroni": "bonferroni",
             "fdr_bh": "benjamini_hochberg", "fdr_by": "benjamini_yekutieli"}
    for values in ([0.021, 0.0004, 0.3, 0.04, 0.049, 0.7], [0.2, 0.01, 0.01, 0.03]):
        for name, method in names.items():
            emit(method, {"p": values}, {"adj": list(multitest.multipletests(values, method=name)[1])}, "abs 1e-14", source + "multipletests")
    rng = random.Random(11)
    groups = [[rng.gauss(mean, spread) for _ in range(count)] for mean, spread, count in ((10, 1, 30), (10.4, 2, 25), (9, 1.5, 40))]
    t, p, df = weightstats.ttest_ind(groups[1], groups[0], usevar="unequal")
    a, b = (numpy.array(g) for g in groups[:2])
    emit("welch_moments", {"n_a": len(a), "mean_a": a.mean(), "var_a": a.var(ddof=1), "n_b": len(b), "mean_b": b.mean(), "var_b": b.var(ddof=1)},
         {"t": t, "df": df, "p_value": p}, "rel 1e-11", source + "ttest_ind")
    sums_of = {"n": [len(g) for g in groups], "sum": [math.fsum(g) for g in groups], "sumsq": [math.fsum(v * v for v in g) for g in groups]}
    for method, variances in (("anova_k_variants", "equal"), ("welch_anova_k_variants", "unequal")):
        test = oneway.anova_oneway(groups, use_var=variances)
        emit(method, sums_of, {"F": test.statistic, "p_value": test.pvalue}, "rel 1e-11", source + "anova_oneway")
    for delta, sd, n, alpha in ((1, 1, 20, 0.05), (0.3, 1, 200, 0.01)):  # the right direction only, as R's
        value = power.TTestIndPower().power(delta / sd, n, alpha / 2, alternative="larger")
        emit("power_two_mean_t", {"delta": delta, "sd": sd, "n_per_arm": n, "alpha": alpha}, {"power": value}, "rel 1e-9", source + "TTestIndPower")


OUT.writerow(["method", "inputs_json", "expected_json", "tolerance", "source"])
distributions()
rates()
users()
welch()
sequential()
bayes()
dunnett()
planning()
comparisons()
from_statsmodels()
