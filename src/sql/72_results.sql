-- ---------------------------------------------------------------- experiments: reading

CREATE FUNCTION prompt._read_experiment(experiment_id uuid)
    RETURNS TABLE (variant text, is_control boolean, metric text, users bigint, executions bigint, value float8,
                   lift float8, lift_low float8, lift_high float8, p_value float8, always_valid_p float8,
                   adjusted_p float8, chance_to_win float8, expected_loss float8, statistic float8,
                   always_valid_low float8, always_valid_high float8, note text)
    LANGUAGE c STABLE STRICT AS 'MODULE_PATHNAME', 'pgprompt_read_experiment';
COMMENT ON FUNCTION prompt._read_experiment(uuid) IS 'what experiment_results() answers for an experiment that goes on';

CREATE FUNCTION prompt._judge_experiment(experiment_id uuid, OUT code text, OUT winner text, OUT explanation text,
    OUT srm_p float8, OUT harmful text, OUT missing text[], OUT days_to_go float8, OUT may_complete boolean, OUT method text)
    RETURNS record LANGUAGE c STABLE STRICT AS 'MODULE_PATHNAME', 'pgprompt_judge_experiment';
COMMENT ON FUNCTION prompt._judge_experiment(uuid) IS 'what experiment_verdict() answers for an experiment that goes on';

CREATE FUNCTION prompt._frozen_results(experiment_id uuid) RETURNS jsonb
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $frozen$
DECLARE
    e record;
BEGIN
    SELECT x.name, x.status, x.results, x.started_at INTO e FROM prompt.ab_test_experiments x WHERE x.id = experiment_id;
    IF e.started_at IS NULL THEN
        RAISE EXCEPTION 'experiment "%" has not been started', e.name
            USING ERRCODE = 'object_not_in_prerequisite_state', DETAIL = format('Its status is %s.', e.status),
                  HINT = 'Start it with prompt.start_experiment().';
    END IF;
    RETURN e.results;
END
$frozen$;
COMMENT ON FUNCTION prompt._frozen_results(uuid) IS
    'results of a completed experiment, null while it goes on, an error before it starts';

CREATE FUNCTION prompt.experiment_results(name text)
    RETURNS TABLE (variant text, is_control boolean, metric text, users bigint, executions bigint, value float8,
                   lift float8, lift_low float8, lift_high float8, p_value float8, always_valid_p float8,
                   adjusted_p float8, chance_to_win float8, expected_loss float8, statistic float8,
                   always_valid_low float8, always_valid_high float8, note text)
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $results$
#variable_conflict use_column
DECLARE
    target uuid := prompt._experiment_id(name);
    frozen jsonb;
    covariate text;
BEGIN
    SELECT prompt._frozen_results(target) -> 'results', x.covariate INTO frozen, covariate
      FROM prompt.ab_test_experiments x WHERE x.id = target;
    IF covariate IS NOT NULL THEN
        -- Whoever compares the values finds another lift.
        SELECT jsonb_agg(CASE WHEN r -> 'lift' = 'null' THEN r
                              ELSE r || jsonb_build_object('note', concat_ws('; ', r ->> 'note', 'lift adjusted for ' || covariate)) END
                         ORDER BY ordinal) INTO frozen
          FROM jsonb_array_elements(coalesce(frozen, (SELECT jsonb_agg(to_jsonb(r)) FROM prompt._read_experiment(target) AS r)))
               WITH ORDINALITY AS a (r, ordinal);
    END IF;
    IF frozen IS NULL THEN
        RETURN QUERY SELECT * FROM prompt._read_experiment(target);
    ELSE
        RETURN QUERY SELECT * FROM jsonb_to_recordset(frozen) AS r (variant text, is_control boolean, metric text,
            users bigint, executions bigint, value float8, lift float8, lift_low float8, lift_high float8, p_value float8,
            always_valid_p float8, adjusted_p float8, chance_to_win float8, expected_loss float8, statistic float8,
            always_valid_low float8, always_valid_high float8, note text);
    END IF;
END
$results$;
COMMENT ON FUNCTION prompt.experiment_results(text) IS
    'a row per metric and variant, from per-user totals. p_value with lift_low and lift_high is valid at one look planned '
    'beforehand; always_valid_p with always_valid_low and always_valid_high at every look; adjusted_p is Holm''s over the '
    'variants, always valid, on the primary metric. Lifts are relative to the control, and adjusted for the covariate if there is one';

CREATE FUNCTION prompt.experiment_verdict(name text, OUT code text, OUT winner text, OUT explanation text,
    OUT srm_p float8, OUT harmful text, OUT missing text[], OUT days_to_go float8, OUT may_complete boolean, OUT method text)
    RETURNS record LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $verdict$
DECLARE
    target uuid := prompt._experiment_id(name);
    frozen jsonb;
BEGIN
    frozen := prompt._frozen_results(target) -> 'verdict';
    IF frozen IS NULL THEN
        SELECT * INTO code, winner, explanation, srm_p, harmful, missing, days_to_go, may_complete, method
          FROM prompt._judge_experiment(target);
    ELSE
        SELECT r.code, r.winner, r.explanation, r.srm_p, r.harmful, r.missing, r.days_to_go, r.may_complete, r.method
          INTO code, winner, explanation, srm_p, harmful, missing, days_to_go, may_complete, method
          FROM jsonb_to_record(frozen) AS r (code text, winner text, explanation text, srm_p float8, harmful text,
               missing text[], days_to_go float8, may_complete boolean, method text);
    END IF;
END
$verdict$;
COMMENT ON FUNCTION prompt.experiment_verdict(text) IS
    'what an experiment has shown so far by its method, as a code and in words, and what is missing; may be read after every row';
