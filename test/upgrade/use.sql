-- After the upgrade everything goes on.
SET client_min_messages = warning;
CREATE TEMP VIEW counted AS
SELECT sum(total_executions) AS total, sum(pending_count) AS pending, sum(success_count) AS successes,
       sum(failure_count) AS failures FROM prompt.prompt_template_performance;
CREATE TEMP TABLE before AS SELECT * FROM counted;
SELECT 'recorded ' || count(execution_id) FROM generate_series(1, 100) AS n,
    LATERAL prompt.render_prompt('greeting', '{"name": "Ada"}', user_id => 'user ' || n);
SELECT 'counted ' || c.total - b.total || ', pending ' || c.pending - b.pending FROM counted c, before b;
CREATE TEMP TABLE open AS SELECT id FROM prompt.prompt_executions WHERE status = 'pending';
SELECT 'completed, all but ' || count(*) - count(c) FROM open,
    LATERAL prompt.complete_execution(id, 'success', 'an answer', response_time_ms => 100) AS c;
SELECT 'successes, all but ' || (SELECT count(*) FROM open) - (c.successes - b.successes) || ', pending ' || c.pending FROM counted c, before b;
SELECT 'wrong figures ' || count(*) FROM prompt.verify_metrics();
DELETE FROM prompt.prompt_executions WHERE status IN ('error', 'timeout');
SELECT 'failures left ' || failures FROM counted;
SELECT 'wrong figures ' || count(*) FROM prompt.verify_metrics();
SELECT count(id) FROM prompt.create_version('greeting', 'Good day {{ name }}', 'new') AS id;
SELECT 'next version ' || max(version) FROM prompt.prompt_templates WHERE name = 'greeting';
SELECT 'faults of the audit log ' || count(*) FROM prompt.verify_audit_log();
