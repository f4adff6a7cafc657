-- ---------------------------------------------------------------- experiments: lifecycle

-- Windows of metrics that were not given one: outcomes that users decide on later wait a day.
CREATE FUNCTION prompt._default_window(metric text) RETURNS interval
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN metric IN ('conversion', 'rating') THEN interval '1 day' ELSE interval '0' END;
COMMENT ON FUNCTION prompt._default_window(text) IS
    'how long after an execution its outcome of a metric may still change, where the experiment does not say';

CREATE FUNCTION prompt._bucket_count(buckets int4multirange) RETURNS int
    LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(sum(upper(r) - lower(r)), 0)::int FROM unnest(buckets) AS r
$$;
COMMENT ON FUNCTION prompt._bucket_count(int4multirange) IS 'how many buckets';

CREATE FUNCTION prompt._holdout(tenant text, layer text) RETURNS int
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce((SELECT s.value::int FROM prompt.prompt_state s WHERE s.tenant_id = tenant AND s.key = 'holdout:' || layer), 0)
$$;
COMMENT ON FUNCTION prompt._holdout(text, text) IS 'how many buckets at the end of a layer no experiment may have';

CREATE FUNCTION prompt._free_traffic(tenant text, layer text, but uuid DEFAULT NULL) RETURNS int4multirange
    LANGUAGE sql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
    SELECT int4multirange(int4range(0, 10000 - prompt._holdout(tenant, layer)))
           - coalesce((SELECT range_agg(o.traffic) FROM prompt.ab_test_experiments o
                        WHERE o.tenant_id = tenant AND o.layer = _free_traffic.layer AND o.status IN ('running', 'paused')
                          AND o.id IS DISTINCT FROM but), '{}')
$$;
COMMENT ON FUNCTION prompt._free_traffic(text, text, uuid) IS
    'buckets of a layer that no running or paused experiment has, except one, and that are not held out';

CREATE FUNCTION prompt._lock_layer(tenant text, layer text) RETURNS void
    LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
    SELECT pg_advisory_xact_lock(prompt._lock_class(), hashtext(format('prompt.layer %s %s', tenant, layer)))
$$;
COMMENT ON FUNCTION prompt._lock_layer(text, text) IS
    'one change of a layer''s traffic at a time, so that none waits for a constraint that another will violate';

CREATE FUNCTION prompt._refuse_traffic(tenant text, layer text, wanted int, but uuid DEFAULT NULL) RETURNS void
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $refuse$
DECLARE
    held constant int := prompt._holdout(tenant, layer);
    others constant text := (
        SELECT string_agg(format('"%s" has %s %%', o.name, round((upper(o.traffic) - lower(o.traffic)) / 100.0, 2)), ', ' ORDER BY o.name)
          FROM prompt.ab_test_experiments o
         WHERE o.tenant_id = tenant AND o.layer = _refuse_traffic.layer AND o.status IN ('running', 'paused')
           AND o.id IS DISTINCT FROM but);
BEGIN
    RAISE EXCEPTION 'layer "%" has no % %% of its traffic free', layer, round(wanted / 100.0, 2)
        USING ERRCODE = 'object_not_in_prerequisite_state',
              DETAIL = concat_ws(', ', others, CASE WHEN held > 0 THEN format('%s %% are held out', round(held / 100.0, 2)) END),
              HINT = CASE WHEN others IS NULL
                     THEN format('A traffic_share of at most %s leaves the holdout alone; prompt.set_holdout() changes that.',
                                 trim_scale(round(1 - held / 10000.0, 4)))
                     ELSE 'Complete one of them, or give experiments smaller traffic shares.' END;
END
$refuse$;
COMMENT ON FUNCTION prompt._refuse_traffic(text, text, int, uuid) IS 'says who has the traffic of a layer';

-- Locks them, too, so that none is archived or edited between this look and the end of the transaction.
CREATE FUNCTION prompt._approve_variants(target uuid) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $approve$
DECLARE
    e prompt.ab_test_experiments;
    wrong record;
    reason constant text := current_setting('prompt.change_reason', true);
BEGIN
    SELECT * INTO e FROM prompt.ab_test_experiments x WHERE x.id = target;
    PERFORM FROM prompt.prompt_templates t
      WHERE t.tenant_id = e.tenant_id AND t.id IN (SELECT v.template_id FROM prompt.ab_test_variants v WHERE v.experiment_id = target)
      ORDER BY t.version FOR NO KEY UPDATE;
    SELECT t.name, t.version, t.status, v.name AS variant INTO wrong
      FROM prompt.ab_test_variants v JOIN prompt.prompt_templates t ON t.id = v.template_id
     WHERE v.experiment_id = target AND (t.status = 'archived' OR t.status = 'draft' AND t.tenant_id <> e.tenant_id)
     ORDER BY v.ordinal LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'version % of prompt "%" is %', wrong.version, wrong.name,
                        CASE wrong.status WHEN 'draft' THEN 'a draft of the shared prompt' ELSE 'archived' END
            USING ERRCODE = 'object_not_in_prerequisite_state',
                  DETAIL = format('Variant "%s" of experiment "%s" is to serve it.', wrong.variant, e.name),
                  HINT = CASE wrong.status
                         WHEN 'draft' THEN 'A draft can be edited while it is served: prompt.set_status(..., ''approved'') with no tenant set.'
                         ELSE 'Copy it to a new version, and create the experiment with that.' END;
    ELSIF EXISTS (SELECT FROM prompt.ab_test_variants v JOIN prompt.prompt_templates t ON t.id = v.template_id
                   WHERE v.experiment_id = target AND t.status = 'draft') THEN
        PERFORM set_config('prompt.change_reason', coalesce(nullif(reason, ''), format('Start of experiment "%s"', e.name)), true);
        UPDATE prompt.prompt_templates t SET status = 'approved'
         WHERE t.status = 'draft' AND t.id IN (SELECT v.template_id FROM prompt.ab_test_variants v WHERE v.experiment_id = target);
        PERFORM set_config('prompt.change_reason', coalesce(reason, ''), true);
    END IF;
END
$approve$;
COMMENT ON FUNCTION prompt._approve_variants(uuid) IS
    'takes the versions that an experiment is to serve out of draft; refuses archived ones and drafts of another tenant';

CREATE FUNCTION prompt.start_experiment(name text) RETURNS uuid
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $start$
#variable_conflict use_column
DECLARE
    target constant uuid := prompt._experiment_id(start_experiment.name);
    e prompt.ab_test_experiments;
    wanted int;
    free_from int;
    kept text[];
BEGIN
    SELECT * INTO e FROM prompt.ab_test_experiments x WHERE x.id = target FOR NO KEY UPDATE;
    IF e.status <> 'draft' THEN
        RAISE EXCEPTION 'experiment "%" is % and cannot be started', e.name, e.status
            USING ERRCODE = 'object_not_in_prerequisite_state',
                  HINT = CASE e.status WHEN 'paused' THEN 'Go on with prompt.resume_experiment().'
                                       WHEN 'running' THEN 'It goes on; prompt.experiment_verdict() says how it stands.'
                                       ELSE 'Create another experiment.' END;
    END IF;
    IF EXISTS (SELECT FROM prompt.ab_test_experiments o
                WHERE o.tenant_id = e.tenant_id AND o.prompt_name = e.prompt_name AND o.layer <> e.layer
                  AND o.status IN ('running', 'paused')) THEN
        RAISE EXCEPTION 'experiments on prompt "%" run in another layer', e.prompt_name
            USING ERRCODE = 'object_not_in_prerequisite_state', HINT = 'Experiments on one prompt share one layer.';
    END IF;
    IF (SELECT count(*) < 2 OR count(*) FILTER (WHERE v.is_control) <> 1 FROM prompt.ab_test_variants v WHERE v.experiment_id = e.id) THEN
        RAISE EXCEPTION 'experiment "%" has not at least two variants, one of them the control', e.name
            USING ERRCODE = 'object_not_in_prerequisite_state', HINT = 'prompt.create_experiment() makes them, too.';
    END IF;
    IF e.ends_at <= now() THEN
        RAISE EXCEPTION 'experiment "%" was to end at %', e.name, e.ends_at
            USING ERRCODE = 'object_not_in_prerequisite_state', HINT = 'Create another experiment.';
    END IF;
    PERFORM prompt._lock_layer(e.tenant_id, e.layer);
    -- The first gap in the layer's buckets that is wide enough.
    wanted := greatest(1, round(e.traffic_share * 10000)::int);
    SELECT lower(gap) INTO free_from FROM unnest(prompt._free_traffic(e.tenant_id, e.layer)) AS gap
     WHERE upper(gap) - lower(gap) >= wanted ORDER BY lower(gap) LIMIT 1;
    IF free_from IS NULL THEN
        PERFORM prompt._refuse_traffic(e.tenant_id, e.layer, wanted);
    END IF;
    PERFORM prompt._approve_variants(e.id);
    UPDATE prompt.ab_test_variants v
       SET buckets = CASE WHEN l.low < l.high THEN int4multirange(int4range(l.low, l.high)) ELSE '{}' END
      FROM (SELECT b.ordinal, b.boundary AS high, lag(b.boundary, 1, 0) OVER (ORDER BY b.ordinal) AS low
              FROM unnest(prompt._bucket_boundaries((SELECT array_agg(w.weight ORDER BY w.ordinal)
                                                       FROM prompt.ab_test_variants w WHERE w.experiment_id = e.id)))
                   WITH ORDINALITY AS b (boundary, ordinal)) AS l
     WHERE v.experiment_id = e.id
       AND l.ordinal = (SELECT count(*) FROM prompt.ab_test_variants o
                         WHERE o.experiment_id = e.id AND o.ordinal <= v.ordinal);
    SELECT array_agg(m.metric ORDER BY m.first) INTO kept
      FROM (SELECT metric, min(ordinal) AS first
              FROM unnest(array_prepend(e.primary_metric, e.secondary_metrics)
                          || ARRAY(SELECT g ->> 'metric' FROM jsonb_array_elements(e.guardrail_metrics) AS g)
                          || ARRAY['executions_per_user']) WITH ORDINALITY AS a (metric, ordinal)
             GROUP BY metric) AS m;
    UPDATE prompt.ab_test_experiments x
       SET status = 'running', started_at = greatest(now(), e.starts_at),
           allocations = jsonb_build_array((SELECT jsonb_object_agg(v.name, prompt._bucket_count(v.buckets))
                                              FROM prompt.ab_test_variants v WHERE v.experiment_id = e.id)),
           traffic = int4range(free_from, free_from + wanted), metrics = kept,
           entered = ARRAY[int4multirange(int4range(free_from, free_from + wanted))],
           windows = ARRAY(SELECT coalesce((e.metric_windows ->> k.metric)::interval,
                                           CASE WHEN e.method = 'e_process' AND k.metric = e.primary_metric
                                                THEN greatest(prompt._default_window(k.metric), '1 hour')
                                                ELSE prompt._default_window(k.metric) END)
                             FROM unnest(kept) WITH ORDINALITY AS k (metric, ordinal) ORDER BY k.ordinal)
     WHERE x.id = e.id;
    -- What was recorded of the draft was not counted yet.
    IF EXISTS (SELECT FROM prompt.prompt_executions x WHERE x.experiment_id = e.id) THEN
        PERFORM prompt._rebuild_subjects(e.id);
    END IF;
    RETURN e.id;
EXCEPTION WHEN exclusion_violation THEN
    RAISE EXCEPTION 'another experiment took the traffic of layer "%" at the same time', e.layer
        USING ERRCODE = 'serialization_failure', HINT = 'Try again.';
END
$start$;
COMMENT ON FUNCTION prompt.start_experiment(text) IS
    'starts a draft, at starts_at if that is to come: takes free traffic of its layer, lays out the variants'' buckets, '
    'freezes the definition and approves the versions that are drafts';

CREATE FUNCTION prompt._set_experiment_status(name text, status text) RETURNS uuid
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $set$
DECLARE
    target uuid := prompt._experiment_id(name);
BEGIN
    UPDATE prompt.ab_test_experiments e
       SET status = _set_experiment_status.status,
           ended_at = CASE WHEN _set_experiment_status.status IN ('completed', 'cancelled') AND e.ended_at IS NULL THEN now()
                           ELSE e.ended_at END
     WHERE e.id = target;
    RETURN target;
END
$set$;
COMMENT ON FUNCTION prompt._set_experiment_status(text, text) IS 'moves an experiment to another state, if its state allows that';

CREATE FUNCTION prompt.pause_experiment(name text) RETURNS uuid
    LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$ SELECT prompt._set_experiment_status(name, 'paused') $$;
COMMENT ON FUNCTION prompt.pause_experiment(text) IS 'pauses a running experiment: everybody gets the production version';

CREATE FUNCTION prompt.resume_experiment(name text) RETURNS uuid
    LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$ SELECT prompt._set_experiment_status(name, 'running') $$;
COMMENT ON FUNCTION prompt.resume_experiment(text) IS 'goes on with a paused experiment, everybody in the variant of before';

CREATE FUNCTION prompt.cancel_experiment(name text) RETURNS uuid
    LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$ SELECT prompt._set_experiment_status(name, 'cancelled') $$;
COMMENT ON FUNCTION prompt.cancel_experiment(text) IS 'ends an experiment without a result';

-- Freezes what the verdict says now. Its caller sees to it that no other session does so at the same time.
CREATE FUNCTION prompt._complete(target uuid) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $complete$
DECLARE
    e prompt.ab_test_experiments;
    verdict record;
BEGIN
    SELECT * INTO e FROM prompt.ab_test_experiments x WHERE x.id = target FOR NO KEY UPDATE;
    IF e.status NOT IN ('running', 'paused') THEN
        RAISE EXCEPTION 'experiment "%" is % and cannot be completed', e.name, e.status
            USING ERRCODE = 'object_not_in_prerequisite_state',
                  HINT = CASE e.status WHEN 'draft' THEN 'Start it with prompt.start_experiment(), or cancel it.'
                                       WHEN 'completed' THEN 'Its results are frozen; prompt.experiment_results() shows them.'
                                       ELSE 'Create another experiment.' END;
    END IF;
    SELECT * INTO verdict FROM prompt._judge_experiment(target);
    UPDATE prompt.ab_test_experiments x
       SET status = 'completed', ended_at = now(),
           results = jsonb_build_object('verdict', to_jsonb(verdict),
                                        'results', (SELECT jsonb_agg(to_jsonb(r)) FROM prompt._read_experiment(target) AS r)),
           winner_template_id = coalesce(x.winner_template_id,
               (SELECT v.template_id FROM prompt.ab_test_variants v WHERE v.experiment_id = target AND v.name = verdict.winner))
     WHERE x.id = target;
END
$complete$;
COMMENT ON FUNCTION prompt._complete(uuid) IS 'completes an experiment and freezes its results and verdict';

CREATE FUNCTION prompt.complete_experiment(name text) RETURNS uuid
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $complete$
DECLARE
    target constant uuid := prompt._experiment_id(name);
BEGIN
    PERFORM prompt._complete(target);
    RETURN target;
END
$complete$;
COMMENT ON FUNCTION prompt.complete_experiment(text) IS
    'ends an experiment and freezes its results and verdict in column results; activates nothing';

CREATE FUNCTION prompt.declare_winner(name text, variant text, activate boolean DEFAULT true) RETURNS uuid
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $declare$
DECLARE
    target uuid := prompt._experiment_id(name);
    winner uuid;
BEGIN
    SELECT v.template_id INTO winner FROM prompt.ab_test_variants v
     WHERE v.experiment_id = target AND v.name = declare_winner.variant;
    IF winner IS NULL THEN
        RAISE EXCEPTION 'experiment "%" has no variant "%"', name, variant
            USING ERRCODE = 'undefined_object',
                  DETAIL = (SELECT format('Its variants are %s.', string_agg(format('"%s"', v.name), ', ' ORDER BY v.ordinal))
                              FROM prompt.ab_test_variants v WHERE v.experiment_id = target);
    END IF;
    UPDATE prompt.ab_test_experiments e SET winner_template_id = winner WHERE e.id = target;
    IF (SELECT e.status FROM prompt.ab_test_experiments e WHERE e.id = target) <> 'completed' THEN
        PERFORM prompt.complete_experiment(name);
    END IF;
    IF activate THEN
        PERFORM prompt._set_production(winner);
    END IF;
    RETURN winner;
END
$declare$;
COMMENT ON FUNCTION prompt.declare_winner(text, text, boolean) IS
    'completes an experiment with the winner that somebody chose and puts its version into production; returns its id';
