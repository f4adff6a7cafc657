-- ---------------------------------------------------------------- experiments: planned looks

CREATE FUNCTION prompt._take_look(target uuid, OUT look int, OUT information float8, OUT boundary float8,
        OUT boundary_p float8, OUT cumulated_alpha float8, OUT rejects text[])
    RETURNS record LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $look$
#variable_conflict use_variable
DECLARE
    e prompt.ab_test_experiments;
    users_now bigint;
    before float8;
    readings jsonb;
    alpha float8;
BEGIN
    SELECT * INTO e FROM prompt.ab_test_experiments x WHERE x.id = target FOR NO KEY UPDATE;
    IF e.method NOT IN ('group_sequential', 'fixed_horizon') THEN
        RAISE EXCEPTION 'experiment "%" has no plan of looks', e.name USING ERRCODE = 'object_not_in_prerequisite_state',
            DETAIL = format('Its method is %s.', e.method), HINT = 'prompt.experiment_verdict() may be read at any time.';
    ELSIF e.status NOT IN ('running', 'paused') THEN
        RAISE EXCEPTION 'experiment "%" is % and cannot be looked at', e.name, e.status
            USING ERRCODE = 'object_not_in_prerequisite_state';
    END IF;
    SELECT coalesce(sum(s.users), 0) INTO users_now FROM prompt._experiment_sums(target) s WHERE s.metric = e.primary_metric;
    -- What is planned to come and does not come at the scheduled end is information, too.
    information := CASE WHEN e.ends_at <= now() THEN 1 ELSE least(1, users_now::float8 / e.planned_sample_size) END;
    before := coalesce((e.looks -> -1 ->> 'information')::float8, 0);
    IF before >= 1 THEN
        RAISE EXCEPTION 'the last look at experiment "%" has been taken', e.name
            USING ERRCODE = 'object_not_in_prerequisite_state', HINT = 'prompt.complete_experiment() freezes its result.';
    ELSIF e.method = 'fixed_horizon' AND information < 1 THEN
        RAISE EXCEPTION 'experiment "%" may be looked at once, at its planned end', e.name
            USING ERRCODE = 'object_not_in_prerequisite_state',
                  DETAIL = format('%s of %s users have an outcome.', users_now, e.planned_sample_size),
                  HINT = 'Looks before the end need method group_sequential, and looks at any time always_valid.';
    ELSIF information <= before THEN
        RAISE EXCEPTION 'nothing has come to experiment "%" since the last look', e.name
            USING ERRCODE = 'object_not_in_prerequisite_state',
                  DETAIL = format('%s of %s users have an outcome.', users_now, e.planned_sample_size);
    END IF;
    -- The variants share alpha, so that the whole experiment keeps to it.
    SELECT e.significance_threshold / greatest(1, count(*) - 1) INTO alpha FROM prompt.ab_test_variants v WHERE v.experiment_id = target;
    SELECT b.boundary, b.cumulated_alpha INTO boundary, cumulated_alpha
      FROM prompt.next_boundary(ARRAY(SELECT (l ->> 'information')::float8 FROM jsonb_array_elements(e.looks) AS l),
                                ARRAY(SELECT coalesce((l ->> 'boundary')::float8, 'infinity') FROM jsonb_array_elements(e.looks) AS l),
                                information, alpha) AS b;
    boundary_p := CASE WHEN boundary < 'infinity' THEN prompt._two_sided_p(boundary) ELSE 0 END;
    look := jsonb_array_length(e.looks) + 1;
    SELECT jsonb_object_agg(r.variant, jsonb_build_object('p_value', r.p_value, 'lift', r.lift, 'lift_low', r.lift_low,
                                'lift_high', r.lift_high, 'users', r.users,
                                'rejects', coalesce(r.p_value <= boundary_p, false))),
           coalesce(array_agg(r.variant) FILTER (WHERE r.p_value <= boundary_p), '{}')
      INTO readings, rejects
      FROM prompt._read_experiment(target) AS r WHERE r.metric = e.primary_metric AND NOT r.is_control;
    UPDATE prompt.ab_test_experiments x
       SET looks = x.looks || jsonb_build_array(jsonb_build_object('at', now(), 'information', information, 'users', users_now,
               'boundary', CASE WHEN boundary < 'infinity' THEN boundary END, 'boundary_p', boundary_p,
               'cumulated_alpha', cumulated_alpha, 'variants', readings))
     WHERE x.id = target;
END
$look$;
COMMENT ON FUNCTION prompt._take_look(uuid) IS 'what take_look() does, by the experiment''s id';

CREATE FUNCTION prompt._two_sided_p(z float8) RETURNS float8
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'pgprompt_two_sided_p';
COMMENT ON FUNCTION prompt._two_sided_p(float8) IS 'chance that a standard normal number lies beyond z, whichever way';

CREATE FUNCTION prompt.take_look(experiment text, OUT look int, OUT information float8, OUT boundary float8,
        OUT boundary_p float8, OUT cumulated_alpha float8, OUT rejects text[])
    RETURNS record LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
    SELECT * FROM prompt._take_look(prompt._experiment_id(experiment))
$$;
COMMENT ON FUNCTION prompt.take_look(text) IS
    'takes and records the next look of a planned experiment (group_sequential by Lan and DeMets'' O''Brien-Fleming spending, '
    'fixed_horizon once): share of the planned users, boundary on |z| and on p, alpha spent so far, variants that differ';

-- ---------------------------------------------------------------- experiments: what the folder does beside folding

CREATE FUNCTION prompt._oldest_transaction() RETURNS timestamptz
    LANGUAGE c VOLATILE STRICT AS 'MODULE_PATHNAME', 'pgprompt_oldest_transaction';
COMMENT ON FUNCTION prompt._oldest_transaction() IS
    'when the oldest transaction that is open in this database began; null while there are prepared ones';

CREATE FUNCTION prompt._bet_on_users(target uuid) RETURNS bigint
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $bet$
#variable_conflict use_column
DECLARE
    e prompt.ab_test_experiments;
    p prompt.ab_test_progress;
    place int;
    delay interval;
    certain timestamptz;
    batch record;
    challenger record;
    total bigint := 0;
BEGIN
    SELECT * INTO e FROM prompt.ab_test_experiments x WHERE x.id = target;
    place := array_position(e.metrics, e.primary_metric);
    delay := e.windows[place];
    -- Nobody who was exposed before this can appear any more, nor can an outcome of his that counts. A transaction shows
    -- its time shortly after it has taken it.
    certain := prompt._oldest_transaction() - interval '1 second' - delay;
    certain := least(certain, (SELECT min(q.exposed_at) FROM prompt.prompt_subject_queue q
                                WHERE q.experiment_id = target AND q.due_at = '-infinity' AND q.exposures <> 0),
                     (SELECT min(q.due_at) - delay FROM prompt.prompt_subject_queue q
                       WHERE q.experiment_id = target AND q.due_at > '-infinity' AND q.due_at <= clock_timestamp()));
    IF certain IS NULL OR prompt._oldest_transaction() IS NULL THEN
        RETURN 0;
    END IF;
    LOOP
        SELECT * INTO p FROM prompt.ab_test_progress x WHERE x.experiment_id = target;
        SELECT count(*) AS users, max(s.first_exposed_at) AS last_at,
               (array_agg(s.first_execution_id ORDER BY s.first_exposed_at DESC, s.first_execution_id DESC))[1] AS last_id,
               array_agg(s.variant) AS variants, array_agg(s.first_epoch) AS epochs,
               -- one outcome a user, between 0 and 1: the mean of his rows
               array_agg(CASE WHEN s.rows[place] > 0 THEN
                   least(1, greatest(0, CASE WHEN e.primary_metric = 'rating' THEN (s.sums[place] / s.rows[place] - 1) / 4
                                             ELSE s.sums[place] / s.rows[place] END))::float8 END) AS outcomes
          INTO batch
          FROM (SELECT * FROM prompt.prompt_subjects x
                 WHERE x.experiment_id = target AND x.first_exposed_at < certain
                   AND (x.first_exposed_at, x.first_execution_id) > (p.bet_until, p.bet_until_id)
                   AND x.exposures > 0
                 ORDER BY x.first_exposed_at, x.first_execution_id LIMIT 200) AS s;
        EXIT WHEN batch.users = 0 OR batch.users < 50 AND (e.ends_at IS NULL OR e.ends_at > now()) AND total = 0
                  AND p.bet_users > 0;
        FOR challenger IN
            SELECT v.name, c.name AS control FROM prompt.ab_test_variants v
              JOIN prompt.ab_test_variants c ON c.experiment_id = v.experiment_id AND c.is_control
             WHERE v.experiment_id = target AND NOT v.is_control
        LOOP
            -- rho: the chance of the challenger within the pair, in the epoch of first exposure
            UPDATE prompt.ab_test_progress x
               SET bets = jsonb_set(x.bets, ARRAY[challenger.name], to_jsonb(f.state || v.log_e))
              FROM (SELECT prompt.betting_fold(
                               ARRAY(SELECT n::float8 FROM jsonb_array_elements_text(p.bets -> challenger.name)
                                            WITH ORDINALITY AS a (n, i) WHERE i <= 13 ORDER BY i),
                               array_agg(u.variant = challenger.name), array_agg(u.outcome), array_agg(w.b / (w.a + w.b))) AS state
                      FROM unnest(batch.variants, batch.epochs, batch.outcomes) AS u (variant, epoch, outcome),
                           LATERAL (SELECT (e.allocations -> (u.epoch - 1) ->> challenger.control)::float8 AS a,
                                           (e.allocations -> (u.epoch - 1) ->> challenger.name)::float8 AS b) AS w
                     WHERE u.variant IN (challenger.name, challenger.control) AND u.outcome IS NOT NULL AND w.a > 0 AND w.b > 0
                    HAVING count(*) > 0) AS f,
                   prompt.betting_evidence(f.state) AS v
             WHERE x.experiment_id = target;
        END LOOP;
        UPDATE prompt.ab_test_progress x
           SET bet_until = batch.last_at, bet_until_id = batch.last_id, bet_users = x.bet_users + batch.users
         WHERE x.experiment_id = target;
        total := total + batch.users;
        EXIT WHEN batch.users < 200;
    END LOOP;
    RETURN total;
END
$bet$;
COMMENT ON FUNCTION prompt._bet_on_users(uuid) IS
    'bets on users whose outcomes are certain, in the order of first exposure, each once; says on how many';

CREATE FUNCTION prompt._adapt(target uuid) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $adapt$
DECLARE
    weights jsonb;
    lower_is_better boolean;
BEGIN
    SELECT e.primary_metric IN ('error_rate', 'escalation_rate') INTO lower_is_better
      FROM prompt.ab_test_experiments e WHERE e.id = target;
    -- As many independent outcomes as there are users. Rounded so that they sum to 100; the control takes the rest.
    WITH arm AS (
        SELECT v.name, v.is_control, row_number() OVER (ORDER BY v.ordinal)::int AS place, coalesce(r.users, 0) AS users,
               round(coalesce(r.users, 0) * least(1, greatest(0, CASE WHEN r.metric = 'rating' THEN (r.value - 1) / 4 ELSE r.value END)))
               AS successes
          FROM prompt.ab_test_variants v
          JOIN prompt.ab_test_experiments e ON e.id = v.experiment_id
          LEFT JOIN prompt._read_experiment(target) AS r ON r.variant = v.name AND r.metric = e.primary_metric
         WHERE v.experiment_id = target),
    dealt AS (
        SELECT a.name, a.is_control, round((100 * t.weight)::numeric, 1) AS weight
          FROM prompt.thompson_allocation((SELECT array_agg(coalesce(successes, 0)::bigint ORDER BY place) FROM arm),
                                          (SELECT array_agg(users ORDER BY place) FROM arm), 
                                          least(0.05, 1.0 / (SELECT count(*) FROM arm)), lower_is_better) AS t
          JOIN arm a ON a.place = t.arm)
    SELECT jsonb_object_agg(d.name, CASE WHEN d.is_control THEN 100 - (SELECT sum(o.weight) FROM dealt o WHERE NOT o.is_control)
                                         ELSE d.weight END) INTO weights
      FROM dealt d;
    PERFORM prompt._open_epoch(target, weights, NULL);
END
$adapt$;
COMMENT ON FUNCTION prompt._adapt(uuid) IS
    'opens an epoch whose weights are the chances of being best (Thompson), with a floor of 5 % for every variant';

-- Runs as the owner of the tables, within a subtransaction of whoever has folded.
CREATE FUNCTION prompt._after_fold(target uuid) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET lock_timeout = '50ms' SET prompt.tenant_id = '' AS $after$
DECLARE
    e prompt.ab_test_experiments;
    p prompt.ab_test_progress;
    users_now bigint;
    users_of_epoch bigint;
    verdict record;
    is_over boolean;
BEGIN
    SELECT * INTO e FROM prompt.ab_test_experiments x WHERE x.id = target AND x.status IN ('running', 'paused');
    IF NOT FOUND OR NOT EXISTS (SELECT FROM prompt.ab_test_variants v WHERE v.experiment_id = target AND v.is_control) THEN
        RETURN;
    END IF;
    SELECT * INTO p FROM prompt.ab_test_progress x WHERE x.experiment_id = target;
    IF NOT FOUND THEN
        INSERT INTO prompt.ab_test_progress (tenant_id, experiment_id) VALUES (e.tenant_id, target) RETURNING * INTO p;
    END IF;
    IF e.method = 'e_process' THEN
        PERFORM prompt._bet_on_users(target);
    END IF;
    SELECT coalesce(sum(s.users), 0), coalesce(sum(s.users) FILTER (WHERE s.first_epoch = e.allocation_epoch), 0)
      INTO users_now, users_of_epoch
      FROM prompt.ab_test_statistics s WHERE s.experiment_id = target AND s.metric = '';
    is_over := e.ends_at + greatest('0', (SELECT max(w) FROM unnest(e.windows) AS w)) <= clock_timestamp();
    -- A verdict takes some milliseconds: only where there is something new, by a fiftieth or by time.
    IF NOT coalesce(is_over, false) AND users_now < p.judged_users + greatest(10, p.judged_users / 50)
       AND NOT (p.judged_at < clock_timestamp() - interval '10 minutes') THEN
        RETURN;
    END IF;
    -- A reading adds what is queued. Much of it is folded first, by those to come, lest this statement take long.
    IF (SELECT count(*) FROM (SELECT FROM prompt.prompt_subject_queue q
                               WHERE q.experiment_id = target AND q.due_at <= clock_timestamp() LIMIT 1001) AS q) > 1000 THEN
        RETURN;
    END IF;
    UPDATE prompt.ab_test_progress x SET judged_at = clock_timestamp(), judged_users = users_now,
           crossings = x.crossings || coalesce(
               (SELECT jsonb_object_agg(r.variant, jsonb_build_object('at', clock_timestamp(), 'users', users_now,
                           'p', r.always_valid_p, 'lift', r.lift))
                  FROM prompt._read_experiment(target) AS r
                 WHERE r.metric = e.primary_metric AND r.always_valid_p <= e.significance_threshold
                   AND NOT x.crossings ? r.variant), '{}')
     WHERE x.experiment_id = target;
    IF e.auto_complete OR is_over THEN
        -- Of two sessions one completes; whoever finds the row locked leaves it to the next fold.
        SELECT * INTO e FROM prompt.ab_test_experiments x
         WHERE x.id = target AND x.status IN ('running', 'paused') FOR NO KEY UPDATE SKIP LOCKED;
        IF NOT FOUND THEN
            RETURN;
        END IF;
        PERFORM set_config('prompt.tenant_id', e.tenant_id, true);
        IF e.method IN ('group_sequential', 'fixed_horizon') AND coalesce((e.looks -> -1 ->> 'information')::float8, 0) < 1
           AND (is_over OR (SELECT sum(s.users) FROM prompt.ab_test_statistics s
                             WHERE s.experiment_id = target AND s.metric = e.primary_metric) >= e.planned_sample_size) THEN
            PERFORM prompt._take_look(target);
        END IF;
        SELECT * INTO verdict FROM prompt._judge_experiment(target);
        IF verdict.may_complete AND e.auto_complete OR is_over THEN
            PERFORM prompt._complete(target);
            IF e.auto_promote AND verdict.may_complete AND verdict.winner IS NOT NULL THEN
                PERFORM prompt._set_production(v.template_id, 'pg_prompt')
                   FROM prompt.ab_test_variants v WHERE v.experiment_id = target AND v.name = verdict.winner;
            END IF;
            RETURN;
        END IF;
    END IF;
    -- Epochs of at least 200 users, and of a tenth of all, so that there are few.
    IF e.adaptive AND e.status = 'running' AND users_of_epoch >= greatest(200, users_now / 10) AND e.allocation_epoch < 1000 THEN
        PERFORM prompt._adapt(target);
    END IF;
END
$after$;
COMMENT ON FUNCTION prompt._after_fold(uuid) IS
    'what is due after folding: bets of the e-process, the first crossing of alpha, completion and promotion where the experiment '
    'asks for them, the end of its schedule, weights of an adaptive allocation';

CREATE FUNCTION prompt._attend(experiment_id uuid) RETURNS boolean
    LANGUAGE c STRICT AS 'MODULE_PATHNAME', 'pgprompt_attend';
COMMENT ON FUNCTION prompt._attend(uuid) IS
    'does _after_fold() as the owner of the tables if nobody else folds the experiment; false if it failed, which is logged';

-- ---------------------------------------------------------------- experiments: does the method suit these users?

CREATE FUNCTION prompt.experiment_aa_test(name text, metric text DEFAULT NULL, runs int DEFAULT 1000, looks int DEFAULT 100,
    seed bigint DEFAULT 1, OUT users bigint, OUT permutations int, OUT alarms int, OUT share float8,
    OUT standard_error float8, OUT fixed_share float8)
    RETURNS record LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $aa$
#variable_conflict use_variable
DECLARE
    target constant uuid := prompt._experiment_id(name);
    e prompt.ab_test_experiments;
    place int;
    s float8[];
    m float8[];
BEGIN
    SELECT * INTO e FROM prompt.ab_test_experiments x WHERE x.id = target;
    place := array_position(e.metrics, coalesce(metric, e.primary_metric));
    IF place IS NULL THEN
        RAISE EXCEPTION 'experiment "%" keeps no metric "%"', e.name, coalesce(metric, e.primary_metric)
            USING ERRCODE = 'undefined_object',
                  DETAIL = CASE WHEN e.started_at IS NULL THEN 'It has not been started.'
                                ELSE format('It keeps %s.', array_to_string(e.metrics, ', ')) END;
    END IF;
    SELECT count(*), array_agg(u.s ORDER BY u.at, u.id), array_agg(u.m ORDER BY u.at, u.id) INTO users, s, m
      FROM (SELECT x.first_exposed_at AS at, x.first_execution_id AS id,
                   CASE WHEN e.metrics[place] = 'executions_per_user' THEN x.exposures ELSE x.sums[place] END::float8 AS s,
                   CASE WHEN e.metrics[place] = 'executions_per_user' THEN 1 ELSE x.rows[place] END::float8 AS m
              FROM prompt.prompt_subjects x
             WHERE x.experiment_id = target AND x.exposures > 0
               AND (x.rows[place] > 0 OR e.metrics[place] = 'executions_per_user')
             ORDER BY x.first_exposed_at, x.first_execution_id LIMIT 100000) AS u;
    IF users < 150 THEN
        RAISE EXCEPTION 'experiment "%" has % users with an outcome, too few for a test', e.name, users
            USING ERRCODE = 'object_not_in_prerequisite_state', HINT = 'It takes 150 that have been folded: prompt.fold().';
    END IF;
    SELECT t.permutations, t.alarms, t.share, t.standard_error, t.fixed_share
      INTO permutations, alarms, share, standard_error, fixed_share
      FROM prompt.permuted_aa_test(s, m, 0.5, e.significance_threshold, runs, looks, seed) AS t;
END
$aa$;
COMMENT ON FUNCTION prompt.experiment_aa_test(text, text, int, int, bigint) IS
    'deals the experiment''s own users (the first 100,000 that have been folded) into two equal groups at random, again and '
    'again, and counts how often the always-valid test would have raised an alarm at any of the looks: at most the '
    'significance threshold where the method suits these users';
