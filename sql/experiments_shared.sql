-- A shared experiment and the tenants that it serves.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
CREATE FUNCTION make(experiment text, share float8 DEFAULT 1) RETURNS boolean LANGUAGE sql AS $$
    SELECT prompt.create_experiment(experiment, 'shared/tone', '[{"name": "control", "version": 1, "weight": 50}, {"name": "warm", "version": 2, "weight": 50}]',
                                    'conversion', traffic_share => share) IS NOT NULL AND prompt.start_experiment(experiment) IS NOT NULL
$$;
SELECT prompt.create_prompt('shared/tone', 'Hello.') IS NOT NULL AND prompt.create_version('shared/tone', 'Hi!') IS NOT NULL
       AND prompt.activate_version('shared/tone', 1) IS NOT NULL AND make('tone test', 0.5) AS created;
CREATE VIEW differing AS
SELECT count(p.variant) > 100 AS served, count(*) FILTER (WHERE p.variant IS DISTINCT FROM prompt.select_variant('tone test', 'r' || u)) AS differing
  FROM generate_series(1, 400) AS u, LATERAL prompt.get_active_prompt('shared/tone', 'r' || u) AS p;
CREATE TEMP TABLE chosen AS SELECT u, prompt.select_variant('tone test', 'r' || u) AS variant FROM generate_series(1, 400) AS u;
TABLE differing;

-- A tenant without a prompt of its own gets what everybody gets, and is told so.
SET prompt.tenant_id = 'red';
TABLE differing;
SELECT count(*) AS differing FROM chosen c WHERE c.variant IS DISTINCT FROM prompt.select_variant('tone test', 'r' || c.u);
SELECT prompt.select_variant('tome test', 'r1');
-- It cannot read it: the figures are of all tenants' users.
SELECT * FROM prompt.experiment_results('tone test');
SELECT * FROM prompt.experiment_verdict('tone test');
SELECT prompt.experiment_report('tone test');
SELECT prompt.pause_experiment('tone test');
SELECT prompt.experiment_verdict('tome test');

-- An experiment of its own goes before the shared one, by name and in serving.
SELECT prompt.create_prompt('shared/tone', 'Red hello.') IS NOT NULL AND prompt.create_version('shared/tone', 'Red hi!') IS NOT NULL
       AND prompt.activate_version('shared/tone', 1) IS NOT NULL AS created;
SELECT rendered_prompt, count(*) > 100 AS many, bool_and(prompt.select_variant('tone test', 'r' || u) IS NULL) AS served_by_none
  FROM generate_series(1, 400) AS u, LATERAL prompt.get_prompt('shared/tone', user_id => 'r' || u) GROUP BY 1 ORDER BY 1;
SELECT make('red test');
SELECT bool_and(prompt.select_variant('red test', 'r' || u) = p.variant) AS by_its_own, bool_and(prompt.select_variant('tone test', 'r' || u) IS NULL) AS not_shared
  FROM generate_series(1, 50) AS u, LATERAL prompt.get_active_prompt('shared/tone', 'r' || u) AS p;
SELECT prompt.cancel_experiment('red test') IS NOT NULL AS cancelled;
SELECT make('tone test');
SELECT count(p.variant) AS served, count(*) FILTER (WHERE p.variant IS DISTINCT FROM prompt.select_variant('tone test', 'r' || u)) AS differing
  FROM generate_series(1, 50) AS u, LATERAL prompt.get_active_prompt('shared/tone', 'r' || u) AS p;
SELECT variant, users FROM prompt.experiment_results('tone test') WHERE metric = 'conversion' ORDER BY 1;

-- Under row-level security, too.
SET prompt.tenant_id = 'blue';
SELECT count(*) > 10 AS tables FROM prompt.enable_tenancy();
CREATE ROLE regress_blue;
SELECT count(*) > 0 AS granted FROM prompt.grant_access('regress_blue', 'service');
GRANT SELECT ON chosen TO regress_blue;
SET ROLE regress_blue;
SELECT count(*) FILTER (WHERE c.variant IS DISTINCT FROM prompt.select_variant('tone test', 'r' || c.u)) AS differing,
       count(*) FILTER (WHERE c.variant IS DISTINCT FROM p.variant) AS served_differently
  FROM chosen c, LATERAL prompt.get_active_prompt('shared/tone', 'r' || c.u) AS p;
SELECT * FROM prompt.experiment_results('tone test');
RESET ROLE;
RESET prompt.tenant_id;
SELECT count(*) > 10 AS tables FROM prompt.disable_tenancy();
SELECT count(*) AS granted FROM prompt.grant_access('regress_blue', 'none');
REVOKE SELECT ON chosen FROM regress_blue;
DROP ROLE regress_blue;

-- With no tenant set it is read and changed.
SELECT count(*) AS differing FROM chosen c WHERE c.variant IS DISTINCT FROM prompt.select_variant('tone test', 'r' || c.u);
SELECT variant, users FROM prompt.experiment_results('tone test') WHERE metric = 'conversion' ORDER BY 1;
SELECT prompt.cancel_experiment('tone test') IS NOT NULL AS cancelled;
DELETE FROM prompt.ab_test_experiments WHERE prompt_name = 'shared/tone';
DROP VIEW differing;
DELETE FROM prompt.prompt_templates WHERE name = 'shared/tone';
DROP FUNCTION make(text, float8);
