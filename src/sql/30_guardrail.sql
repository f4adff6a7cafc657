-- ---------------------------------------------------------------- guardrails

CREATE FUNCTION prompt._check_rule(name text, rule_type text, rule_config jsonb)
    RETURNS void LANGUAGE sql IMMUTABLE RETURN NULL;
COMMENT ON FUNCTION prompt._check_rule(text, text, jsonb) IS 'refuses a rule whose configuration does not hold';
