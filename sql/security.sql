-- What runs as the owner of the tables is not chosen by the caller's search path.
\set SHOW_CONTEXT never
CREATE ROLE regress_mallory;
CREATE SCHEMA mallory AUTHORIZATION regress_mallory;
GRANT USAGE ON SCHEMA prompt TO regress_mallory;
GRANT SELECT, INSERT, UPDATE, DELETE ON prompt.prompt_templates, prompt.prompt_guardrails, prompt.prompt_executions TO regress_mallory;
GRANT SELECT ON ALL TABLES IN SCHEMA prompt TO regress_mallory;
SELECT prompt.create_prompt('security', 'x') AS id \gset
SET ROLE regress_mallory;
CREATE TABLE mallory.seen (who text, what text);
GRANT INSERT ON mallory.seen TO PUBLIC;
CREATE FUNCTION mallory.note(what text) RETURNS boolean LANGUAGE sql AS $$
    INSERT INTO mallory.seen VALUES (current_user, what); SELECT true $$;
CREATE FUNCTION mallory.to_jsonb(anyelement) RETURNS jsonb LANGUAGE sql AS $$ SELECT mallory.note('to_jsonb'); SELECT '{}'::jsonb $$;
CREATE FUNCTION mallory.equal(text, text) RETURNS boolean LANGUAGE sql AS $$ SELECT mallory.note('=') $$;
CREATE OPERATOR mallory.= (LEFTARG = text, RIGHTARG = text, FUNCTION = mallory.equal);
CREATE FUNCTION mallory.coalesced(text) RETURNS text LANGUAGE sql AS $$ SELECT mallory.note('now'); SELECT $1 $$;
SET search_path = mallory, pg_catalog;
UPDATE prompt.prompt_templates SET description = 'mine' WHERE id OPERATOR(pg_catalog.=) :'id';
INSERT INTO prompt.prompt_guardrails (name, rule_type) VALUES ('security', 'pii');
UPDATE prompt.prompt_guardrails SET description = 'mine' WHERE name OPERATOR(pg_catalog.=) 'security';
INSERT INTO prompt.prompt_executions (template_id, status) VALUES (:'id', 'success');
UPDATE prompt.prompt_executions SET rating = 5 WHERE template_id OPERATOR(pg_catalog.=) :'id';
DELETE FROM prompt.prompt_executions WHERE template_id OPERATOR(pg_catalog.=) :'id';
DELETE FROM prompt.prompt_guardrails WHERE name OPERATOR(pg_catalog.=) 'security';
SHOW search_path;
RESET search_path;
-- Trigger functions act for our own tables alone: a table that looks like one of them can neither forge nor crash.
CREATE TEMP TABLE forged (LIKE prompt.prompt_executions);
CREATE TRIGGER forge AFTER INSERT ON forged REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION prompt._count_executions();
INSERT INTO forged (id, tenant_id, template_id, status, created_at, flagged_for_review, escalated) VALUES (prompt.uuid_v7(), '', :'id', 'success', now(), false, false);
CREATE TEMP TABLE crash (tenant_id int);
CREATE TRIGGER crash AFTER INSERT ON crash FOR EACH ROW EXECUTE FUNCTION prompt._guardrails_changed();
INSERT INTO crash VALUES (5);
CREATE TRIGGER audit AFTER DELETE ON crash FOR EACH ROW EXECUTE FUNCTION prompt._audit();
ALTER TABLE crash DISABLE TRIGGER crash;
INSERT INTO crash VALUES (5);
DELETE FROM crash;
SELECT what, count(*) FROM mallory.seen WHERE who <> 'regress_mallory' GROUP BY what;
RESET ROLE;
SELECT count(*) AS audited FROM prompt.prompt_audit_log WHERE acting_as = 'regress_mallory' AND action = 'UPDATE';
DROP SCHEMA mallory CASCADE;
DROP OWNED BY regress_mallory;
DROP ROLE regress_mallory;
DELETE FROM prompt.prompt_templates WHERE name = 'security';
SELECT * FROM prompt.verify_metrics();

-- Rules that a statement has changed only half are not kept under a generation that a rollback brings back.
SELECT prompt.create_guardrail('half', 'keyword', '{"keywords": ["apple"]}') IS NOT NULL AS created;
CREATE FUNCTION pg_temp.probe() RETURNS bigint LANGUAGE plpgsql VOLATILE AS $$ BEGIN
    RETURN (SELECT count(*) FROM prompt.evaluate_guardrails('an apple')); END $$;
BEGIN;
UPDATE prompt.prompt_guardrails SET is_active = false WHERE name = 'half' RETURNING pg_temp.probe() AS in_between;
ROLLBACK;
SELECT pg_temp.probe() AS after_the_rollback;
DELETE FROM prompt.prompt_guardrails;

-- Nothing but valid text comes out of a template.
SELECT prompt.render('a{{ "\x00" }}b', '{}');
SELECT prompt.render('{{ x }}', '{"x": "a\u0000b"}');
SELECT prompt.render('{{ "%c" | format(55296) }}', '{}');

-- A tenant changes its own prompts, not another's, nor the shared ones.
SET prompt.tenant_id = 'a';
SELECT prompt.create_prompt('of-a', 'x') AS of_a \gset
SET prompt.tenant_id = 'b';
\set VERBOSITY sqlstate
SELECT prompt.set_status(:'of_a', 'production') IS NULL AS changed;
SELECT prompt.update_draft(:'of_a', 'y') IS NULL AS changed;
\set VERBOSITY default
SET prompt.tenant_id = '';
SELECT prompt.create_prompt('of-all', 'x') IS NOT NULL AND prompt.create_version('of-all', 'y') IS NOT NULL AS created;
SELECT prompt.activate_version('of-all', 1) IS NOT NULL AS activated;
SET prompt.tenant_id = 'b';
SELECT prompt.create_experiment('b-test', 'of-all', '[{"name": "a", "version": 1, "weight": 50}, {"name": "b", "version": 2, "weight": 50}]', 'rating') IS NOT NULL AS created;
SELECT prompt.start_experiment('b-test');
SET prompt.tenant_id = '';
SELECT prompt.set_status(id, 'approved') IS NOT NULL AS approved FROM prompt.prompt_templates WHERE name = 'of-all' AND version = 2;
SET prompt.tenant_id = 'b';
SELECT prompt.start_experiment('b-test') IS NOT NULL AS started;
SELECT prompt.declare_winner('b-test', 'b');
SELECT prompt.declare_winner('b-test', 'b', activate => false) IS NOT NULL AS declared;
SET prompt.tenant_id = 'a';
\set VERBOSITY sqlstate
SELECT prompt.record_execution(template_id, experiment_id => experiment_id, variant => 'a', allocation_epoch => 1)
  FROM prompt.ab_test_variants WHERE name = 'a' AND experiment_id = (SELECT id FROM prompt.ab_test_experiments WHERE name = 'b-test');
\set VERBOSITY default
RESET prompt.tenant_id;
SELECT version FROM prompt.prompt_templates WHERE name = 'of-all' AND is_active;

-- Numbers that no sum could hold are refused where they come in.
SELECT prompt.create_prompt('sums', 'x') AS id \gset
SELECT prompt.record_execution(:'id') AS execution \gset
SELECT prompt.record_conversion(:'execution', 1e70000);
\set VERBOSITY sqlstate
SELECT prompt.complete_execution(:'execution', cost_usd => 9e131071);
\set VERBOSITY default
