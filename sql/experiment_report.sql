-- The report of an experiment: text that aligns with wide characters, a page that is harmless whatever the names are.
\set SHOW_CONTEXT never
SET extra_float_digits = -3;
SET timezone = 'UTC';
SET client_min_messages = warning;
SELECT prompt.create_prompt('report/greeting', 'Hello {{ name }}.') IS NOT NULL AS created;
SELECT prompt.create_version('report/greeting', 'Hi {{ name }}!') IS NOT NULL AS created;
SELECT prompt.activate_version('report/greeting', 1) IS NOT NULL AS activated;
SELECT prompt.create_experiment('<script>alert(1)</script> & "so"', 'report/greeting',
    '[{"name": "control", "version": 1, "weight": 40}, {"name": "短い挨拶", "version": 2, "weight": 30},
      {"name": "<b>&amp;''x''</b>", "version": 2, "weight": 30}]',
    primary_metric => 'conversion', metric_windows => '{"conversion": "0"}', minimum_sample_size => 1000, minimum_runtime => '14 days',
    planned_sample_size => 9000, guardrail_metrics => '[{"metric": "response_time_ms", "margin": 0.1}]') IS NOT NULL AS created;
SELECT prompt.experiment_report('<script>alert(1)</script> & "so"');
SELECT prompt.start_experiment('<script>alert(1)</script> & "so"') IS NOT NULL AS started;

-- Nothing seen yet.
\pset format unaligned
\pset tuples_only on
SELECT regexp_replace(prompt.experiment_report('<script>alert(1)</script> & "so"'), '(day |days +)[0-9.]+', '\1N', 'g');
INSERT INTO prompt.prompt_executions (template_id, experiment_id, variant, allocation_epoch, user_id, status, conversion_metric, response_time_ms, created_at)
SELECT v.template_id, v.experiment_id, v.name, 1, v.ordinal || 'u' || u, 'success',
       (u % 100 < CASE v.ordinal WHEN 1 THEN 20 WHEN 2 THEN 28 ELSE 19 END)::int, 700 + (u * 7919) % 300, now() - interval '1 hour' * (u % 170)
  FROM prompt.ab_test_variants v JOIN prompt.ab_test_experiments e ON e.id = v.experiment_id, generate_series(1, 1200) AS u
 WHERE e.prompt_name = 'report/greeting';
SELECT prompt.fold() > 0;
SELECT regexp_replace(prompt.experiment_report('<script>alert(1)</script> & "so"'), '(day |days +)[0-9.]+', '\1N', 'g');

-- The last reading of the history is that of the results.
SELECT count(*) > 10, bool_and(h.p = r.always_valid_p) FILTER (WHERE h.day = last.day)
  FROM prompt.ab_test_experiments e, prompt._report_history(e.id) AS h, prompt.experiment_results(e.name) AS r,
       (SELECT max(day) AS day FROM prompt.ab_test_experiments e, prompt._report_history(e.id) WHERE e.prompt_name = 'report/greeting') AS last
 WHERE e.prompt_name = 'report/greeting' AND r.metric = 'conversion' AND r.variant = h.variant;
-- New users add up to the users.
SELECT a.users, r.users FROM prompt.ab_test_experiments e,
       LATERAL (SELECT sum(users) AS users FROM prompt._report_arrivals(e.id)) AS a,
       LATERAL (SELECT sum(users) AS users FROM prompt.experiment_results(e.name) WHERE metric = 'conversion') AS r
 WHERE e.prompt_name = 'report/greeting';

-- The page is well-formed, holds three pictures, no tag out of a name, no script, and loads nothing.
CREATE TEMP TABLE page AS SELECT prompt.experiment_report('<script>alert(1)</script> & "so"', format => 'html') AS html;
SELECT html LIKE '<!DOCTYPE html>%', (SELECT count(*) FROM regexp_matches(html, '<svg ', 'g')), html ~* '<script', html ~ '<b>', html ~* '(src|href)=|url\(|@import', html LIKE '%&lt;script&gt;alert(1)&lt;/script&gt; &amp; &quot;so&quot;%'
  FROM page;
SELECT html LIKE '%短い挨拶%', html LIKE '%&lt;b&gt;&amp;amp;&#39;x&#39;&lt;/b&gt;%', html ~ 'prefers-color-scheme: dark' FROM page;
\pset format aligned
\pset tuples_only off
SELECT prompt.experiment_report('<script>alert(1)</script> & "so"', 'pdf');
SELECT prompt.experiment_report('no such experiment');
