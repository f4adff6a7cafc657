// The distributions behind every test: Boost.Math with a policy that never throws, survival functions in the
// tails. Arguments are trusted (callers check them); a domain error answers NaN, an overflow infinity.
#pragma once

namespace pgprompt {

// Standard normal. upper_quantile(q) is the z with normal_sf(z) = q; good for q down to 1e-300.
double normal_density(double z);
double normal_cdf(double z);
double normal_sf(double z);
double normal_two_sided(double z);  // P(|Z| >= |z|)
double normal_upper_quantile(double q);

// Student's t; df > 0, infinity means normal.
double student_sf(double t, double df);
double student_two_sided(double t, double df);
double student_upper_quantile(double q, double df);
double noncentral_student_sf(double t, double df, double noncentrality);

double chi_square_sf(double x, double df);
double f_sf(double f, double df1, double df2);

// Beta distribution with shapes a, b > 0, and ln B(a, b).
double beta_cdf(double x, double a, double b);
double beta_sf(double x, double a, double b);
double beta_quantile(double p, double a, double b);
double beta_upper_quantile(double q, double a, double b);
double log_beta(double a, double b);
// ln (Gamma(x + n) / Gamma(x)), n >= 0, in long double, since such terms cancel.
long double log_rising(double x, double n);

// P(X <= k) for X binomial(n, p).
double binomial_cdf(double k, double n, double p);

// The lower branch of Lambert's W, for -1/e <= x < 0.
double lambert_w_minus1(double x);

}  // namespace pgprompt
