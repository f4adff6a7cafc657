-- What would switch something off silently is refused, or noticed.
\set SHOW_CONTEXT never
SELECT prompt.create_prompt('typo', 'one') IS NOT NULL AND prompt.create_version('typo', 'two') IS NOT NULL AS created;
SELECT prompt.create_experiment('typo', 'typo', '[{"name": "a", "version": 1, "weight": 50}, {"name": "b", "version": 2, "weight": 50, "is_contrl": true}]', 'rating');
SELECT prompt.create_experiment('typo', 'typo', '[{"name": "a", "version": 1, "weight": 50, "temperature": 1}, {"name": "b", "version": 2, "weight": 50}]', 'rating');
SELECT prompt.create_experiment('typo', 'typo', '[{"name": "a", "version": 1, "weight": 50}, {"name": "b", "version": 2, "weight": 50}]', 'rating',
    guardrail_metrics => '[{"metric": "response_time_ms", "margin": 0.05, "margintype": "absolute"}]');
SELECT prompt.set_holdout('nosuch', 0.1);
SELECT prompt.set_holdout('typo', 0.1);
SELECT prompt.set_holdout('nosuch', 0), prompt.set_holdout('typo', 0);
SELECT prompt.create_guardrail('typo', 'max_length', '{"max_characters": 10}', applies_to_templates => '{typo,NULL}');
SELECT prompt.create_guardrail('typo', 'max_length', '{"max_characters": 10}', applies_to_categories => '{NULL}');
SELECT prompt.create_guardrail('typo', 'max_length', '{"max_characters": 10}', applies_to_templates => '{typo,tpyo}') IS NOT NULL AS created;
SELECT prompt.update_guardrail('typo', applies_to_templates => '{NULL}');
SELECT prompt.update_guardrail('typo', applies_to_templates => '{typo}') IS NOT NULL AS updated;
SELECT prompt.create_prompt('tagged', 'x', tags => '{a,NULL}');
SELECT prompt.create_prompt('tagged', 'x', tags => '{{a},{b}}');
UPDATE prompt.prompt_templates SET tags = '{NULL}' WHERE name = 'typo';
DELETE FROM prompt.prompt_state WHERE key LIKE 'holdout:%';
DELETE FROM prompt.prompt_guardrails WHERE name = 'typo';
DELETE FROM prompt.prompt_templates WHERE name = 'typo';
