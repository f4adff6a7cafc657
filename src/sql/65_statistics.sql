-- ---------------------------------------------------------------- statistics: what two-sample tests answer

-- b against a. An absent figure is null and the note says why; an end without a bound is infinite.
CREATE TYPE prompt.comparison AS (
    difference float8,  -- b - a
    ci_low float8,      -- of the difference, at 1 - alpha
    ci_high float8,
    statistic float8,   -- positive where b is larger
    p_value float8,     -- two-sided
    lift float8,        -- b / a - 1
    lift_low float8,
    lift_high float8,
    note text);
COMMENT ON TYPE prompt.comparison IS
    'what a two-sample test answers, b against a; an absent figure is null and the note says why';

-- ---------------------------------------------------------------- statistics: success rates, one outcome per user

CREATE FUNCTION prompt.two_proportion_test(x_a bigint, n_a bigint, x_b bigint, n_b bigint,
    alpha float8 DEFAULT 0.05)
    RETURNS prompt.comparison
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'pgprompt_two_proportion_test';
COMMENT ON FUNCTION prompt.two_proportion_test(bigint, bigint, bigint, bigint, float8) IS
    'two success rates, b against a: pooled z, two-sided p, Miettinen-Nurminen intervals of difference and lift '
    '(b / a - 1)';

CREATE FUNCTION prompt.two_rate_test(x_a bigint, n_a bigint, x_b bigint, n_b bigint, alpha float8 DEFAULT 0.05)
    RETURNS prompt.comparison
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'pgprompt_two_rate_test';
COMMENT ON FUNCTION prompt.two_rate_test(bigint, bigint, bigint, bigint, float8) IS
    'the same with Fisher''s mid-p where an expected count is below 5, and intervals that agree with it; the note '
    'says so';

CREATE FUNCTION prompt.fisher_exact_test(a bigint, b bigint, c bigint, d bigint, OUT p_two_sided float8,
    OUT p_mid float8, OUT p_less float8, OUT p_greater float8)
    RETURNS record
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'pgprompt_fisher_exact_test';
COMMENT ON FUNCTION prompt.fisher_exact_test(bigint, bigint, bigint, bigint) IS
    'Fisher''s exact test of the table ((a, b), (c, d)): two-sided, twice the smaller one-sided mid-p, and of a '
    'count in the first cell as small or as large';

CREATE FUNCTION prompt.chi_square_test(successes bigint[], totals bigint[], OUT statistic float8, OUT df float8,
    OUT p_value float8)
    RETURNS record
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'pgprompt_chi_square_test';
COMMENT ON FUNCTION prompt.chi_square_test(bigint[], bigint[]) IS
    'Pearson''s chi-square of equal success rates in two or more arms';

CREATE FUNCTION prompt.g_test(successes bigint[], totals bigint[], OUT statistic float8, OUT df float8,
    OUT p_value float8)
    RETURNS record
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'pgprompt_g_test';
COMMENT ON FUNCTION prompt.g_test(bigint[], bigint[]) IS
    'the likelihood-ratio G test of equal success rates in two or more arms';

CREATE FUNCTION prompt.farrington_manning_test(x_a bigint, n_a bigint, x_b bigint, n_b bigint, margin float8,
    better text DEFAULT 'higher', OUT statistic float8, OUT p_value float8, OUT rate_a float8, OUT rate_b float8,
    OUT note text)
    RETURNS record
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'pgprompt_farrington_manning_test';
COMMENT ON FUNCTION prompt.farrington_manning_test(bigint, bigint, bigint, bigint, float8, text) IS
    'is rate b no worse than a by the margin (b - a > margin, below 0, where higher is better; b - a < margin, '
    'above 0, where lower is)? Score test for one look; the rates are those at the margin';

CREATE FUNCTION prompt.farrington_manning_equivalence_test(x_a bigint, n_a bigint, x_b bigint, n_b bigint,
    margin float8, OUT statistic float8, OUT p_value float8, OUT rate_a float8, OUT rate_b float8, OUT note text)
    RETURNS record
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'pgprompt_farrington_manning_equivalence_test';
COMMENT ON FUNCTION prompt.farrington_manning_equivalence_test(bigint, bigint, bigint, bigint, float8) IS
    'does rate b lie within +- the margin of a? Two one-sided score tests for one look; p_value is the larger one';

CREATE FUNCTION prompt.proportion_interval(x bigint, n bigint, alpha float8 DEFAULT 0.05, OUT low float8,
    OUT high float8, OUT exact_low float8, OUT exact_high float8)
    RETURNS record
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'pgprompt_proportion_interval';
COMMENT ON FUNCTION prompt.proportion_interval(bigint, bigint, float8) IS
    'intervals of one rate: Wilson''s (low, high) and Clopper and Pearson''s (exact)';

CREATE FUNCTION prompt.beta_binomial_test(x_a bigint, n_a bigint, x_b bigint, n_b bigint,
    prior_successes float8 DEFAULT 1, prior_failures float8 DEFAULT 1, alpha float8 DEFAULT 0.05,
    OUT chance_b_beats_a float8, OUT expected_loss_a float8, OUT expected_loss_b float8, OUT mean_a float8,
    OUT low_a float8, OUT high_a float8, OUT mean_b float8, OUT low_b float8, OUT high_b float8)
    RETURNS record
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'pgprompt_beta_binomial_test';
COMMENT ON FUNCTION prompt.beta_binomial_test(bigint, bigint, bigint, bigint, float8, float8, float8) IS
    'Bayesian reading of two rates with beta priors, exact: chance that b is better, expected loss of choosing a '
    'or b, posterior means and credible intervals. A chance to win is no error rate';
