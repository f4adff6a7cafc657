-- ---------------------------------------------------------------- experiments: assignment

CREATE FUNCTION prompt.bucket(salt text, unit_id text) RETURNS int
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'pgprompt_bucket';
COMMENT ON FUNCTION prompt.bucket(text, text) IS
    'bucket (0 to 9999) of a unit under a salt: XXH3-64 of the salt, a zero byte and the unit, modulo 10,000';

CREATE FUNCTION prompt.assign_variant(salt text, unit_id text, weights float8[]) RETURNS int
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'pgprompt_assign_variant';
COMMENT ON FUNCTION prompt.assign_variant(text, text, float8[]) IS
    'ordinal (from 1) of the variant that a unit gets under the initial layout of the weights';

CREATE FUNCTION prompt._bucket_boundaries(weights float8[]) RETURNS int[]
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'pgprompt_bucket_boundaries';
COMMENT ON FUNCTION prompt._bucket_boundaries(float8[]) IS
    'where the buckets of each variant end under the initial layout: variant i has those from boundary i-1 (0 for the '
    'first) up to, not including, boundary i';

CREATE FUNCTION prompt._assignment(tenant text, prompt_name text, unit text)
    RETURNS TABLE (experiment_id uuid, variant text, allocation_epoch int, template_id uuid)
    LANGUAGE c STABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'pgprompt_assignment';
COMMENT ON FUNCTION prompt._assignment(text, text, text) IS
    'the running experiment, variant, epoch and version that serve a unit, as get_prompt() chooses them; no row where none '
    'does. Epoch 0: the user has a forced variant';

CREATE FUNCTION prompt.select_variant(experiment text, user_id text) RETURNS text
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $select$
DECLARE
    target constant uuid := prompt._experiment_id(experiment, or_shared => true);
    chosen prompt.ab_test_experiments;
BEGIN
    SELECT * INTO chosen FROM prompt.ab_test_experiments e WHERE e.id = target;
    IF chosen.status <> 'running' OR user_id IS NULL
       OR NOT coalesce(current_setting('prompt.ab_testing', true)::boolean, true) THEN
        RETURN NULL;
    END IF;
    RETURN (SELECT a.variant FROM prompt._assignment(prompt.current_tenant(), chosen.prompt_name, user_id) AS a
             WHERE a.experiment_id = chosen.id);
END
$select$;
COMMENT ON FUNCTION prompt.select_variant(text, text) IS
    'name of the variant that a user gets in an experiment of this tenant, or in a shared one that serves it; null outside its '
    'traffic, or while it is not running';
