-- ---------------------------------------------------------------- tables: ordinary tables of whoever calls install()

-- Version of the tables' layout; the library checks it against prompt_state.
CREATE FUNCTION prompt._table_version() RETURNS int LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN 1;
COMMENT ON FUNCTION prompt._table_version() IS 'layout version of the tables that this library works with';

CREATE FUNCTION prompt._create_tables() RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET client_min_messages = warning AS $create$
BEGIN
CREATE TABLE IF NOT EXISTS prompt.prompt_state (
    tenant_id  text NOT NULL DEFAULT coalesce(current_setting('prompt.tenant_id', true), ''),
    key        text NOT NULL,
    value      text NOT NULL,
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, key)
);
COMMENT ON TABLE prompt.prompt_state IS
    'what the extension keeps about itself: layout version of the tables, generation of each tenant''s guardrails';

CREATE TABLE IF NOT EXISTS prompt.prompt_templates (
    id                 uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    tenant_id          text NOT NULL DEFAULT coalesce(current_setting('prompt.tenant_id', true), ''),
    name               text NOT NULL,
    version            int NOT NULL DEFAULT 1,
    semver             text NOT NULL DEFAULT '1.0.0',
    status             text NOT NULL DEFAULT 'draft',
    is_active          boolean GENERATED ALWAYS AS (status = 'production') STORED,
    prompt_type        text NOT NULL DEFAULT 'system',
    template_format    text NOT NULL DEFAULT 'jinja2',
    template_text      text,
    messages           jsonb,
    variables          jsonb NOT NULL DEFAULT '[]',
    includes           text[] NOT NULL DEFAULT '{}',
    strict             boolean NOT NULL DEFAULT false,
    model_config       jsonb NOT NULL DEFAULT '{}',
    description        text,
    category           text,
    tags               text[] NOT NULL DEFAULT '{}',
    change_description text,
    parent_version_id  uuid REFERENCES prompt.prompt_templates (id),
    created_at         timestamptz NOT NULL DEFAULT now(),
    created_by         text NOT NULL DEFAULT current_user,
    updated_at         timestamptz NOT NULL DEFAULT now(),
    updated_by         text NOT NULL DEFAULT current_user,
    activated_at       timestamptz,
    activated_by       text,
    deactivated_at     timestamptz,
    deactivated_by     text,
    CONSTRAINT prompt_templates_version_key UNIQUE (tenant_id, name, version),
    CONSTRAINT prompt_templates_name_check CHECK (
        length(name) <= 255 AND name = btrim(name) AND name ~ '^[^/@]+(/[^/@]+)*$'),
    CONSTRAINT prompt_templates_version_check CHECK (version > 0),
    CONSTRAINT prompt_templates_semver_check CHECK (semver ~ '^(0|[1-9][0-9]*)[.](0|[1-9][0-9]*)[.](0|[1-9][0-9]*)$'),
    CONSTRAINT prompt_templates_status_check CHECK (
        status IN ('draft', 'review', 'approved', 'production', 'deprecated', 'archived')),
    CONSTRAINT prompt_templates_prompt_type_check CHECK (
        prompt_type IN ('system', 'user', 'assistant', 'few-shot', 'template', 'chat')),
    CONSTRAINT prompt_templates_template_format_check CHECK (
        template_format IN ('jinja2', 'handlebars', 'mustache', 'f-string')),
    CONSTRAINT prompt_templates_content_check CHECK (
        CASE WHEN prompt_type = 'chat' THEN messages IS NOT NULL AND template_text IS NULL
             ELSE messages IS NULL AND template_text IS NOT NULL END),
    CONSTRAINT prompt_templates_messages_check CHECK (jsonb_typeof(messages) = 'array'),
    CONSTRAINT prompt_templates_variables_check CHECK (jsonb_typeof(variables) = 'array'),
    CONSTRAINT prompt_templates_model_config_check CHECK (jsonb_typeof(model_config) = 'object')
);
COMMENT ON TABLE prompt.prompt_templates IS
    'one row per version of a prompt; content is immutable once the version has left draft';
CREATE UNIQUE INDEX IF NOT EXISTS prompt_templates_production_key
    ON prompt.prompt_templates (tenant_id, name) WHERE status = 'production';
COMMENT ON INDEX prompt.prompt_templates_production_key IS 'at most one production version per prompt';
COMMENT ON COLUMN prompt.prompt_templates.includes IS
    'the prompts that this version includes by name, read off its templates; they cannot be deleted while it is there';
CREATE INDEX IF NOT EXISTS prompt_templates_includes_idx ON prompt.prompt_templates USING gin (includes);
CREATE INDEX IF NOT EXISTS prompt_templates_parent_idx
    ON prompt.prompt_templates (parent_version_id) WHERE parent_version_id IS NOT NULL;

CREATE TABLE IF NOT EXISTS prompt.prompt_labels (
    tenant_id   text NOT NULL DEFAULT coalesce(current_setting('prompt.tenant_id', true), ''),
    prompt_name text NOT NULL,
    label       text NOT NULL,
    template_id uuid NOT NULL REFERENCES prompt.prompt_templates (id),
    updated_at  timestamptz NOT NULL DEFAULT now(),
    updated_by  text NOT NULL DEFAULT current_user,
    PRIMARY KEY (tenant_id, prompt_name, label),
    CONSTRAINT prompt_labels_label_check CHECK (
        label ~ '^[a-z0-9][a-z0-9._-]{0,62}$' AND label NOT IN ('latest', 'production'))
);
COMMENT ON TABLE prompt.prompt_labels IS
    'movable pointers to a version, such as staging; latest and production are computed and cannot be set';
CREATE INDEX IF NOT EXISTS prompt_labels_template_idx ON prompt.prompt_labels (template_id);

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

CREATE TABLE IF NOT EXISTS prompt.prompt_executions (
    id                   uuid NOT NULL DEFAULT prompt.uuid_v7(),
    tenant_id            text NOT NULL DEFAULT coalesce(current_setting('prompt.tenant_id', true), ''),
    template_id          uuid NOT NULL REFERENCES prompt.prompt_templates (id),
    request_id           text,
    session_id           text,
    user_id              text,
    experiment_id        uuid REFERENCES prompt.ab_test_experiments (id),
    variant              text,
    allocation_epoch     int,
    variables_used       jsonb,
    rendered_prompt      text,
    conversation_context jsonb,
    question_hash        text,
    model_name           text,
    model_config         jsonb,
    response_text        text,
    status               text NOT NULL DEFAULT 'pending',
    error_type           text,
    error_message        text,
    response_time_ms     int,
    input_tokens         int,
    output_tokens        int,
    cost_usd             numeric,
    quality_score        numeric,
    conversion_metric    numeric,
    safety_score         numeric,
    rating               int,
    rating_feedback      text,
    rated_at             timestamptz,
    flagged_for_review   boolean NOT NULL DEFAULT false,
    escalated            boolean NOT NULL DEFAULT false,
    escalation_reason    text,
    escalated_at         timestamptz,
    guardrails_evaluated jsonb,
    guardrail_violations text[],
    metadata             jsonb,
    created_at           timestamptz NOT NULL DEFAULT now(),
    completed_at         timestamptz,
    PRIMARY KEY (id, tenant_id),
    CONSTRAINT prompt_executions_status_check CHECK (
        status IN ('pending', 'success', 'error', 'timeout', 'blocked')),
    CONSTRAINT prompt_executions_experiment_check CHECK (
        (experiment_id IS NULL) = (variant IS NULL) AND (experiment_id IS NULL OR allocation_epoch >= 0)),
    CONSTRAINT prompt_executions_created_at_check CHECK (
        created_at >= '1900-01-01 00:00+00' AND created_at < '2200-01-01 00:00+00'),
    CONSTRAINT prompt_executions_rating_check CHECK (rating BETWEEN 1 AND 5),
    CONSTRAINT prompt_executions_response_time_ms_check CHECK (response_time_ms >= 0),
    CONSTRAINT prompt_executions_input_tokens_check CHECK (input_tokens >= 0),
    CONSTRAINT prompt_executions_output_tokens_check CHECK (output_tokens >= 0),
    CONSTRAINT prompt_executions_cost_usd_check CHECK (cost_usd >= 0 AND cost_usd < 1e12),
    CONSTRAINT prompt_executions_quality_score_check CHECK (quality_score BETWEEN 0 AND 1),
    CONSTRAINT prompt_executions_safety_score_check CHECK (safety_score BETWEEN 0 AND 1),
    CONSTRAINT prompt_executions_conversion_metric_check CHECK (
        conversion_metric > -1e15 AND conversion_metric < 1e15),
    CONSTRAINT prompt_executions_user_id_check CHECK (length(user_id) <= 1000),
    CONSTRAINT prompt_executions_request_id_check CHECK (length(request_id) <= 1000)
) PARTITION BY RANGE (id);
COMMENT ON TABLE prompt.prompt_executions IS
    'one row per LLM call; partitioned by the time in its UUIDv7 key';
CREATE INDEX IF NOT EXISTS prompt_executions_template_idx ON prompt.prompt_executions (template_id, id);
CREATE INDEX IF NOT EXISTS prompt_executions_user_idx
    ON prompt.prompt_executions (user_id, id) WHERE user_id IS NOT NULL;
CREATE INDEX IF NOT EXISTS prompt_executions_request_idx
    ON prompt.prompt_executions (request_id) WHERE request_id IS NOT NULL;
CREATE INDEX IF NOT EXISTS prompt_executions_experiment_idx
    ON prompt.prompt_executions (experiment_id, id) WHERE experiment_id IS NOT NULL;
CREATE INDEX IF NOT EXISTS prompt_executions_flagged_idx
    ON prompt.prompt_executions (id) WHERE flagged_for_review;
CREATE INDEX IF NOT EXISTS prompt_executions_escalated_idx
    ON prompt.prompt_executions (id) WHERE escalated;

CREATE TABLE IF NOT EXISTS prompt.prompt_guardrails (
    id                    uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    tenant_id             text NOT NULL DEFAULT coalesce(current_setting('prompt.tenant_id', true), ''),
    name                  text NOT NULL,
    description           text,
    rule_type             text NOT NULL,
    rule_config           jsonb NOT NULL DEFAULT '{}',
    severity              text NOT NULL DEFAULT 'warning',
    enforcement           text NOT NULL DEFAULT 'warning',
    stages                text[] NOT NULL DEFAULT '{input,prompt}',
    applies_to_templates  text[],
    applies_to_categories text[],
    is_active             boolean NOT NULL DEFAULT true,
    created_at            timestamptz NOT NULL DEFAULT now(),
    created_by            text NOT NULL DEFAULT current_user,
    updated_at            timestamptz NOT NULL DEFAULT now(),
    updated_by            text NOT NULL DEFAULT current_user,
    CONSTRAINT prompt_guardrails_name_key UNIQUE (tenant_id, name),
    CONSTRAINT prompt_guardrails_name_check CHECK (
        length(name) BETWEEN 1 AND 255 AND name = btrim(name)),
    CONSTRAINT prompt_guardrails_rule_type_check CHECK (rule_type IN (
        'regex', 'keyword', 'max_length', 'pii', 'injection', 'toxic', 'secret', 'model_check', 'custom')),
    CONSTRAINT prompt_guardrails_rule_config_check CHECK (jsonb_typeof(rule_config) = 'object'),
    CONSTRAINT prompt_guardrails_severity_check CHECK (severity IN ('info', 'warning', 'error', 'critical')),
    CONSTRAINT prompt_guardrails_enforcement_check CHECK (
        enforcement IN ('blocking', 'redact', 'warning', 'logging')),
    CONSTRAINT prompt_guardrails_stages_check CHECK (
        stages <@ ARRAY['input', 'prompt', 'response'] AND cardinality(stages) > 0)
);
COMMENT ON TABLE prompt.prompt_guardrails IS 'one row per rule; applies to all prompts where both applies_to columns are null';

CREATE TABLE IF NOT EXISTS prompt.prompt_metrics (
    tenant_id              text NOT NULL,
    template_id            uuid NOT NULL,
    experiment_id          uuid NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000',
    variant                text NOT NULL DEFAULT '',
    hour                   timestamptz NOT NULL,
    slot                   bigint NOT NULL,
    executions             bigint NOT NULL DEFAULT 0,
    pending                bigint NOT NULL DEFAULT 0,
    successes              bigint NOT NULL DEFAULT 0,
    errors                 bigint NOT NULL DEFAULT 0,
    timeouts               bigint NOT NULL DEFAULT 0,
    blocked                bigint NOT NULL DEFAULT 0,
    response_time_count    bigint NOT NULL DEFAULT 0,
    response_time_sum      bigint NOT NULL DEFAULT 0,
    response_time_squares  numeric NOT NULL DEFAULT 0,
    tokens_count           bigint NOT NULL DEFAULT 0,
    input_tokens           bigint NOT NULL DEFAULT 0,
    output_tokens          bigint NOT NULL DEFAULT 0,
    cost_count             bigint NOT NULL DEFAULT 0,
    cost_usd               numeric NOT NULL DEFAULT 0,
    quality_count          bigint NOT NULL DEFAULT 0,
    quality_sum            numeric NOT NULL DEFAULT 0,
    rating_count           bigint NOT NULL DEFAULT 0,
    rating_sum             bigint NOT NULL DEFAULT 0,
    rating_1               bigint NOT NULL DEFAULT 0,
    rating_2               bigint NOT NULL DEFAULT 0,
    rating_3               bigint NOT NULL DEFAULT 0,
    rating_4               bigint NOT NULL DEFAULT 0,
    rating_5               bigint NOT NULL DEFAULT 0,
    conversion_count       bigint NOT NULL DEFAULT 0,
    conversion_sum         numeric NOT NULL DEFAULT 0,
    escalations            bigint NOT NULL DEFAULT 0,
    flags                  bigint NOT NULL DEFAULT 0,
    guardrail_violations   bigint NOT NULL DEFAULT 0,
    response_time_sketch   bytea NOT NULL DEFAULT '',
    minutes                bytea NOT NULL DEFAULT '',
    PRIMARY KEY (template_id, hour, tenant_id, experiment_id, variant, slot)
) WITH (fillfactor = 50);
-- Changed with every execution: neither compressed nor stored elsewhere.
ALTER TABLE prompt.prompt_metrics ALTER COLUMN response_time_sketch SET STORAGE PLAIN,
                                  ALTER COLUMN minutes SET STORAGE PLAIN;
COMMENT ON TABLE prompt.prompt_metrics IS
    'running figures of prompt_executions per template, experiment variant and hour (UTC); the sum over slots is the figure';
COMMENT ON COLUMN prompt.prompt_metrics.experiment_id IS 'all zeros, and variant empty, for executions outside experiments';
COMMENT ON COLUMN prompt.prompt_metrics.slot IS
    'a row is written by one transaction at a time, the holder of the slot, so that writers never wait; '
    'slot 0 holds the figures of executions that retention has dropped';
COMMENT ON COLUMN prompt.prompt_metrics.response_time_sketch IS
    'response times in buckets, for percentiles within 2 %: read by prompt.response_time_percentile()';
COMMENT ON COLUMN prompt.prompt_metrics.minutes IS
    'executions, successes, failures, response times and their sum of each minute: read by prompt.template_performance()';

CREATE TABLE IF NOT EXISTS prompt.prompt_guardrail_metrics (
    tenant_id    text NOT NULL,
    guardrail    text NOT NULL,
    hour         timestamptz NOT NULL,
    slot         bigint NOT NULL,
    evaluations  bigint NOT NULL DEFAULT 0,
    violations   bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (guardrail, hour, tenant_id, slot)
) WITH (fillfactor = 50);
COMMENT ON TABLE prompt.prompt_guardrail_metrics IS
    'running figures of guardrails per hour (UTC): executions that a rule was evaluated for and that it found a violation in';

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

CREATE TABLE IF NOT EXISTS prompt.prompt_audit_log (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    tenant_id  text NOT NULL,
    at         timestamptz NOT NULL DEFAULT clock_timestamp(),
    actor      text NOT NULL,
    acting_as  text NOT NULL,
    action     text NOT NULL,
    entity     text NOT NULL,
    entity_id  text NOT NULL,
    reason     text,
    old_values jsonb,
    new_values jsonb,
    sequence   bigint NOT NULL,
    previous   bytea NOT NULL,
    hash       bytea NOT NULL,
    CONSTRAINT prompt_audit_log_sequence_key UNIQUE (tenant_id, entity, entity_id, sequence)
);
COMMENT ON TABLE prompt.prompt_audit_log IS
    'who changed what and when, in the same transaction as the change; append-only and hash-chained per entity';
COMMENT ON COLUMN prompt.prompt_audit_log.actor IS 'the role that had logged in (session_user)';
COMMENT ON COLUMN prompt.prompt_audit_log.acting_as IS 'the role whose rights were used (current_user)';
COMMENT ON COLUMN prompt.prompt_audit_log.old_values IS 'columns before the change: those that changed, or all that were not null';
COMMENT ON COLUMN prompt.prompt_audit_log.hash IS
    'SHA-256 of previous and of the entry''s canonical text, see prompt._audit_text(); previous is the hash before it';
END
$create$;
COMMENT ON FUNCTION prompt._create_tables() IS 'creates the tables and indexes that are missing';

-- Restored or older tables may hold names that would be refused now: they are served, and told.
CREATE FUNCTION prompt._tell_faulty_names() RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $tell$
DECLARE
    found record;
BEGIN
    SELECT count(*) AS names, string_agg(format('%s "%s" (%s at place %s)', f.kind, f.shown, f."character", f.place), ', '
                                         ORDER BY f.kind, f.name) FILTER (WHERE f.number <= 5) AS first_ones INTO found
      FROM (SELECT n.kind, n.name, x.*, row_number() OVER (ORDER BY n.kind, n.name) AS number
              FROM (SELECT DISTINCT 'prompt' AS kind, t.name FROM prompt.prompt_templates t
                    UNION SELECT 'guardrail', g.name FROM prompt.prompt_guardrails g
                    UNION SELECT 'experiment', e.name FROM prompt.ab_test_experiments e
                    UNION SELECT 'variant', v.name FROM prompt.ab_test_variants v) AS n,
                   prompt._name_fault(n.name) AS x
             WHERE x.fault IS NOT NULL) AS f;
    IF found.names > 0 THEN
        RAISE WARNING '% % that may be taken for another', found.names, CASE found.names WHEN 1 THEN 'name has a character' ELSE 'names have characters' END
            USING DETAIL = found.first_ones || CASE WHEN found.names > 5 THEN ', and others' ELSE '' END || '.',
                  HINT = 'They are served as before. prompt.export_prompt() and prompt.import_prompt() copy a prompt under another name.';
    END IF;
END
$tell$;
COMMENT ON FUNCTION prompt._tell_faulty_names() IS 'warns of names in the tables that could not be given now';

-- The partitions of prompt_executions from one time to another, as prompt.partition_by has them, in UTC.
CREATE FUNCTION prompt._partition_spans(from_at timestamptz, to_at timestamptz, OUT start_at timestamptz, OUT end_at timestamptz,
                                        OUT name text)
    RETURNS SETOF record LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $spans$
    SELECT s.start AT TIME ZONE 'UTC', (s.start + ('1 ' || u.unit)::interval) AT TIME ZONE 'UTC',
           'prompt_executions_' || to_char(s.start, CASE u.unit WHEN 'day' THEN 'YYYY_MM_DD' ELSE 'YYYY_MM' END)
      FROM (SELECT CASE current_setting('prompt.partition_by', true) WHEN 'day' THEN 'day' ELSE 'month' END AS unit) AS u,
           generate_series(date_trunc(u.unit, from_at AT TIME ZONE 'UTC'), to_at AT TIME ZONE 'UTC', ('1 ' || u.unit)::interval) AS s (start)
$spans$;
COMMENT ON FUNCTION prompt._partition_spans(timestamptz, timestamptz) IS
    'the partitions that a span of time needs, by month or day as the setting prompt.partition_by says';

CREATE FUNCTION prompt._create_partition(start_at timestamptz, end_at timestamptz, name text) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $create$
BEGIN
    EXECUTE format('CREATE TABLE prompt.%I PARTITION OF prompt.prompt_executions FOR VALUES FROM (%L) TO (%L)', name,
                   prompt.uuid_v7_bound(start_at), prompt.uuid_v7_bound(end_at));
    EXECUTE format('COMMENT ON TABLE prompt.%I IS %L', name,
                   format('executions from %s to %s (UTC)', start_at AT TIME ZONE 'UTC', end_at AT TIME ZONE 'UTC'));
END
$create$;
COMMENT ON FUNCTION prompt._create_partition(timestamptz, timestamptz, text) IS 'creates a partition of prompt_executions';

CREATE FUNCTION prompt._ahead(months_ahead int DEFAULT 2, days_ahead int DEFAULT 14) RETURNS timestamptz
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    RETURN CASE current_setting('prompt.partition_by', true) WHEN 'day' THEN now() + make_interval(days => days_ahead)
                ELSE (date_trunc('month', now() AT TIME ZONE 'UTC') + make_interval(months => months_ahead)) AT TIME ZONE 'UTC' END;
COMMENT ON FUNCTION prompt._ahead(int, int) IS 'the time up to which there should be partitions';

CREATE FUNCTION prompt._create_partitions() RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $create$
BEGIN
    IF to_regclass('prompt.prompt_executions_default') IS NULL THEN
        CREATE TABLE prompt.prompt_executions_default PARTITION OF prompt.prompt_executions DEFAULT;
        COMMENT ON TABLE prompt.prompt_executions_default IS 'executions whose id names a time without a partition';
    END IF;
    -- Later ones are maintain()'s: it moves rows and waits for no lock.
    IF NOT EXISTS (SELECT FROM prompt._partitions() p WHERE NOT p.is_default) THEN
        PERFORM prompt._create_partition(s.start_at, s.end_at, s.name) FROM prompt._partition_spans(now(), prompt._ahead()) AS s;
    END IF;
END
$create$;
COMMENT ON FUNCTION prompt._create_partitions() IS
    'creates the default partition of prompt_executions and, if there is no other, those of this month (or day) and the next ones';

CREATE FUNCTION prompt._renew_guardrail_generation(tenant text) RETURNS void
    LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
    INSERT INTO prompt.prompt_state AS s (tenant_id, key, value)
    VALUES (tenant, 'guardrail_generation', gen_random_uuid()::text)
    ON CONFLICT (tenant_id, key) DO UPDATE SET value = excluded.value, updated_at = now()
$$;
COMMENT ON FUNCTION prompt._renew_guardrail_generation(text) IS
    'gives a tenant''s guardrails a new generation, never used before: caches key compiled rules by it';

CREATE FUNCTION prompt.install() RETURNS text
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $install$
DECLARE
    found int;
    uncounted boolean := false;
    outdated record;
BEGIN
    PERFORM pg_advisory_xact_lock(prompt._lock_class(), 0);
    IF to_regclass('prompt.prompt_state') IS NOT NULL THEN
        SELECT value::int INTO found FROM prompt.prompt_state WHERE tenant_id = '' AND key = 'table_version';
        IF found > prompt._table_version() THEN
            RAISE EXCEPTION 'the tables are newer (layout %) than this library (layout %)', found, prompt._table_version()
                USING ERRCODE = 'object_not_in_prerequisite_state',
                      HINT = 'Update the extension: ALTER EXTENSION pg_prompt UPDATE.';
        END IF;
    END IF;
    PERFORM prompt._create_tables();
    PERFORM prompt._create_keys();
    PERFORM prompt._create_foreign_keys();
    -- Names were once refused by the tables, which cannot know what a script needs.
    FOR outdated IN SELECT c.conrelid::regclass AS relation, c.conname AS name FROM pg_constraint c
                     WHERE c.connamespace = 'prompt'::regnamespace AND c.conname ~ '_visible_name_check$' LOOP
        EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', outdated.relation, outdated.name);
    END LOOP;
    -- DROP EXTENSION ... CASCADE takes triggers and this default away, and leaves the rows to come uncounted.
    IF found IS NOT NULL THEN
        uncounted := EXISTS (SELECT FROM prompt._leaves_without_triggers());
        -- A restore of the executions alone, with triggers disabled, leaves no figure.
        uncounted := uncounted OR EXISTS (SELECT FROM prompt.prompt_executions)
                                  AND NOT EXISTS (SELECT FROM prompt.prompt_metrics);
        IF NOT EXISTS (SELECT FROM pg_attrdef d
                        WHERE d.adrelid = 'prompt.prompt_executions'::regclass
                          AND pg_get_expr(d.adbin, d.adrelid) LIKE '%uuid_v7%') THEN
            ALTER TABLE prompt.prompt_executions ALTER COLUMN id SET DEFAULT prompt.uuid_v7();
        END IF;
    END IF;
    PERFORM prompt._create_partitions();
    PERFORM prompt._create_triggers();
    PERFORM prompt._create_views();
    PERFORM prompt._tell_faulty_names();
    IF uncounted THEN
        UPDATE prompt.prompt_templates t
           SET includes = prompt._template_includes(t.template_text, t.template_format, t.messages)
         WHERE t.includes <> prompt._template_includes(t.template_text, t.template_format, t.messages);
        PERFORM prompt.rebuild_metrics();
    END IF;
    INSERT INTO prompt.prompt_state AS s (tenant_id, key, value)
    VALUES ('', 'table_version', prompt._table_version()::text)
    ON CONFLICT (tenant_id, key) DO UPDATE SET value = excluded.value, updated_at = now()
        WHERE s.value <> excluded.value;
    PERFORM prompt._renew_guardrail_generation(t.tenant_id)
       FROM (SELECT '' AS tenant_id UNION SELECT g.tenant_id FROM prompt.prompt_guardrails g) AS t;
    RETURN CASE WHEN found IS NULL THEN format('pg_prompt %s installed', prompt.version())
                ELSE format('pg_prompt %s is up to date', prompt.version()) END;
END
$install$;
COMMENT ON FUNCTION prompt.install() IS
    'creates the tables, triggers and views as ordinary objects of the caller, or brings older ones up to date; counts '
    'what came in while triggers were missing; may be repeated at any time';

CREATE FUNCTION prompt.uninstall(keep_data boolean DEFAULT true) RETURNS SETOF text
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET client_min_messages = warning AS $uninstall$
DECLARE
    item record;
    rows_left bigint;
BEGIN
    FOR item IN
        SELECT format('prompt.%I', c.relname) AS name FROM pg_class c
         WHERE c.relnamespace = 'prompt'::regnamespace AND c.relkind = 'v'
           AND c.relname IN ('prompt_template_performance', 'ab_test_variant_performance',
                             'prompt_guardrail_performance', 'prompt_guardrail_performance_hourly',
                             'prompt_guardrail_violations')
    LOOP
        EXECUTE format('DROP VIEW %s', item.name);
        RETURN NEXT format('dropped view %s', item.name);
    END LOOP;
    FOR item IN
        SELECT t.tgname, t.tgrelid::regclass::text AS relation FROM pg_trigger t
          JOIN pg_proc p ON p.oid = t.tgfoid
          JOIN pg_depend d ON d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e'
          JOIN pg_extension e ON d.refclassid = 'pg_extension'::regclass AND e.oid = d.refobjid
         WHERE e.extname = 'pg_prompt' AND NOT t.tgisinternal AND t.tgparentid = 0
         ORDER BY 2, 1
    LOOP
        EXECUTE format('DROP TRIGGER %I ON %s', item.tgname, item.relation);
        RETURN NEXT format('dropped trigger %s on %s', item.tgname, item.relation);
    END LOOP;
    IF to_regclass('prompt.prompt_executions') IS NOT NULL THEN
        ALTER TABLE prompt.prompt_executions ALTER COLUMN id SET DEFAULT gen_random_uuid();
    END IF;
    FOR item IN
        SELECT format('prompt.%I', c.relname) AS name FROM pg_class c
         WHERE c.relnamespace = 'prompt'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
           AND (c.relname ~ '^prompt_(templates|labels|executions|guardrails|metrics|guardrail_metrics|subjects|subject_queue|audit_log|state)$'
                OR c.relname ~ '^ab_test_(experiments|variants|statistics|progress)$')
         ORDER BY c.relname
    LOOP
        IF keep_data THEN
            EXECUTE format('SELECT count(*) FROM %s', item.name) INTO rows_left;
            RETURN NEXT format('kept table %s with %s rows', item.name, rows_left);
        ELSE
            EXECUTE format('DROP TABLE %s CASCADE', item.name);
            RETURN NEXT format('dropped table %s', item.name);
        END IF;
    END LOOP;
    RETURN NEXT CASE WHEN keep_data THEN 'DROP EXTENSION pg_prompt leaves these tables as they are'
                     ELSE 'nothing is left but the extension: DROP EXTENSION pg_prompt' END;
END
$uninstall$;
COMMENT ON FUNCTION prompt.uninstall(boolean) IS
    'takes triggers and views away, and the tables, too, if keep_data is false; says what it did and what is left';
