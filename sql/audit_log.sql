-- The audit log: who changed what, in a chain per row that shows tampering.
SET client_min_messages = warning;
DROP EXTENSION IF EXISTS pg_prompt CASCADE;
DROP SCHEMA IF EXISTS prompt CASCADE;
DROP ROLE IF EXISTS regress_audit_author;
CREATE EXTENSION pg_prompt;
DO $$ BEGIN PERFORM prompt.install(); END $$;
CREATE ROLE regress_audit_author;
GRANT USAGE ON SCHEMA prompt TO regress_audit_author;
GRANT SELECT, INSERT, UPDATE, DELETE ON prompt.prompt_templates, prompt.prompt_labels, prompt.prompt_guardrails TO regress_audit_author;
GRANT SELECT ON prompt.ab_test_experiments, prompt.ab_test_variants TO regress_audit_author;

CREATE VIEW entries AS
SELECT row_number() OVER (ORDER BY id) AS n, actor = session_user AS by_session, acting_as, action, entity, entity_id, sequence AS seq, reason,
       old_values - '{created_at,updated_at,activated_at,deactivated_at,created_by,updated_by,activated_by,salt}'::text[] AS old,
       new_values - '{created_at,updated_at,activated_at,deactivated_at,created_by,updated_by,activated_by,salt}'::text[] AS new
  FROM prompt.prompt_audit_log;

-- the log is written as its owner; the caller needs no right to it and has none
SET ROLE regress_audit_author;
INSERT INTO prompt.prompt_templates (id, name, template_text, variables)
VALUES ('00000000-0000-0000-0000-00000000000a', 'greeting', 'Hello {{ name }}', '[{"name": "name", "default": null}]');
SELECT count(*) FROM prompt.prompt_audit_log;
INSERT INTO prompt.prompt_audit_log (tenant_id) VALUES ('');
SELECT prompt._write_audit_entry('prompt_templates', 'DELETE', 'someone', 'else', NULL, '{"id": 1}', NULL);
BEGIN;
SET LOCAL prompt.change_reason = 'politer';
UPDATE prompt.prompt_templates SET template_text = 'Good morning {{ name }}';
COMMIT;
UPDATE prompt.prompt_templates SET status = 'production';
-- nothing changes, nothing is written
BEGIN;
INSERT INTO prompt.prompt_templates (name, template_text) VALUES ('never', 'committed');
ROLLBACK;
RESET ROLE;
ALTER TABLE prompt.prompt_templates DISABLE TRIGGER prompt_templates_guard;
UPDATE prompt.prompt_templates SET description = description;
ALTER TABLE prompt.prompt_templates ENABLE TRIGGER prompt_templates_guard;
INSERT INTO prompt.prompt_labels (prompt_name, label, template_id) VALUES ('greeting', 'staging', '00000000-0000-0000-0000-00000000000a');
DELETE FROM prompt.prompt_labels;
INSERT INTO prompt.prompt_labels (prompt_name, label, template_id) VALUES ('greeting', 'staging', '00000000-0000-0000-0000-00000000000a');
INSERT INTO prompt.prompt_guardrails (id, name, rule_type) VALUES ('00000000-0000-0000-0000-00000000001a', 'length', 'pii');
UPDATE prompt.prompt_guardrails SET is_active = false;
INSERT INTO prompt.ab_test_experiments (id, name, prompt_name, primary_metric, layer)
VALUES ('00000000-0000-0000-0000-0000000000e1', 'test', 'greeting', 'success_rate', 'greeting');
INSERT INTO prompt.ab_test_variants (experiment_id, name, ordinal, template_id, weight)
VALUES ('00000000-0000-0000-0000-0000000000e1', 'control', 1, '00000000-0000-0000-0000-00000000000a', 100);
UPDATE prompt.ab_test_variants SET weight = 50, name = 'base';
TRUNCATE prompt.prompt_labels;
SELECT n, by_session, acting_as = current_user AS as_owner, acting_as = 'regress_audit_author' AS as_author, action, entity, entity_id, seq, reason FROM entries ORDER BY n;
SELECT n, old, new FROM entries WHERE entity <> 'ab_test_experiments' ORDER BY n;
SELECT * FROM prompt.verify_audit_log();

-- append-only, for the owner and in replica sessions, too
UPDATE prompt.prompt_audit_log SET reason = 'better';
DELETE FROM prompt.prompt_audit_log;
TRUNCATE prompt.prompt_audit_log;
SET session_replication_role = replica;
DELETE FROM prompt.prompt_audit_log;
RESET session_replication_role;

-- the hash can be computed by anybody
SELECT hash = sha256(previous || convert_to(jsonb_build_array(tenant_id, (extract(epoch FROM at) * 1000000)::bigint,
           actor, acting_as, action, entity, entity_id, reason, old_values, new_values, sequence)::text, 'UTF8')) AS as_documented,
       previous = '' AS starts
  FROM prompt.prompt_audit_log WHERE entity_id = '00000000-0000-0000-0000-00000000000a' ORDER BY sequence;

-- tampering, by somebody who takes the triggers away
SELECT prompt.audit_log_head() AS head \gset
ALTER TABLE prompt.prompt_audit_log DISABLE TRIGGER USER;
BEGIN;
UPDATE prompt.prompt_audit_log SET reason = 'colder' WHERE reason = 'politer';
SELECT entity, entity_id, sequence, problem FROM prompt.verify_audit_log();
-- with a hash of his own
UPDATE prompt.prompt_audit_log SET hash = sha256(previous || convert_to(prompt._audit_text(tenant_id, at, actor, acting_as,
    action, entity, entity_id, reason, old_values, new_values, sequence), 'UTF8')) WHERE reason = 'colder';
SELECT entity, entity_id, sequence, problem FROM prompt.verify_audit_log();
ROLLBACK;
BEGIN;
DELETE FROM prompt.prompt_audit_log WHERE reason = 'politer';
SELECT entity, entity_id, sequence, problem FROM prompt.verify_audit_log();
ROLLBACK;
BEGIN;
DELETE FROM prompt.prompt_audit_log WHERE entity = 'prompt_templates' AND sequence = 1;
SELECT entity, entity_id, sequence, problem FROM prompt.verify_audit_log();
ROLLBACK;
BEGIN;
UPDATE prompt.prompt_audit_log SET sequence = 100 + sequence WHERE entity = 'prompt_templates' AND sequence IN (2, 3);
UPDATE prompt.prompt_audit_log SET sequence = 105 - sequence WHERE sequence > 100;
SELECT entity, entity_id, sequence, problem FROM prompt.verify_audit_log();
ROLLBACK;
-- a tail that is cut shows against an exported head only
BEGIN;
DELETE FROM prompt.prompt_audit_log WHERE entity = 'prompt_templates' AND sequence = 3;
DELETE FROM prompt.prompt_audit_log WHERE entity = 'prompt_guardrails';
SELECT entity, entity_id, sequence, problem FROM prompt.verify_audit_log();
SELECT entity, entity_id, sequence, problem FROM prompt.verify_audit_log(:'head');
ROLLBACK;
-- so does a chain that is written anew
BEGIN;
UPDATE prompt.prompt_audit_log SET actor = 'nobody', hash = sha256(previous || convert_to(prompt._audit_text(tenant_id, at,
    'nobody', acting_as, action, entity, entity_id, reason, old_values, new_values, sequence), 'UTF8'))
 WHERE entity = 'prompt_templates' AND sequence = 3;
SELECT entity, entity_id, sequence, problem FROM prompt.verify_audit_log();
SELECT entity, entity_id, sequence, problem FROM prompt.verify_audit_log(:'head');
ROLLBACK;
ALTER TABLE prompt.prompt_audit_log ENABLE TRIGGER USER;
SELECT prompt.install();
SELECT tgname, tgenabled FROM pg_trigger WHERE tgrelid = 'prompt.prompt_audit_log'::regclass ORDER BY 1;
UPDATE prompt.prompt_guardrails SET is_active = true;
SELECT * FROM prompt.verify_audit_log(:'head');
DROP VIEW entries;
DROP OWNED BY regress_audit_author;
DROP ROLE regress_audit_author;
