\set ON_ERROR_STOP on
\pset footer off
\set QUIET on
\pset null '-'
\unset QUIET
\echo
\echo '== 1. Prompts and guardrails of a product'
CREATE EXTENSION pg_prompt;
SELECT prompt.install();
SELECT * FROM prompt.create_example_prompts();
SELECT * FROM prompt.create_default_guardrails();
SELECT name, category, latest_version, production_version FROM prompt.list_prompts();
SELECT name, rule_type, severity, enforcement, description FROM prompt.prompt_guardrails ORDER BY severity DESC;

\echo '== Three versions of customer-support, at 50/25/25'
SELECT version, semver, status, change_description, left(template_text, 60) || '...' AS template
  FROM prompt.prompt_templates WHERE name = 'customer-support' ORDER BY version;
SELECT prompt.create_experiment('support-tone', 'customer-support',
    '[{"name": "control",    "version": 1, "weight": 50},
      {"name": "casual",     "version": 2, "weight": 25},
      {"name": "structured", "version": 3, "weight": 25}]',
    primary_metric => 'rating', secondary_metrics => '{success_rate,response_time_ms}',
    guardrail_metrics => '[{"metric": "cost_usd", "margin": 0.1}]',
    metric_windows => '{"rating": "0"}') AS experiment_id;
SELECT prompt.start_experiment('support-tone') AS started;
