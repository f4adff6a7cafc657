-- ---------------------------------------------------------------- statistics: reading at any time

CREATE FUNCTION prompt.always_valid_test(n_a bigint, mean_a float8, var_a float8, n_b bigint, mean_b float8,
    var_b float8, rho2 float8, alpha float8 DEFAULT 0.05, OUT difference float8, OUT ci_low float8,
    OUT ci_high float8, OUT statistic float8, OUT p_value float8, OUT lift float8, OUT lift_low float8,
    OUT lift_high float8, OUT note text, OUT log_e float8)
    RETURNS record
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'pgprompt_always_valid_test';
COMMENT ON FUNCTION prompt.always_valid_test(bigint, float8, float8, bigint, float8, float8, float8, float8) IS
    'two means, b against a, to be read after every user: t-mixture, always-valid p, confidence sequence. rho2 is '
    'fixed at the start: always_valid_rho2()';

CREATE FUNCTION prompt.always_valid_proportion_test(x_a bigint, n_a bigint, x_b bigint, n_b bigint, rho2 float8,
    alpha float8 DEFAULT 0.05, OUT difference float8, OUT ci_low float8, OUT ci_high float8, OUT statistic float8,
    OUT p_value float8, OUT lift float8, OUT lift_low float8, OUT lift_high float8, OUT note text, OUT log_e float8)
    RETURNS record
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'pgprompt_always_valid_proportion_test';
COMMENT ON FUNCTION prompt.always_valid_proportion_test(bigint, bigint, bigint, bigint, float8, float8) IS
    'two success rates, b against a, to be read after every user: t-mixture, always-valid p, confidence sequence';

CREATE FUNCTION prompt.always_valid_ratio_test(users_a bigint, s_a numeric, ss_a numeric, m_a numeric, mm_a numeric,
    sm_a numeric, users_b bigint, s_b numeric, ss_b numeric, m_b numeric, mm_b numeric, sm_b numeric, rho2 float8,
    alpha float8 DEFAULT 0.05, OUT difference float8, OUT ci_low float8, OUT ci_high float8, OUT statistic float8,
    OUT p_value float8, OUT lift float8, OUT lift_low float8, OUT lift_high float8, OUT note text, OUT log_e float8)
    RETURNS record
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'pgprompt_always_valid_ratio_test';
COMMENT ON FUNCTION prompt.always_valid_ratio_test(bigint, numeric, numeric, numeric, numeric, numeric, bigint,
    numeric, numeric, numeric, numeric, numeric, float8, float8) IS
    'two ratios of sums, b against a, to be read after every user; sums as of ratio_test()';

CREATE FUNCTION prompt.always_valid_stratified_test(users_a bigint[], s_a numeric[], ss_a numeric[], m_a numeric[],
    mm_a numeric[], sm_a numeric[], users_b bigint[], s_b numeric[], ss_b numeric[], m_b numeric[], mm_b numeric[],
    sm_b numeric[], rho2 float8, alpha float8 DEFAULT 0.05, OUT difference float8, OUT ci_low float8,
    OUT ci_high float8, OUT statistic float8, OUT p_value float8, OUT lift float8, OUT lift_low float8,
    OUT lift_high float8, OUT note text, OUT log_e float8)
    RETURNS record
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'pgprompt_always_valid_stratified_test';
COMMENT ON FUNCTION prompt.always_valid_stratified_test(bigint[], numeric[], numeric[], numeric[], numeric[],
    numeric[], bigint[], numeric[], numeric[], numeric[], numeric[], numeric[], float8, float8) IS
    'two ratios of sums over strata, b against a, to be read after every user; sums as of stratified_test()';

CREATE FUNCTION prompt.always_valid_margin_test(n_a bigint, mean_a float8, var_a float8, n_b bigint, mean_b float8,
    var_b float8, margin float8, rho2 float8, better text DEFAULT 'higher', relative boolean DEFAULT true,
    alpha float8 DEFAULT 0.05, OUT state text, OUT low float8, OUT high float8, OUT note text)
    RETURNS record
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'pgprompt_always_valid_margin_test';
COMMENT ON FUNCTION prompt.always_valid_margin_test(bigint, float8, float8, bigint, float8, float8, float8, float8,
    text, boolean, float8) IS
    'is mean b no worse than a by the margin, to be read at any time: non-inferior, inferior or open, by the 1 - '
    '2 alpha confidence sequence of b less a''s worst tolerable value (relative) or of b - a';

CREATE FUNCTION prompt.always_valid_rho2(minimum_detectable_effect float8, sigma float8)
    RETURNS float8
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'pgprompt_always_valid_rho2';
COMMENT ON FUNCTION prompt.always_valid_rho2(float8, float8) IS
    'the precision of the always-valid test for an effect (absolute) and a user''s planned standard deviation';

CREATE FUNCTION prompt.always_valid_rho2_planned(users_a float8, users_b float8, alpha float8 DEFAULT 0.05)
    RETURNS float8
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'pgprompt_always_valid_rho2_planned';
COMMENT ON FUNCTION prompt.always_valid_rho2_planned(float8, float8, float8) IS
    'the precision of the always-valid test that is sharpest at the planned numbers of users';

CREATE FUNCTION prompt.betting_test(treated boolean[], outcomes float8[], rho float8[] DEFAULT '{0.5}',
    batch_size bigint DEFAULT 100, alpha float8 DEFAULT 0.05, OUT users bigint, OUT log_e float8,
    OUT p_value float8, OUT ci_low float8, OUT ci_high float8)
    RETURNS record
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'pgprompt_betting_test';
COMMENT ON FUNCTION prompt.betting_test(boolean[], float8[], float8[], bigint, float8) IS
    'the exact always-valid test on outcomes in [0, 1], one per user in order of first exposure; rho is the '
    'chance of arm b, one for all or one a user; interval of the difference on a grid of .01';

CREATE FUNCTION prompt.betting_fold(state float8[], treated boolean[], outcomes float8[],
    rho float8[] DEFAULT '{0.5}', delta float8 DEFAULT 0)
    RETURNS float8[]
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'pgprompt_betting_fold';
COMMENT ON FUNCTION prompt.betting_fold(float8[], boolean[], float8[], float8[], float8) IS
    'folds a batch of users into the state of a betting test (''{}'' at the start); each user once, when his '
    'outcome is final';

CREATE FUNCTION prompt.betting_evidence(state float8[], OUT log_e float8, OUT p_value float8)
    RETURNS record
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'pgprompt_betting_evidence';
COMMENT ON FUNCTION prompt.betting_evidence(float8[]) IS
    'what a state of betting_fold() shows: log wealth and always-valid p';

CREATE FUNCTION prompt.srm_test(observed bigint[], weights float8[], OUT statistic float8, OUT df float8,
    OUT p_value float8, OUT log_e float8, OUT sequential_p float8, OUT alarm boolean)
    RETURNS record
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'pgprompt_srm_test';
COMMENT ON FUNCTION prompt.srm_test(bigint[], float8[]) IS
    'is the traffic split as the weights say? chi-square (statistic, df, p_value) for one look; sequential_p may '
    'be read at any time and raises the alarm below .01';

-- ---------------------------------------------------------------- statistics: planned looks, many questions

CREATE FUNCTION prompt.spending_boundaries(information float8[], alpha float8 DEFAULT 0.05,
    spending text DEFAULT 'obrien_fleming', rho float8 DEFAULT 2)
    RETURNS TABLE (look int, at_information float8, boundary float8, cumulated_alpha float8)
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE ROWS 10 AS 'MODULE_PATHNAME', 'pgprompt_spending_boundaries';
COMMENT ON FUNCTION prompt.spending_boundaries(float8[], float8, text, float8) IS
    'the boundaries on |z| of planned looks (Lan and DeMets): spending is obrien_fleming, pocock or power '
    '(exponent rho)';

CREATE FUNCTION prompt.next_boundary(information float8[], boundaries float8[], next_information float8,
    alpha float8 DEFAULT 0.05, spending text DEFAULT 'obrien_fleming', rho float8 DEFAULT 2,
    OUT at_information float8, OUT boundary float8, OUT cumulated_alpha float8)
    RETURNS record
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'pgprompt_next_boundary';
COMMENT ON FUNCTION prompt.next_boundary(float8[], float8[], float8, float8, text, float8) IS
    'the boundary of the next look after a log of looks and their boundaries';

CREATE FUNCTION prompt.crossing_probabilities(information float8[], boundaries float8[], drift float8 DEFAULT 0)
    RETURNS float8[]
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'pgprompt_crossing_probabilities';
COMMENT ON FUNCTION prompt.crossing_probabilities(float8[], float8[], float8) IS
    'the chance to have crossed a boundary at or before each look; drift is effect over standard error at the '
    'end: 0 gives the false positives, else the last is the power';

CREATE FUNCTION prompt.adjust_p_values(p float8[], method text DEFAULT 'holm')
    RETURNS float8[]
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'pgprompt_adjust_p_values';
COMMENT ON FUNCTION prompt.adjust_p_values(float8[], text) IS
    'adjusted p-values in the order given: none, bonferroni, holm, hochberg, hommel, bh (fdr), by. Holm and '
    'Bonferroni hold on always-valid p-values at any time';

CREATE FUNCTION prompt.e_bh(e float8[], alpha float8 DEFAULT 0.05)
    RETURNS boolean[]
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'pgprompt_e_bh';
COMMENT ON FUNCTION prompt.e_bh(float8[], float8) IS
    'which e-values the e-BH rule rejects: false discovery rate below alpha under any dependence, at any time';
