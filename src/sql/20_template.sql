-- ---------------------------------------------------------------- templates

CREATE FUNCTION prompt._check_template(template_text text, template_format text, messages jsonb, variables jsonb)
    RETURNS void LANGUAGE sql IMMUTABLE RETURN NULL;
COMMENT ON FUNCTION prompt._check_template(text, text, jsonb, jsonb) IS 'refuses a template that does not parse';
