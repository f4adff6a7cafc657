-- Values that no row can have are refused before a row is there: the server would print it in the error.
\set SHOW_CONTEXT never
SET prompt.log_content = 'none';
SELECT prompt.create_prompt('values', 'my {{ secret }}') AS v1 \gset
SELECT prompt.activate_version('values', 1) = :'v1' AS activated;
SELECT execution_id AS e FROM prompt.render_prompt('values', '{"secret": "hunter2"}') \gset
SELECT prompt.complete_execution(:'e', 'success', conversion_metric => 'NaN');
SELECT prompt.complete_execution(:'e', 'success', conversion_metric => '-Infinity');
SELECT prompt.complete_execution(:'e', 'success', conversion_metric => 1e15);
SELECT prompt.record_execution(:'v1', rendered_prompt => 'my hunter2', conversion_metric => 'NaN');
SELECT prompt.record_execution(:'v1', rendered_prompt => 'my hunter2', variant => 'short');
SELECT prompt.record_execution(:'v1', variables_used => '["hunter2"]');
SELECT prompt.record_execution(:'v1', metadata => '["hunter2"]');
SELECT prompt.record_execution(:'v1', model_config => '"hunter2"');
SELECT prompt.render_prompt('values', '{"secret": "hunter2"}', metadata => '5');
SELECT prompt.create_prompt('values2', 'hunter2', model_config => '[]');
SELECT prompt.create_version('values', 'hunter2', model_config => '[]');
SELECT prompt.update_draft(prompt.create_version('values', 'hunter2'), model_config => '[]');
SELECT prompt.record_conversion(:'e', 'NaN');
SELECT blocked FROM prompt.complete_execution(:'e', 'success', conversion_metric => 999999999999999.9);
SELECT prompt.record_execution(:'v1', conversion_metric => -1, variables_used => '{}', metadata => '{}', model_config => '{}') IS NOT NULL AS recorded;
SELECT count(*), sum(conversion_metric) FROM prompt.prompt_executions WHERE template_id = :'v1';
RESET prompt.log_content;
DELETE FROM prompt.prompt_executions WHERE template_id = :'v1';
DELETE FROM prompt.prompt_templates WHERE name = 'values';
