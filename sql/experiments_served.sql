-- What a running or paused experiment serves stays as it was when it was started, and stays.
\set SHOW_CONTEXT never
SELECT prompt.create_prompt('served', 'one') AS v1, prompt.create_version('served', 'two') AS v2, prompt.create_version('served', 'three') AS v3 \gset
SELECT prompt.activate_version('served', 1) = :'v1' AS activated;
SELECT prompt.create_experiment('serving', 'served', '[{"name": "control", "version": 1, "weight": 50}, {"name": "b", "version": 2, "weight": 50}]',
    'success_rate') IS NOT NULL AS created;
SELECT prompt.update_draft(:'v2', template_text => 'two, edited before the start') = :'v2' AS edited;
SELECT prompt.start_experiment('serving') IS NOT NULL AS started;
SELECT version, status FROM prompt.prompt_templates WHERE name = 'served' ORDER BY version;
SELECT old_values ->> 'status' AS was, new_values ->> 'status' AS is, reason FROM prompt.prompt_audit_log
 WHERE entity_id = :'v2' AND new_values ->> 'status' = 'approved';
SELECT current_setting('prompt.change_reason') AS reason;
SELECT prompt.update_draft(:'v2', template_text => 'changed');
UPDATE prompt.prompt_templates SET template_text = 'changed' WHERE id = :'v2';
-- An author in particular.
CREATE ROLE regress_served_author;
SELECT count(*) > 0 AS granted FROM prompt.grant_access('regress_served_author', 'author');
SET ROLE regress_served_author;
UPDATE prompt.prompt_templates SET template_text = 'changed' WHERE id = :'v2';
UPDATE prompt.prompt_templates SET template_text = 'three, edited' WHERE id = :'v3';
RESET ROLE;

-- It cannot be taken away.
SELECT prompt.set_status(:'v2', 'archived');
SELECT prompt.set_status(:'v2', 'deprecated');
SELECT prompt.set_status(:'v2', 'review');
SELECT prompt.set_status(:'v1', 'deprecated');
SELECT prompt.deactivate_prompt('served');
SELECT prompt.pause_experiment('serving') IS NOT NULL AS paused;
UPDATE prompt.prompt_templates SET status = 'archived' WHERE name = 'served' AND version < 3;
SELECT prompt.deactivate_prompt('served');
SELECT prompt.set_status(:'v3', 'archived') = :'v3' AS archived_another;
-- A fix of production must be possible.
SELECT prompt.create_version('served', 'four') AS v4 \gset
SELECT prompt.activate_version('served', 4) = :'v4' AS activated;
SELECT version, status FROM prompt.prompt_templates WHERE name = 'served' ORDER BY version;
SELECT prompt.declare_winner('serving', 'b') = :'v2' AS won;
SELECT prompt.set_status(:'v1', 'archived') = :'v1' AS archived;

-- An archived version cannot be served.
SELECT prompt.create_experiment('late', 'served', '[{"name": "control", "version": 2, "weight": 50}, {"name": "b", "version": 3, "weight": 50}]',
    'success_rate') IS NOT NULL AS created;
SELECT prompt.start_experiment('late');
-- A roll-out approves, too.
SELECT prompt.create_version('served', 'five') AS v5 \gset
SELECT prompt.start_rollout('served', 5, 10) IS NOT NULL AS rolled;
SELECT prompt.update_draft(:'v5', template_text => 'changed');
SELECT prompt.cancel_experiment('rollout of served to version 5') IS NOT NULL AS cancelled;
SELECT prompt.deactivate_prompt('served') = :'v2' AS deactivated;

-- Started by plain means: the draft stays one, and is held all the same.
SELECT prompt.create_version('served', 'six') AS v6 \gset
SELECT prompt.create_experiment('served-by-hand', 'served', '[{"name": "control", "version": 2, "weight": 50}, {"name": "b", "version": 6, "weight": 50}]',
    'success_rate') IS NOT NULL AS created;
UPDATE prompt.ab_test_experiments SET status = 'running', started_at = now(), traffic = '[0,100)' WHERE name = 'served-by-hand';
SELECT prompt.update_draft(:'v6', template_text => 'changed');
UPDATE prompt.prompt_templates SET model_config = '{"temperature": 2}' WHERE id = :'v6';
UPDATE prompt.prompt_templates SET status = 'archived' WHERE id = :'v6';
UPDATE prompt.prompt_templates SET description = 'the sixth' WHERE id = :'v6';
SELECT prompt.cancel_experiment('served-by-hand') IS NOT NULL AS cancelled;
SELECT prompt.update_draft(:'v6', template_text => 'changed') = :'v6' AS edited;
DROP OWNED BY regress_served_author;
DROP ROLE regress_served_author;
DELETE FROM prompt.ab_test_variants WHERE experiment_id = prompt._experiment_id('late');
DELETE FROM prompt.ab_test_experiments WHERE prompt_name = 'served';
DELETE FROM prompt.prompt_templates WHERE name = 'served';
