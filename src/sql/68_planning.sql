-- ---------------------------------------------------------------- statistics: planning

CREATE FUNCTION prompt.power_two_proportions(baseline float8, relative_mde float8, n_per_arm float8,
    alpha float8 DEFAULT 0.05)
    RETURNS float8
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'pgprompt_power_two_proportions';
COMMENT ON FUNCTION prompt.power_two_proportions(float8, float8, float8, float8) IS
    'the power of one look at two rates (R''s power.prop.test)';

CREATE FUNCTION prompt.sample_size_two_proportions(baseline float8, relative_mde float8, alpha float8 DEFAULT 0.05,
    power float8 DEFAULT 0.8)
    RETURNS float8
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'pgprompt_sample_size_two_proportions';
COMMENT ON FUNCTION prompt.sample_size_two_proportions(float8, float8, float8, float8) IS
    'users per arm for one look at two rates, not rounded up (R''s power.prop.test)';

CREATE FUNCTION prompt.mde_two_proportions(baseline float8, n_per_arm float8, alpha float8 DEFAULT 0.05,
    power float8 DEFAULT 0.8)
    RETURNS float8
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'pgprompt_mde_two_proportions';
COMMENT ON FUNCTION prompt.mde_two_proportions(float8, float8, float8, float8) IS
    'the least relative lift of a rate that one look finds with the power; infinite where none';

CREATE FUNCTION prompt.power_two_means(delta float8, sd float8, n_per_arm float8, alpha float8 DEFAULT 0.05)
    RETURNS float8
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'pgprompt_power_two_means';
COMMENT ON FUNCTION prompt.power_two_means(float8, float8, float8, float8) IS
    'the power of one look at two means (R''s power.t.test)';

CREATE FUNCTION prompt.sample_size_two_means(delta float8, sd float8, alpha float8 DEFAULT 0.05,
    power float8 DEFAULT 0.8)
    RETURNS float8
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'pgprompt_sample_size_two_means';
COMMENT ON FUNCTION prompt.sample_size_two_means(float8, float8, float8, float8) IS
    'users per arm for one look at two means, not rounded up (R''s power.t.test)';

CREATE FUNCTION prompt.mde_two_means(sd float8, n_per_arm float8, alpha float8 DEFAULT 0.05,
    power float8 DEFAULT 0.8)
    RETURNS float8
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'pgprompt_mde_two_means';
COMMENT ON FUNCTION prompt.mde_two_means(float8, float8, float8, float8) IS
    'the least difference of means that one look finds with the power';

CREATE FUNCTION prompt.power_relative_lift(mean float8, variance float8, lift float8, n_per_arm float8,
    alpha float8 DEFAULT 0.05)
    RETURNS float8
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'pgprompt_power_relative_lift';
COMMENT ON FUNCTION prompt.power_relative_lift(float8, float8, float8, float8, float8) IS
    'the power of one look at a relative lift, by the delta method, equal variances';

CREATE FUNCTION prompt.mde_relative_lift(mean float8, variance float8, n_per_arm float8, alpha float8 DEFAULT 0.05,
    power float8 DEFAULT 0.8)
    RETURNS float8
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'pgprompt_mde_relative_lift';
COMMENT ON FUNCTION prompt.mde_relative_lift(float8, float8, float8, float8, float8) IS
    'the least relative lift that one look finds with the power, by the delta method; infinite where none';

CREATE FUNCTION prompt.power_always_valid(effect float8, sigma float8, users_a float8, users_b float8, rho2 float8,
    alpha float8 DEFAULT 0.05)
    RETURNS float8
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'pgprompt_power_always_valid';
COMMENT ON FUNCTION prompt.power_always_valid(float8, float8, float8, float8, float8, float8) IS
    'the power of the always-valid test at one of its looks: a lower bound on looking all the time';

CREATE FUNCTION prompt.sample_size_always_valid(effect float8, sigma float8, rho2 float8, alpha float8 DEFAULT 0.05,
    power float8 DEFAULT 0.8, share_b float8 DEFAULT 0.5)
    RETURNS float8
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'pgprompt_sample_size_always_valid';
COMMENT ON FUNCTION prompt.sample_size_always_valid(float8, float8, float8, float8, float8, float8) IS
    'users in all until the always-valid test has the power at one of its looks; infinite where never';

CREATE FUNCTION prompt.mde_always_valid(sigma float8, users_a float8, users_b float8, rho2 float8,
    alpha float8 DEFAULT 0.05, power float8 DEFAULT 0.8)
    RETURNS float8
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'pgprompt_mde_always_valid';
COMMENT ON FUNCTION prompt.mde_always_valid(float8, float8, float8, float8, float8, float8) IS
    'the least difference that the always-valid test finds with the power at one of its looks';

CREATE FUNCTION prompt.days_to_reach(users_needed float8, users_now float8, users_per_day float8)
    RETURNS float8
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'pgprompt_days_to_reach';
COMMENT ON FUNCTION prompt.days_to_reach(float8, float8, float8) IS
    'days until so many users have come: infinite where none come';

CREATE FUNCTION prompt.plan_experiment(baseline float8, mde float8, daily_users float8, variants int DEFAULT 2,
    alpha float8 DEFAULT 0.05, power float8 DEFAULT 0.8, variance float8 DEFAULT NULL, weeks int DEFAULT 8)
    RETURNS TABLE (week int, users_per_variant float8, detectable float8, power_then float8,
        detectable_always_valid float8, power_always_valid float8, needed_per_variant float8,
        needed_per_variant_always_valid float8, days float8, days_always_valid float8, rho2 float8)
    LANGUAGE c IMMUTABLE PARALLEL SAFE ROWS 8 AS 'MODULE_PATHNAME', 'pgprompt_plan_experiment';
COMMENT ON FUNCTION prompt.plan_experiment(float8, float8, float8, int, float8, float8, float8, int) IS
    'a row per week: users then, the least relative effect found with the power and the power for the planned '
    'one, at one planned look and at a look of the always-valid test; and, the same on every row, users and days '
    'needed for the planned effect. A rate, unless a user''s variance is given';

-- ---------------------------------------------------------------- statistics: percentiles, caps, allocation, A/A

CREATE FUNCTION prompt.percentile_interval(outcomes float8[], users text[], q float8 DEFAULT 0.95,
    alpha float8 DEFAULT 0.05, OUT value float8, OUT low float8, OUT high float8, OUT rows bigint,
    OUT distinct_users bigint, OUT cluster_factor float8, OUT note text)
    RETURNS record
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'pgprompt_percentile_interval';
COMMENT ON FUNCTION prompt.percentile_interval(float8[], text[], float8, float8) IS
    'a percentile of rows with its order-statistic interval, widened for users with several rows';

CREATE FUNCTION prompt.percentile_test(outcomes_a float8[], users_a text[], outcomes_b float8[], users_b text[],
    q float8 DEFAULT 0.95, alpha float8 DEFAULT 0.05)
    RETURNS prompt.comparison
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'pgprompt_percentile_test';
COMMENT ON FUNCTION prompt.percentile_test(float8[], text[], float8[], text[], float8, float8) IS
    'two percentiles of rows, b against a, errors from the clustered intervals; for one look';

CREATE FUNCTION prompt.always_valid_percentile_test(outcomes_a float8[], outcomes_b float8[], q float8 DEFAULT 0.95,
    planned float8 DEFAULT 1000, alpha float8 DEFAULT 0.05, OUT difference float8, OUT log_e float8,
    OUT p_value float8, OUT note text)
    RETURNS record
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'pgprompt_always_valid_percentile_test';
COMMENT ON FUNCTION prompt.always_valid_percentile_test(float8[], float8[], float8, float8, float8) IS
    'are two percentiles equal, to be read at any time? For one outcome per user; sharpest at the planned number '
    'of outcomes an arm';

CREATE FUNCTION prompt.winsorising_cap(sample float8[], q float8 DEFAULT 0.99)
    RETURNS float8
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'pgprompt_winsorising_cap';
COMMENT ON FUNCTION prompt.winsorising_cap(float8[], float8) IS
    'the value at which to cap a metric: a percentile of rows from before the start, frozen from then on';

CREATE FUNCTION prompt.thompson_allocation(successes bigint[], totals bigint[], floor float8 DEFAULT 0.05,
    lower_is_better boolean DEFAULT false)
    RETURNS TABLE (arm int, chance_best float8, weight float8)
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE ROWS 4 AS 'MODULE_PATHNAME', 'pgprompt_thompson_allocation';
COMMENT ON FUNCTION prompt.thompson_allocation(bigint[], bigint[], float8, boolean) IS
    'weights of the next epoch by the chance of having the best rate, exact, uniform priors, with a floor for '
    'every arm';

CREATE FUNCTION prompt.thompson_allocation_means(means float8[], standard_errors float8[],
    floor float8 DEFAULT 0.05, lower_is_better boolean DEFAULT false)
    RETURNS TABLE (arm int, chance_best float8, weight float8)
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE ROWS 4 AS 'MODULE_PATHNAME', 'pgprompt_thompson_allocation_means';
COMMENT ON FUNCTION prompt.thompson_allocation_means(float8[], float8[], float8, boolean) IS
    'the same from means and their user-level standard errors';

CREATE FUNCTION prompt.permuted_aa_test(sums float8[], rows float8[], share_b float8 DEFAULT 0.5,
    alpha float8 DEFAULT 0.05, runs int DEFAULT 1000, looks int DEFAULT 100, seed bigint DEFAULT 1,
    OUT permutations int, OUT alarms int, OUT share float8, OUT standard_error float8, OUT fixed_share float8)
    RETURNS record
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'pgprompt_permuted_aa_test';
COMMENT ON FUNCTION prompt.permuted_aa_test(float8[], float8[], float8, float8, int, int, bigint) IS
    'an A/A test on users of one''s own, in order of first exposure: labels dealt at random again and again, the '
    'share of always-valid alarms at any look; above alpha says that these users are not what the method assumes';
