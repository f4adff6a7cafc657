-- Tables that their owner has changed: what cannot be read or written any more is refused, with the statement that mends
-- it; what is the owner's to change goes on.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
DROP EXTENSION IF EXISTS pg_prompt CASCADE;
DROP SCHEMA IF EXISTS prompt CASCADE;
CREATE EXTENSION pg_prompt;
DO $$ BEGIN PERFORM prompt.install(); END $$;
INSERT INTO prompt.prompt_templates (id, name, template_text, status)
VALUES ('00000000-0000-0000-0000-0000000000d1', 'changed', 'Hello', 'production');
DO $$
BEGIN
    PERFORM prompt.create_version('changed', 'Hi', 'shorter');
    PERFORM prompt.create_experiment('changed', 'changed', '[{"name": "a", "version": 1, "weight": 50}, {"name": "b", "version": 2, "weight": 50}]',
                                     primary_metric => 'success_rate');
    PERFORM prompt.start_experiment('changed');
    PERFORM prompt.create_guardrail('r', 'keyword', '{"keywords": ["never"]}');
END $$;

-- One execution in an experiment, one with rules: goes through all the tables of figures.
CREATE PROCEDURE pg_temp.record() LANGUAGE sql AS $$
    INSERT INTO prompt.prompt_executions (template_id, status, user_id, experiment_id, variant, allocation_epoch, response_time_ms,
                                          guardrails_evaluated)
    SELECT '00000000-0000-0000-0000-0000000000d1', 'success', 'u', e.id, 'a', 1, 10, '[{"rule": "r", "passed": true}]'
      FROM prompt.ab_test_experiments e
$$;
-- What a write or a fold says of a changed table, and whether the statement that its hint names mends it.
CREATE FUNCTION pg_temp.try(change text) RETURNS TABLE (state text, message text, detail text, hint text, mended boolean)
LANGUAGE plpgsql AS $$
DECLARE
    mend text;
BEGIN
    mended := false;
    BEGIN
        -- install() makes them again.
        DROP VIEW prompt.prompt_template_performance, prompt.ab_test_variant_performance, prompt.prompt_guardrail_performance,
                  prompt.prompt_guardrail_performance_hourly CASCADE;
        EXECUTE change;
        BEGIN
            CALL pg_temp.record();
            PERFORM prompt.fold();
            state := '00000';
        EXCEPTION WHEN OTHERS THEN
            GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
        END;
        IF state <> '00000' THEN
            mend := substring(hint FROM 'ALTER TABLE [^;]*');
            EXECUTE coalesce(mend, 'SELECT');
            PERFORM prompt.install(), prompt.rebuild_metrics();
            CALL pg_temp.record();
            PERFORM prompt.fold();
        END IF;
        mended := NOT EXISTS (SELECT FROM prompt.verify_metrics());
        RAISE EXCEPTION USING ERRCODE = 'P0009';
    EXCEPTION WHEN SQLSTATE 'P0009' THEN
    END;
    RETURN NEXT;
END
$$;
CALL pg_temp.record();
SELECT prompt.fold();
CALL pg_temp.record();
SELECT count(*) AS differences FROM prompt.verify_metrics();

-- another type, in every table that is read or written directly
\x on
SELECT t.* FROM unnest(ARRAY[
    'ALTER TABLE prompt.prompt_metrics ALTER COLUMN flags TYPE text',
    'ALTER TABLE prompt.prompt_metrics ALTER COLUMN response_time_squares TYPE numeric(12, 2)',
    'ALTER TABLE prompt.prompt_metrics ALTER COLUMN minutes TYPE text USING encode(minutes, ''hex'')',
    'ALTER TABLE prompt.prompt_guardrail_metrics ALTER COLUMN slot TYPE integer',
    'ALTER TABLE prompt.prompt_subjects ALTER COLUMN exposures TYPE numeric',
    'ALTER TABLE prompt.prompt_subject_queue ALTER COLUMN rows TYPE bigint[]',
    'ALTER TABLE prompt.prompt_subject_queue ALTER COLUMN is_late TYPE text',
    'ALTER TABLE prompt.ab_test_statistics ALTER COLUMN users TYPE integer',
    'ALTER TABLE prompt.ab_test_experiments ALTER COLUMN windows TYPE text[]',
    'ALTER TABLE prompt.ab_test_experiments ALTER COLUMN layer TYPE bytea USING layer::bytea']) AS c,
    LATERAL pg_temp.try(c) AS t;
-- columns, keys and tables that are not there
SELECT t.* FROM unnest(ARRAY[
    'ALTER TABLE prompt.prompt_metrics DROP COLUMN flags CASCADE',
    'ALTER TABLE prompt.prompt_metrics DROP CONSTRAINT prompt_metrics_pkey',
    'ALTER TABLE prompt.prompt_subjects DROP CONSTRAINT prompt_subjects_pkey',
    'ALTER TABLE prompt.prompt_subject_queue DROP CONSTRAINT prompt_subject_queue_pkey',
    'ALTER TABLE prompt.ab_test_statistics DROP CONSTRAINT ab_test_statistics_pkey,
                                           ADD PRIMARY KEY (variant, experiment_id, metric, first_epoch, entry_epoch)',
    'DROP TABLE prompt.prompt_subjects CASCADE',
    'ALTER TABLE prompt.prompt_guardrail_metrics RENAME TO elsewhere']) AS c,
    LATERAL pg_temp.try(c) AS t;
\x off

-- another thing of the name
BEGIN;
ALTER TABLE prompt.prompt_guardrail_metrics RENAME TO elsewhere;
CREATE VIEW prompt.prompt_guardrail_metrics AS TABLE prompt.elsewhere;
CALL pg_temp.record();
ROLLBACK;
BEGIN;
ALTER TABLE prompt.prompt_guardrail_metrics RENAME TO elsewhere;
CREATE TABLE prompt.prompt_guardrail_metrics (LIKE prompt.elsewhere) PARTITION BY LIST (tenant_id);
CALL pg_temp.record();
ROLLBACK;

-- a table of the session's own is none of ours
CREATE TEMPORARY TABLE prompt_metrics (executions text);
CALL pg_temp.record();
DROP TABLE pg_temp.prompt_metrics;

-- nulls where there were none
BEGIN;
ALTER TABLE prompt.prompt_metrics ALTER COLUMN response_time_squares DROP NOT NULL;
UPDATE prompt.prompt_metrics SET response_time_squares = NULL;
CALL pg_temp.record();
ROLLBACK;
BEGIN;
ALTER TABLE prompt.prompt_executions ALTER COLUMN status DROP NOT NULL;
INSERT INTO prompt.prompt_executions (template_id, status) VALUES ('00000000-0000-0000-0000-0000000000d1', NULL);
ROLLBACK;
BEGIN;
INSERT INTO prompt.ab_test_experiments (name, prompt_name, primary_metric, layer, metrics)
VALUES ('nulls', 'changed', 'rating', 'l', ARRAY[NULL, 'rating']);
INSERT INTO prompt.prompt_executions (template_id, user_id, experiment_id, variant, allocation_epoch)
SELECT '00000000-0000-0000-0000-0000000000d1', 'u', id, 'a', 1 FROM prompt.ab_test_experiments WHERE name = 'nulls';
ROLLBACK;

-- tables read through SQL
BEGIN;
DROP VIEW prompt.prompt_guardrail_performance CASCADE;
ALTER TABLE prompt.prompt_guardrails DROP CONSTRAINT prompt_guardrails_severity_check;
ALTER TABLE prompt.prompt_guardrails ALTER COLUMN severity DROP DEFAULT, ALTER COLUMN severity TYPE integer USING 1;
SELECT * FROM prompt.get_prompt('changed');
ROLLBACK;
BEGIN;
ALTER TABLE prompt.prompt_templates ALTER COLUMN semver DROP DEFAULT, DROP CONSTRAINT prompt_templates_semver_check,
    ALTER COLUMN semver TYPE integer USING 1;
SELECT * FROM prompt.get_active_prompt('changed');
ROLLBACK;
BEGIN;
ALTER TABLE prompt.prompt_templates ALTER COLUMN template_format DROP NOT NULL, DISABLE TRIGGER USER;
UPDATE prompt.prompt_templates SET template_format = NULL;
SELECT * FROM prompt.get_prompt('changed');
ROLLBACK;
BEGIN;
ALTER TABLE prompt.prompt_labels DROP CONSTRAINT prompt_labels_pkey;
ALTER TABLE prompt.prompt_labels ALTER COLUMN label DROP NOT NULL;
INSERT INTO prompt.prompt_labels (prompt_name, template_id) VALUES ('changed', '00000000-0000-0000-0000-0000000000d1');
DELETE FROM prompt.prompt_labels;
ROLLBACK;
BEGIN;
ALTER TABLE prompt.prompt_labels DROP COLUMN prompt_name CASCADE;
INSERT INTO prompt.prompt_labels (label, template_id) VALUES ('staging', '00000000-0000-0000-0000-0000000000d1');
DELETE FROM prompt.prompt_labels;
ROLLBACK;
BEGIN;
ALTER TABLE prompt.prompt_guardrails DROP COLUMN tenant_id CASCADE;
DELETE FROM prompt.prompt_guardrails;
ROLLBACK;

-- the owner's own columns, of every kind that fills itself
BEGIN;
CREATE DOMAIN pg_temp.team AS text DEFAULT 'support' NOT NULL;
ALTER TABLE prompt.prompt_metrics ADD COLUMN number integer GENERATED ALWAYS AS IDENTITY, ADD COLUMN at timestamptz NOT NULL DEFAULT now(),
    ADD COLUMN doubled bigint GENERATED ALWAYS AS (executions * 2) STORED;
ALTER TABLE prompt.prompt_subjects ADD COLUMN number bigserial;
ALTER TABLE prompt.prompt_subject_queue ADD COLUMN team pg_temp.team;
CALL pg_temp.record();
SELECT prompt.fold() > 0 AS folded;
SELECT count(*) AS differences FROM prompt.verify_metrics();
SELECT bool_and(number > 0 AND at IS NOT NULL AND doubled = 2 * executions) AS filled FROM prompt.prompt_metrics;
-- or do not
\set VERBOSITY terse
ALTER TABLE prompt.prompt_guardrail_metrics ADD COLUMN mine integer;
ALTER TABLE prompt.prompt_guardrail_metrics ADD CHECK (mine IS NOT NULL) NOT VALID;
CALL pg_temp.record();
ROLLBACK;
CALL pg_temp.record();
SELECT prompt.fold() > 0 AS folded;
SELECT count(*) AS differences FROM prompt.verify_metrics();
DO $$ BEGIN PERFORM prompt.cancel_experiment('changed'); END $$;
DELETE FROM prompt.prompt_guardrails;
