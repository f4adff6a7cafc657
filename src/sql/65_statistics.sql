-- ---------------------------------------------------------------- tests on sufficient statistics

CREATE FUNCTION prompt.two_proportion_test(x_a bigint, n_a bigint, x_b bigint, n_b bigint, alpha float8 DEFAULT 0.05,
    OUT difference float8, OUT ci_low float8, OUT ci_high float8, OUT statistic float8, OUT p_value float8,
    OUT lift float8, OUT lift_low float8, OUT lift_high float8, OUT note text)
    RETURNS record LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'pgprompt_two_proportion_test';
COMMENT ON FUNCTION prompt.two_proportion_test(bigint, bigint, bigint, bigint, float8) IS
    'two success rates, b against a: pooled z, two-sided p, Miettinen-Nurminen intervals of difference and lift (b / a - 1)';

CREATE FUNCTION prompt.welch_test(n_a bigint, mean_a float8, var_a float8, n_b bigint, mean_b float8, var_b float8,
    alpha float8 DEFAULT 0.05,
    OUT difference float8, OUT ci_low float8, OUT ci_high float8, OUT statistic float8, OUT p_value float8,
    OUT lift float8, OUT lift_low float8, OUT lift_high float8, OUT note text)
    RETURNS record LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'pgprompt_welch_test';
COMMENT ON FUNCTION prompt.welch_test(bigint, float8, float8, bigint, float8, float8, float8) IS
    'two means, b against a: Welch''s t, two-sided p, Fieller''s interval of the lift; variances with n - 1';

CREATE FUNCTION prompt.srm_test(observed bigint[], weights float8[],
    OUT statistic float8, OUT df float8, OUT p_value float8, OUT log_e float8, OUT sequential_p float8, OUT alarm boolean)
    RETURNS record LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'pgprompt_srm_test';
COMMENT ON FUNCTION prompt.srm_test(bigint[], float8[]) IS
    'is the traffic split as the weights say? chi-square (statistic, df, p_value) for one look; sequential_p may be read at '
    'any time and raises the alarm below .01';
