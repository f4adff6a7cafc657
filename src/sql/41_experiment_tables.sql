-- ---------------------------------------------------------------- tables of experiments

CREATE FUNCTION prompt._create_experiment_tables() RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET client_min_messages = warning AS $create$
BEGIN
CREATE TABLE IF NOT EXISTS prompt.ab_test_experiments (
    id                        uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    tenant_id                 text NOT NULL DEFAULT coalesce(current_setting('prompt.tenant_id', true), ''),
    name                      text NOT NULL,
    description               text,
    prompt_name               text NOT NULL,
    status                    text NOT NULL DEFAULT 'draft',
    primary_metric            text NOT NULL,
    secondary_metrics         text[] NOT NULL DEFAULT '{}',
    guardrail_metrics         jsonb NOT NULL DEFAULT '[]',
    metric_windows            jsonb NOT NULL DEFAULT '{}',
    metrics                   text[] NOT NULL DEFAULT '{}',
    windows                   interval[] NOT NULL DEFAULT '{}',
    minimum_sample_size       int NOT NULL DEFAULT 100,
    minimum_runtime           interval NOT NULL DEFAULT '0',
    minimum_detectable_effect float8,
    planned_sample_size       int NOT NULL DEFAULT 10000,
    significance_threshold    float8 NOT NULL DEFAULT 0.05,
    method                    text NOT NULL DEFAULT 'always_valid',
    auto_complete             boolean NOT NULL DEFAULT false,
    auto_promote              boolean NOT NULL DEFAULT false,
    layer                     text NOT NULL,
    traffic_share             float8 NOT NULL DEFAULT 1,
    traffic                   int4range NOT NULL DEFAULT 'empty',
    entered                   int4multirange[] NOT NULL DEFAULT '{}',
    salt                      text NOT NULL DEFAULT gen_random_uuid()::text,
    allocation_epoch          int NOT NULL DEFAULT 1,
    allocations               jsonb NOT NULL DEFAULT '[]',
    forced                    jsonb NOT NULL DEFAULT '{}',
    adaptive                  boolean NOT NULL DEFAULT false,
    covariate                 text,
    starts_at                 timestamptz,
    ends_at                   timestamptz,
    looks                     jsonb NOT NULL DEFAULT '[]',
    created_at                timestamptz NOT NULL DEFAULT now(),
    created_by                text NOT NULL DEFAULT current_user,
    updated_at                timestamptz NOT NULL DEFAULT now(),
    updated_by                text NOT NULL DEFAULT current_user,
    started_at                timestamptz,
    ended_at                  timestamptz,
    winner_template_id        uuid REFERENCES prompt.prompt_templates (id),
    results                   jsonb,
    CONSTRAINT ab_test_experiments_name_key UNIQUE (tenant_id, name),
    CONSTRAINT ab_test_experiments_name_check CHECK (
        length(name) BETWEEN 1 AND 255 AND name = btrim(name)),
    CONSTRAINT ab_test_experiments_status_check CHECK (
        status IN ('draft', 'running', 'paused', 'completed', 'cancelled')),
    CONSTRAINT ab_test_experiments_guardrail_metrics_check CHECK (jsonb_typeof(guardrail_metrics) = 'array'),
    CONSTRAINT ab_test_experiments_metric_windows_check CHECK (jsonb_typeof(metric_windows) = 'object'),
    CONSTRAINT ab_test_experiments_minimum_sample_size_check CHECK (minimum_sample_size > 0),
    CONSTRAINT ab_test_experiments_planned_sample_size_check CHECK (planned_sample_size > 1),
    CONSTRAINT ab_test_experiments_minimum_detectable_effect_check CHECK (
        minimum_detectable_effect > 0 AND minimum_detectable_effect < 'infinity'),
    CONSTRAINT ab_test_experiments_significance_threshold_check CHECK (
        significance_threshold > 0 AND significance_threshold < 1),
    CONSTRAINT ab_test_experiments_method_check CHECK (
        method IN ('always_valid', 'e_process', 'group_sequential', 'fixed_horizon', 'bayesian')),
    CONSTRAINT ab_test_experiments_traffic_share_check CHECK (traffic_share > 0 AND traffic_share <= 1),
    CONSTRAINT ab_test_experiments_traffic_check CHECK (traffic <@ int4range(0, 10000)),
    CONSTRAINT ab_test_experiments_forced_check CHECK (jsonb_typeof(forced) = 'object'),
    CONSTRAINT ab_test_experiments_looks_check CHECK (jsonb_typeof(looks) = 'array'),
    CONSTRAINT ab_test_experiments_schedule_check CHECK (ends_at > starts_at),
    CONSTRAINT ab_test_experiments_running_check CHECK (
        status NOT IN ('running', 'paused') OR (started_at IS NOT NULL AND NOT isempty(traffic))),
    -- Layers share one line of numbers, 10,000 buckets each, so that ranges alone exclude each other and no
    -- further extension is needed; two layers meet by chance once in 2^49.
    CONSTRAINT ab_test_experiments_traffic_excl EXCLUDE USING gist (
        int8range((hashtextextended(tenant_id || E'\x01' || layer, 0) >> 14) * 10000 + lower(traffic),
                  (hashtextextended(tenant_id || E'\x01' || layer, 0) >> 14) * 10000 + upper(traffic)) WITH &&)
        WHERE (status IN ('running', 'paused'))
);
COMMENT ON TABLE prompt.ab_test_experiments IS 'one row per experiment on one prompt';
COMMENT ON COLUMN prompt.ab_test_experiments.traffic IS
    'buckets of the layer (0 to 9999) whose units take part; disjoint among running and paused experiments of a layer';
COMMENT ON COLUMN prompt.ab_test_experiments.entered IS
    'per epoch the buckets of the layer that were part of the traffic for the first time; the first is epoch 1';
COMMENT ON COLUMN prompt.ab_test_experiments.forced IS
    'users who get a named variant, {"user": "variant"}; their executions have epoch 0 and count in no reading';
COMMENT ON COLUMN prompt.ab_test_experiments.covariate IS
    'what is known of a user before his first exposure, to reduce variance: pre_period or metadata.<key>; null: none';
COMMENT ON COLUMN prompt.ab_test_experiments.starts_at IS
    'when a started experiment begins to serve; null: at once. Nobody has to act: readers compare it with the time';
COMMENT ON COLUMN prompt.ab_test_experiments.ends_at IS
    'when it ceases to serve; the folder completes it once the windows of its metrics have closed';
COMMENT ON COLUMN prompt.ab_test_experiments.looks IS 'what take_look() has recorded, in the order of time';
COMMENT ON COLUMN prompt.ab_test_experiments.allocations IS
    'per epoch the number of buckets of each variant: {"control": 5000, "casual": 5000}; the first is epoch 1';
COMMENT ON COLUMN prompt.ab_test_experiments.metrics IS
    'the metrics that are kept per user, frozen at the start: primary, secondary and guardrail metrics; '
    'arrays of prompt_subjects and of its queue follow this order';
CREATE INDEX IF NOT EXISTS ab_test_experiments_prompt_idx
    ON prompt.ab_test_experiments (tenant_id, prompt_name, status);
CREATE INDEX IF NOT EXISTS ab_test_experiments_winner_idx
    ON prompt.ab_test_experiments (winner_template_id) WHERE winner_template_id IS NOT NULL;

CREATE TABLE IF NOT EXISTS prompt.ab_test_variants (
    tenant_id     text NOT NULL DEFAULT coalesce(current_setting('prompt.tenant_id', true), ''),
    experiment_id uuid NOT NULL REFERENCES prompt.ab_test_experiments (id) ON DELETE CASCADE,
    name          text NOT NULL,
    ordinal       int NOT NULL,
    template_id   uuid NOT NULL REFERENCES prompt.prompt_templates (id),
    weight        float8 NOT NULL,
    is_control    boolean NOT NULL DEFAULT false,
    buckets       int4multirange NOT NULL DEFAULT '{}',
    PRIMARY KEY (experiment_id, name),
    CONSTRAINT ab_test_variants_ordinal_key UNIQUE (experiment_id, ordinal),
    CONSTRAINT ab_test_variants_name_check CHECK (length(name) BETWEEN 1 AND 63),
    CONSTRAINT ab_test_variants_weight_check CHECK (weight >= 0 AND weight <= 100),
    CONSTRAINT ab_test_variants_buckets_check CHECK (buckets <@ int4range(0, 10000))
);
COMMENT ON TABLE prompt.ab_test_variants IS 'the variants of an experiment: which version, what weight, which buckets';
CREATE UNIQUE INDEX IF NOT EXISTS ab_test_variants_control_key
    ON prompt.ab_test_variants (experiment_id) WHERE is_control;
CREATE INDEX IF NOT EXISTS ab_test_variants_template_idx ON prompt.ab_test_variants (template_id);

CREATE TABLE IF NOT EXISTS prompt.prompt_subjects (
    tenant_id           text NOT NULL,
    experiment_id       uuid NOT NULL REFERENCES prompt.ab_test_experiments (id) ON DELETE CASCADE,
    unit                text NOT NULL,
    variant             text NOT NULL,
    first_epoch         int NOT NULL,
    entry_epoch         int NOT NULL,
    first_exposed_at    timestamptz NOT NULL,
    first_execution_id  uuid NOT NULL,
    exposures           bigint NOT NULL,
    crossover_exposures bigint NOT NULL DEFAULT 0,
    is_crossover        boolean GENERATED ALWAYS AS (crossover_exposures > 0) STORED,
    rows                bigint[] NOT NULL,
    sums                numeric[] NOT NULL,
    late_rows           bigint[],
    late_sums           numeric[],
    covariate           numeric,
    PRIMARY KEY (experiment_id, unit)
) WITH (fillfactor = 80);
CREATE INDEX IF NOT EXISTS prompt_subjects_exposed_idx
    ON prompt.prompt_subjects (experiment_id, first_exposed_at, first_execution_id);
COMMENT ON TABLE prompt.prompt_subjects IS
    'totals per user of an experiment: the unit of analysis; rows and sums follow the order of the experiment''s metrics';
COMMENT ON COLUMN prompt.prompt_subjects.unit IS 'user_id, or request_id where there is none';
COMMENT ON COLUMN prompt.prompt_subjects.variant IS
    'of the user''s first execution by (created_at, id); executions of other variants are kept out of the totals';
COMMENT ON COLUMN prompt.prompt_subjects.entry_epoch IS
    'epoch in which the user''s bucket of the layer entered the experiment; with first_epoch the stratum of the user';
COMMENT ON COLUMN prompt.prompt_subjects.covariate IS
    'the experiment''s covariate, frozen at the first exposure; null: the experiment has none';
COMMENT ON COLUMN prompt.prompt_subjects.crossover_exposures IS 'executions that name another variant';
COMMENT ON COLUMN prompt.prompt_subjects.late_rows IS
    'changes that came after the window of their metric had closed: no part of the statistics; null: none';

CREATE TABLE IF NOT EXISTS prompt.prompt_subject_queue (
    id               uuid NOT NULL,
    tenant_id        text NOT NULL,
    experiment_id    uuid NOT NULL,
    unit             text NOT NULL,
    variant          text NOT NULL,
    epoch            int NOT NULL,
    exposed_at       timestamptz NOT NULL,
    execution_id     uuid NOT NULL,
    due_at           timestamptz NOT NULL,
    is_late          boolean NOT NULL DEFAULT false,
    exposures        int NOT NULL,
    rows             int[] NOT NULL,
    sums             numeric[] NOT NULL,
    PRIMARY KEY (experiment_id, due_at, id)
);
COMMENT ON TABLE prompt.prompt_subject_queue IS
    'changes of users'' totals that wait to be folded into prompt_subjects; appended by writers, emptied by one folder';
-- What is due at once is soon folded and is looked through; what waits for a window may be much.
CREATE INDEX IF NOT EXISTS prompt_subject_queue_unit_idx
    ON prompt.prompt_subject_queue (experiment_id, unit) WHERE due_at > '-infinity';
COMMENT ON COLUMN prompt.prompt_subject_queue.due_at IS
    'when the window of the metrics closes; -infinity: the change can be folded as soon as it is committed';
COMMENT ON COLUMN prompt.prompt_subject_queue.exposures IS
    'new executions, or -1 for one that is gone, 0 for a change of an outcome';

CREATE TABLE IF NOT EXISTS prompt.ab_test_statistics (
    tenant_id     text NOT NULL,
    experiment_id uuid NOT NULL REFERENCES prompt.ab_test_experiments (id) ON DELETE CASCADE,
    metric        text NOT NULL,
    variant       text NOT NULL,
    first_epoch   int NOT NULL,
    entry_epoch   int NOT NULL,
    users         bigint NOT NULL DEFAULT 0,
    rows          numeric NOT NULL DEFAULT 0,
    row_squares   numeric NOT NULL DEFAULT 0,
    sums          numeric NOT NULL DEFAULT 0,
    sum_squares   numeric NOT NULL DEFAULT 0,
    cross_sums    numeric NOT NULL DEFAULT 0,
    non_binary    bigint NOT NULL DEFAULT 0,
    crossovers    bigint NOT NULL DEFAULT 0,
    covariate_sums    numeric NOT NULL DEFAULT 0,
    covariate_squares numeric NOT NULL DEFAULT 0,
    covariate_by_sums numeric NOT NULL DEFAULT 0,
    covariate_by_rows numeric NOT NULL DEFAULT 0,
    PRIMARY KEY (experiment_id, metric, variant, first_epoch, entry_epoch)
) WITH (fillfactor = 50);
COMMENT ON TABLE prompt.ab_test_statistics IS
    'sufficient statistics over users per variant, stratum and metric: K, Σm, Σm², Σs, Σs², Σsm of per-user totals and, '
    'with a covariate, Σx, Σx², Σxs, Σxm; a stratum is the epoch of first exposure and that of the bucket''s entry; '
    'metric '''' counts exposed users, their executions and, among them, crossovers';
COMMENT ON COLUMN prompt.ab_test_statistics.non_binary IS
    'users whose total is not a single row with the value 0 or 1';

CREATE TABLE IF NOT EXISTS prompt.ab_test_progress (
    tenant_id      text NOT NULL,
    experiment_id  uuid PRIMARY KEY REFERENCES prompt.ab_test_experiments (id) ON DELETE CASCADE,
    judged_at      timestamptz NOT NULL DEFAULT '-infinity',
    judged_users   bigint NOT NULL DEFAULT 0,
    crossings      jsonb NOT NULL DEFAULT '{}',
    bets           jsonb NOT NULL DEFAULT '{}',
    bet_until      timestamptz NOT NULL DEFAULT '-infinity',
    bet_until_id   uuid NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000',
    bet_users      bigint NOT NULL DEFAULT 0,
    bets_disturbed boolean NOT NULL DEFAULT false
);
COMMENT ON TABLE prompt.ab_test_progress IS
    'what the folder remembers of an experiment from one time to the next: when it judged, and the bets of the e-process';
COMMENT ON COLUMN prompt.ab_test_progress.crossings IS
    'per variant the first reading whose always-valid p was at most alpha: {"casual": {"at", "users", "p"}}';
COMMENT ON COLUMN prompt.ab_test_progress.bets IS
    'per variant the wealth of the bets against no difference from the control; a factor is never taken back';
COMMENT ON COLUMN prompt.ab_test_progress.bet_until IS
    'first exposure of the last user who was bet on; users are taken in the order of (first_exposed_at, first_execution_id)';
COMMENT ON COLUMN prompt.ab_test_progress.bets_disturbed IS
    'a user who had been bet on is gone since, or was first exposed otherwise';
END
$create$;
COMMENT ON FUNCTION prompt._create_experiment_tables() IS 'creates the tables and indexes of experiments and their users that are missing';
