-- ---------------------------------------------------------------- tables of executions and of their running figures

CREATE FUNCTION prompt._create_execution_tables() RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET client_min_messages = warning AS $create$
BEGIN
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
END
$create$;
COMMENT ON FUNCTION prompt._create_execution_tables() IS 'creates the tables and indexes of executions and their running figures that are missing';
