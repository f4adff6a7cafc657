-- What is asked, what is announced, what is sampled, and what is forgotten.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
DROP EXTENSION IF EXISTS pg_prompt CASCADE;
DROP SCHEMA IF EXISTS prompt CASCADE;
DROP EXTENSION IF EXISTS pg_trgm CASCADE;
CREATE EXTENSION pg_prompt;
DO $$ BEGIN PERFORM prompt.install(); END $$;
DO $$ BEGIN
    PERFORM prompt.create_prompt('help', 'Answer: {{ question }}', variables => '[{"name": "question", "type": "string"}]');
    PERFORM prompt.create_version('help', 'Please answer: {{ question }}', 'politer');
    PERFORM prompt.activate_version('help', 1);
    PERFORM prompt.create_prompt('chat', 'Go on');
    PERFORM prompt.activate_version('chat', 1);
END $$;

-- the normal form and its hash: XXH3-128 of 'how do i reset my password'
SELECT prompt.normalise_question('  How do I RESET my password?! '), prompt.question_hash('¿How do I reset my password…?'),
       prompt.question_hash('?!') IS NULL AS of_nothing;

-- filled however the row comes in
SELECT blocked FROM prompt.render_prompt('help', '{"question": "How do I reset my password?"}', user_id => 'ann');
SELECT prompt.record_execution(id, user_id => 'bob', variables_used => '{"query": "how do I reset my password", "lang": "en"}') IS NOT NULL AS recorded
  FROM prompt.prompt_templates WHERE name = 'help' AND version = 1;
INSERT INTO prompt.prompt_executions (template_id, user_id, variables_used, status, rating)
SELECT id, 'cy', '{"question": "HOW DO I RESET MY PASSWORD"}', 'error', 2 FROM prompt.prompt_templates WHERE name = 'help' AND version = 2;
INSERT INTO prompt.prompt_executions_default (id, template_id, variables_used)
SELECT '00000000-0000-4000-8000-000000000001', id, '{"question": "How do I change my password?"}' FROM prompt.prompt_templates WHERE name = 'help' AND version = 2;
INSERT INTO prompt.prompt_executions (template_id, user_id, conversation_context)
SELECT id, 'dee', '[{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "?"}, {"role": "user", "content": "How do I reset my password?"}]'
  FROM prompt.prompt_templates WHERE name = 'chat';
INSERT INTO prompt.prompt_executions (template_id, variables_used, question_hash)
SELECT id, '{"question": "anything"}', 'of my own' FROM prompt.prompt_templates WHERE name = 'chat';
INSERT INTO prompt.prompt_executions (template_id, variables_used) SELECT id, '{"name": "no question"}' FROM prompt.prompt_templates WHERE name = 'chat';
SELECT t.name, t.version, e.user_id, e.question_hash FROM prompt.prompt_executions e JOIN prompt.prompt_templates t ON t.id = e.template_id
 ORDER BY 1, 2, 3, 4;

-- the most frequent
SELECT prompt.record_execution(id, user_id => 'eve', variables_used => '{"question": "Where is my invoice?"}') IS NOT NULL AS recorded
  FROM prompt.prompt_templates WHERE name = 'help' AND version = 1;
SELECT question, times_asked, users, success_rate, avg_rating FROM prompt.frequent_questions('help');
SELECT question, times_asked FROM prompt.frequent_questions('help', most => 1);
SELECT question, times_asked FROM prompt.frequent_questions('help', now() + interval '1 day');
SELECT question, times_asked FROM prompt.frequent_questions('help', '-infinity');
SELECT * FROM prompt.frequent_questions('no such');
SELECT * FROM prompt.similar_questions('help', 'password reset how?');
CREATE SCHEMA elsewhere;
CREATE EXTENSION pg_trgm SCHEMA elsewhere;
SELECT asked, round(similarity::numeric, 2) AS similarity, times_asked FROM prompt.similar_questions('help', 'how can I reset my password');
SELECT asked FROM prompt.similar_questions('help', 'how can I reset my password', threshold => 0.9);
SELECT asked FROM prompt.similar_questions('help', 'x', threshold => 2);
DROP SCHEMA elsewhere CASCADE;

-- sampling: texts of some, counts of all
SET prompt.sample_rate = 0;
SELECT (r).rendered_prompt, (r).execution_id IS NOT NULL AS recorded, prompt.complete_execution((r).execution_id, response_text => 'By mail', output_tokens => 7)
  FROM (SELECT prompt.render_prompt('help', '{"question": "Where is my invoice?"}', user_id => 'fay', conversation_context => '[1]') AS r) AS x;
SELECT prompt.record_execution(id, user_id => 'fay', variables_used => '{"question": "Where is my invoice?"}', rendered_prompt => 'p', response_text => 'r', error_message => 'm')
       IS NOT NULL AS recorded FROM prompt.prompt_templates WHERE name = 'help' AND version = 1;
RESET prompt.sample_rate;
SELECT status, variables_used, rendered_prompt, conversation_context, response_text, error_message, output_tokens, question_hash = prompt.question_hash('where is my invoice') AS hash
  FROM prompt.prompt_executions WHERE user_id = 'fay' ORDER BY id;
SELECT times_asked, question FROM prompt.frequent_questions('help') WHERE question LIKE 'Where%';
SET prompt.sample_rate = 0.3;
SELECT count(*) FILTER (WHERE s) BETWEEN 240 AND 360 AS about_a_third, bool_and(s = prompt._is_sampled(id)) AS the_same_again
  FROM (SELECT id, prompt._is_sampled(id) AS s FROM (SELECT prompt.uuid_v7() AS id FROM generate_series(1, 1000)) AS i OFFSET 0) AS x;
SET prompt.sample_rate = 1.5;
RESET prompt.sample_rate;
SELECT * FROM prompt.verify_metrics();

-- forgetting a user: of one tenant, in a running experiment, in every partition; the figures stay as they are
DO $$ BEGIN
    PERFORM prompt.create_experiment('polite or not', 'help',
        '[{"name": "plain", "version": 1, "weight": 50}, {"name": "polite", "version": 2, "weight": 50}]', 'success_rate',
        secondary_metrics => '{conversion,metadata.words}', metric_windows => '{"conversion": "1 day"}');
    PERFORM prompt.force_variant('polite or not', 'gus', 'plain');
    PERFORM prompt.start_experiment('polite or not');
END $$;
INSERT INTO prompt.prompt_executions (template_id, experiment_id, variant, allocation_epoch, user_id, request_id, session_id, status,
        variables_used, rendered_prompt, response_text, error_message, rating, rating_feedback, escalated, escalation_reason, response_time_ms,
        conversion_metric, metadata, guardrails_evaluated, guardrail_violations)
SELECT v.template_id, v.experiment_id, v.name, 1, CASE WHEN n % 4 = 0 THEN 'gus' ELSE 'user ' || n END, 'secret request', 'secret session',
       'success', '{"question": "secret question"}', 'secret prompt', 'secret response', 'secret error', 4, 'secret feedback', n % 8 = 0, 'secret reason',
       100 + n, n % 2, jsonb_build_object('words', n, 'note', 'secret note'),
       '[{"rule": "r", "stage": "input", "passed": false, "violations": [{"message": "secret finding"}]}, {"rule": "s", "passed": true}]', '{r}'
  FROM generate_series(1, 40) AS n JOIN prompt.ab_test_variants v ON v.ordinal = CASE WHEN n % 4 = 0 THEN 1 ELSE 1 + n % 2 END;
SELECT prompt.fold() > 0 AS folded;
INSERT INTO prompt.prompt_executions (id, template_id, user_id, rendered_prompt)
SELECT id, t, 'gus', 'secret old prompt' FROM (SELECT prompt.uuid_v7('2024-05-05') AS id, template_id AS t FROM prompt.prompt_executions LIMIT 1) AS x;
SET prompt.tenant_id = 'other';
INSERT INTO prompt.prompt_executions (template_id, user_id, rendered_prompt) SELECT id, 'gus', 'of another tenant' FROM prompt.prompt_templates WHERE name = 'chat';
RESET prompt.tenant_id;
CREATE TEMP TABLE before AS SELECT tenant_id, template_id, experiment_id, variant, hour, sum(executions) AS n, sum(rating_sum) AS rating, sum(response_time_sum) AS ms,
       sum(escalations) AS escalations, sum(conversion_sum) AS conversions, sum(guardrail_violations) AS violations FROM prompt.prompt_metrics GROUP BY 1, 2, 3, 4, 5;
CREATE TEMP TABLE results_before AS SELECT variant, metric, users, executions, value FROM prompt.experiment_results('polite or not');
SELECT * FROM prompt.forget_user('gus');
SELECT count(*) FROM (TABLE before EXCEPT SELECT tenant_id, template_id, experiment_id, variant, hour, sum(executions), sum(rating_sum), sum(response_time_sum),
       sum(escalations), sum(conversion_sum), sum(guardrail_violations) FROM prompt.prompt_metrics GROUP BY 1, 2, 3, 4, 5) AS x;
SELECT count(*) AS changed FROM (TABLE results_before EXCEPT SELECT variant, metric, users, executions, value FROM prompt.experiment_results('polite or not')) AS x;
SELECT * FROM prompt.verify_metrics();
-- nothing of the person is anywhere, but for the other tenant's
SELECT count(*) AS rows_with_a_secret FROM prompt.prompt_executions x WHERE user_id LIKE 'forgotten:%' AND x::text LIKE '%secret%';
SELECT count(*) AS gus, count(*) FILTER (WHERE tenant_id = 'other') AS of_other FROM prompt.prompt_executions WHERE user_id = 'gus';
SELECT count(*) FROM prompt.ab_test_experiments WHERE forced ? 'gus';
SELECT count(*) FROM prompt.prompt_subjects WHERE unit = 'gus';
SELECT count(*) FROM prompt.prompt_subject_queue WHERE unit = 'gus';
SELECT DISTINCT user_id LIKE 'forgotten:%' AS pseudonym, metadata ? 'note' AS note, guardrails_evaluated FROM prompt.prompt_executions
 WHERE experiment_id IS NOT NULL AND request_id IS NULL;
-- what comes later for the pseudonym counts for the same user
UPDATE prompt.prompt_executions SET conversion_metric = 5 WHERE user_id LIKE 'forgotten:%' AND experiment_id IS NOT NULL AND escalated;
SELECT prompt.fold() > 0 AS folded;
SELECT * FROM prompt.verify_metrics();
-- whoever renames users without forget_user() moves their rows, whatever the name
UPDATE prompt.prompt_executions SET user_id = 'forgotten:by hand' WHERE user_id LIKE 'forgotten:%' AND experiment_id IS NOT NULL;
SELECT * FROM prompt.verify_metrics();
SELECT prompt.fold() > 0 AS folded;
SELECT * FROM prompt.verify_metrics();
SELECT rows FROM prompt.forget_user('gus');
-- what the same transaction records afterwards is folded later; nothing is said to have failed
INSERT INTO prompt.prompt_executions (template_id, experiment_id, variant, allocation_epoch, user_id, status)
SELECT v.template_id, v.experiment_id, v.name, 1, 'user 1', 'success' FROM prompt.ab_test_variants v WHERE v.ordinal = 2;
SET client_min_messages = log;
BEGIN;
SELECT count(*) AS relations FROM prompt.forget_user('user 1');
INSERT INTO prompt.prompt_executions (template_id, experiment_id, variant, allocation_epoch, user_id, status)
SELECT v.template_id, v.experiment_id, v.name, 1, 'late ' || n, 'success' FROM generate_series(1, 40) AS n JOIN prompt.ab_test_variants v ON v.ordinal = 1;
COMMIT;
SET client_min_messages = warning;
SELECT * FROM prompt.verify_metrics();
SELECT rows FROM prompt.forget_user('nobody');
SELECT * FROM prompt.forget_user('');
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT * FROM prompt.forget_user('user 1');
ROLLBACK;
SELECT prompt.rebuild_metrics();
