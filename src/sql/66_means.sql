-- ---------------------------------------------------------------- statistics: means, ratios and other estimates

CREATE FUNCTION prompt.welch_test(n_a bigint, mean_a float8, var_a float8, n_b bigint, mean_b float8, var_b float8,
    alpha float8 DEFAULT 0.05)
    RETURNS prompt.comparison
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'pgprompt_welch_test';
COMMENT ON FUNCTION prompt.welch_test(bigint, float8, float8, bigint, float8, float8, float8) IS
    'two means, b against a: Welch''s t, two-sided p, Fieller''s interval of the lift; variances with n - 1';

CREATE FUNCTION prompt.ratio_test(users_a bigint, s_a numeric, ss_a numeric, m_a numeric, mm_a numeric,
    sm_a numeric, users_b bigint, s_b numeric, ss_b numeric, m_b numeric, mm_b numeric, sm_b numeric,
    alpha float8 DEFAULT 0.05)
    RETURNS prompt.comparison
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'pgprompt_ratio_test';
COMMENT ON FUNCTION prompt.ratio_test(bigint, numeric, numeric, numeric, numeric, numeric, bigint, numeric, numeric,
    numeric, numeric, numeric, float8) IS
    'two ratios of sums s / m, b against a, by the delta method on users: s is a user''s total, m his rows; ss, '
    'mm, sm are sums over users of squares and products. For metrics with several rows a user';

CREATE FUNCTION prompt.stratified_test(users_a bigint[], s_a numeric[], ss_a numeric[], m_a numeric[],
    mm_a numeric[], sm_a numeric[], users_b bigint[], s_b numeric[], ss_b numeric[], m_b numeric[], mm_b numeric[],
    sm_b numeric[], alpha float8 DEFAULT 0.05)
    RETURNS prompt.comparison
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'pgprompt_stratified_test';
COMMENT ON FUNCTION prompt.stratified_test(bigint[], numeric[], numeric[], numeric[], numeric[], numeric[],
    bigint[], numeric[], numeric[], numeric[], numeric[], numeric[], float8) IS
    'the same over strata, an element for each: arms are compared within strata only, weighted by h = K_a K_b / '
    '(K_a + K_b); one with fewer than two users in an arm is dropped';

CREATE FUNCTION prompt.cuped_test(users_a bigint, s_a numeric, ss_a numeric, x_a numeric, xx_a numeric,
    xs_a numeric, users_b bigint, s_b numeric, ss_b numeric, x_b numeric, xx_b numeric, xs_b numeric,
    alpha float8 DEFAULT 0.05, OUT difference float8, OUT ci_low float8, OUT ci_high float8, OUT statistic float8,
    OUT p_value float8, OUT lift float8, OUT lift_low float8, OUT lift_high float8, OUT note text, OUT theta float8)
    RETURNS record
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'pgprompt_cuped_test';
COMMENT ON FUNCTION prompt.cuped_test(bigint, numeric, numeric, numeric, numeric, numeric, bigint, numeric, numeric,
    numeric, numeric, numeric, float8) IS
    'two means per user adjusted by a covariate x from before the experiment (CUPED), b against a; xs is the sum '
    'over users of x times s';

CREATE FUNCTION prompt.fieller_test(estimate_a float8, variance_a float8, estimate_b float8, variance_b float8,
    covariance float8 DEFAULT 0, df float8 DEFAULT 'infinity', alpha float8 DEFAULT 0.05)
    RETURNS prompt.comparison
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'pgprompt_fieller_test';
COMMENT ON FUNCTION prompt.fieller_test(float8, float8, float8, float8, float8, float8, float8) IS
    'two estimates of any kind with their variances and covariance, b against a, on Student''s t: Fieller''s '
    'interval of the lift';

CREATE FUNCTION prompt.anova_test(n bigint[], means float8[], variances float8[], OUT statistic float8,
    OUT df1 float8, OUT df2 float8, OUT p_value float8, OUT note text)
    RETURNS record
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'pgprompt_anova_test';
COMMENT ON FUNCTION prompt.anova_test(bigint[], float8[], float8[]) IS
    'one-way analysis of variance: are the means of two or more arms equal?';

CREATE FUNCTION prompt.welch_anova_test(n bigint[], means float8[], variances float8[], OUT statistic float8,
    OUT df1 float8, OUT df2 float8, OUT p_value float8, OUT note text)
    RETURNS record
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'pgprompt_welch_anova_test';
COMMENT ON FUNCTION prompt.welch_anova_test(bigint[], float8[], float8[]) IS
    'Welch''s analysis of variance, without assuming equal variances';

CREATE FUNCTION prompt.dunnett_test(n bigint[], means float8[], variances float8[], control int DEFAULT 1)
    RETURNS TABLE (arm int, statistic float8, p_value float8, df float8, note text)
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE ROWS 10 AS 'MODULE_PATHNAME', 'pgprompt_dunnett_test';
COMMENT ON FUNCTION prompt.dunnett_test(bigint[], float8[], float8[], int) IS
    'every arm against the control at once (Dunnett, two-sided, pooled variance); p-values are adjusted; control '
    'and arm are positions from 1';

CREATE FUNCTION prompt.welch_margin_test(n_a bigint, mean_a float8, var_a float8, n_b bigint, mean_b float8,
    var_b float8, delta float8, better text DEFAULT 'higher', OUT statistic float8, OUT df float8,
    OUT p_value float8, OUT note text)
    RETURNS record
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'pgprompt_welch_margin_test';
COMMENT ON FUNCTION prompt.welch_margin_test(bigint, float8, float8, bigint, float8, float8, float8, text) IS
    'is mean b no worse than a by the share delta? Welch''s t with the margin, for one look';

CREATE FUNCTION prompt.welch_equivalence_test(n_a bigint, mean_a float8, var_a float8, n_b bigint, mean_b float8,
    var_b float8, delta float8, OUT statistic float8, OUT df float8, OUT p_value float8, OUT note text)
    RETURNS record
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'pgprompt_welch_equivalence_test';
COMMENT ON FUNCTION prompt.welch_equivalence_test(bigint, float8, float8, bigint, float8, float8, float8) IS
    'does mean b lie within +- the share delta of a? Two one-sided Welch tests for one look; p_value is the '
    'larger one';

CREATE FUNCTION prompt.normal_posterior(estimate float8, se float8, prior_mean float8 DEFAULT 0,
    prior_sd float8 DEFAULT 0.3, alpha float8 DEFAULT 0.05, OUT mean float8, OUT sd float8, OUT low float8,
    OUT high float8, OUT chance_to_win float8, OUT expected_loss_a float8, OUT expected_loss_b float8)
    RETURNS record
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'pgprompt_normal_posterior';
COMMENT ON FUNCTION prompt.normal_posterior(float8, float8, float8, float8, float8) IS
    'Bayesian reading of an estimated lift with a normal prior: posterior, credible interval, chance that it is '
    'above 0, expected loss of choosing a or b';
