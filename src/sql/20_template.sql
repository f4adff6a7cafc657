-- ---------------------------------------------------------------- templates

CREATE FUNCTION prompt.render(template text, variables jsonb,
    template_format text DEFAULT 'jinja2', strict boolean DEFAULT false, trim_blocks boolean DEFAULT true,
    lstrip_blocks boolean DEFAULT true, keep_trailing_newline boolean DEFAULT false, escape_html boolean DEFAULT false,
    undefined_mode text DEFAULT 'default', tojson_style text DEFAULT 'jinja2', now timestamptz DEFAULT NULL) RETURNS text
    LANGUAGE c IMMUTABLE PARALLEL SAFE COST 100 AS 'MODULE_PATHNAME', 'pgprompt_render_jsonb';
COMMENT ON FUNCTION prompt.render(text, jsonb, text, boolean, boolean, boolean, boolean, boolean, text, text, timestamptz) IS
    'renders a template with variables read from jsonb in place; formats are jinja2, handlebars, mustache and f-string';

CREATE FUNCTION prompt.render(template text, variables json,
    template_format text DEFAULT 'jinja2', strict boolean DEFAULT false, trim_blocks boolean DEFAULT true,
    lstrip_blocks boolean DEFAULT true, keep_trailing_newline boolean DEFAULT false, escape_html boolean DEFAULT false,
    undefined_mode text DEFAULT 'default', tojson_style text DEFAULT 'jinja2', now timestamptz DEFAULT NULL) RETURNS text
    LANGUAGE c IMMUTABLE PARALLEL SAFE COST 100 AS 'MODULE_PATHNAME', 'pgprompt_render_json';
COMMENT ON FUNCTION prompt.render(text, json, text, boolean, boolean, boolean, boolean, boolean, text, text, timestamptz) IS
    'renders a template with variables from json: keys keep the order they were written in';

-- Without this one, a call with a plain literal could mean json or jsonb and would be refused.
CREATE FUNCTION prompt.render(template text, variables text DEFAULT '{}',
    template_format text DEFAULT 'jinja2', strict boolean DEFAULT false, trim_blocks boolean DEFAULT true,
    lstrip_blocks boolean DEFAULT true, keep_trailing_newline boolean DEFAULT false, escape_html boolean DEFAULT false,
    undefined_mode text DEFAULT 'default', tojson_style text DEFAULT 'jinja2', now timestamptz DEFAULT NULL) RETURNS text
    LANGUAGE c IMMUTABLE PARALLEL SAFE COST 100 AS 'MODULE_PATHNAME', 'pgprompt_render_json';
COMMENT ON FUNCTION prompt.render(text, text, text, boolean, boolean, boolean, boolean, boolean, text, text, timestamptz) IS
    'renders a template with variables from JSON text: what a call with a literal means';

CREATE FUNCTION prompt._template_variables(template text, template_format text) RETURNS text
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'pgprompt_template_variables';
COMMENT ON FUNCTION prompt._template_variables(text, text) IS 'what a template uses, as JSON';

CREATE FUNCTION prompt.template_variables(template text, template_format text DEFAULT 'jinja2')
    RETURNS TABLE (name text, required boolean, paths text[])
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
    SELECT v ->> 'name', (v -> 'required')::boolean, ARRAY(SELECT jsonb_array_elements_text(v -> 'paths'))
      FROM jsonb_array_elements(prompt._template_variables(template, template_format)::jsonb) AS v
$$;
COMMENT ON FUNCTION prompt.template_variables(text, text) IS
    'the variables that a template uses: required unless every use is guarded, and the paths read below each';

CREATE FUNCTION prompt._template_references(template text, template_format text) RETURNS text
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'pgprompt_template_references';
COMMENT ON FUNCTION prompt._template_references(text, text) IS 'the templates that a template cannot be rendered without, by name, as JSON';

CREATE FUNCTION prompt._template_texts(template_text text, messages jsonb) RETURNS SETOF text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
    SELECT template_text WHERE template_text IS NOT NULL
    UNION ALL
    SELECT x #>> '{}' FROM jsonb_array_elements(messages) AS m,
           jsonb_path_query(m -> 'content', 'strict $.** ? (@.type() == "string")') AS x
$$;
COMMENT ON FUNCTION prompt._template_texts(text, jsonb) IS 'the templates that a version consists of: its text, or every text of its messages';

CREATE FUNCTION prompt._template_includes(template_text text, template_format text, messages jsonb) RETURNS text[]
    LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(array_agg(DISTINCT reference ORDER BY reference), '{}')
      FROM prompt._template_texts(template_text, messages) AS t,
           jsonb_array_elements_text(prompt._template_references(t, template_format)::jsonb) AS reference
$$;
COMMENT ON FUNCTION prompt._template_includes(text, text, jsonb) IS
    'the prompts that a version includes by names written in it, each once; not those that may be missing';

CREATE FUNCTION prompt._check_messages(messages jsonb, template_format text) RETURNS void
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'pgprompt_check_messages';
COMMENT ON FUNCTION prompt._check_messages(jsonb, text) IS
    'refuses messages that are neither messages nor placeholders, and templates in them that do not parse';

CREATE FUNCTION prompt._check_template(template_text text, template_format text, messages jsonb, variables jsonb)
    RETURNS void LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $check$
BEGIN
    IF messages IS NULL THEN
        PERFORM prompt._template_variables(template_text, template_format);
    ELSE
        PERFORM prompt._check_messages(messages, template_format);
    END IF;
    PERFORM prompt._check_declarations(variables);
END
$check$;
COMMENT ON FUNCTION prompt._check_template(text, text, jsonb, jsonb) IS
    'refuses a template that does not parse, a message without role or content, a declaration that does not hold';

CREATE FUNCTION prompt._check_declarations(variables jsonb) RETURNS void
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'pgprompt_check_declarations';
COMMENT ON FUNCTION prompt._check_declarations(jsonb) IS 'refuses declarations of variables that do not hold';

CREATE FUNCTION prompt._declare_variables(template_text text, template_format text, messages jsonb,
                                          known jsonb DEFAULT '[]') RETURNS jsonb
    LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(jsonb_agg(coalesce(
               (SELECT k FROM jsonb_array_elements(known) AS k WHERE k ->> 'name' = u.name LIMIT 1),
               jsonb_build_object('name', u.name, 'type', CASE WHEN u.is_list THEN 'array' ELSE 'any' END,
                                  'required', u.required)) ORDER BY u.name), '[]')
      FROM (SELECT v.name, bool_or(v.required) AS required, bool_or(v.is_list) AS is_list
              FROM (SELECT t.name, t.required, false AS is_list
                      FROM prompt._template_texts(template_text, messages) AS part,
                           LATERAL prompt.template_variables(part, template_format) AS t
                    UNION ALL
                    SELECT m ->> 'name', coalesce(m -> 'optional', 'false') <> 'true', true
                      FROM jsonb_array_elements(messages) AS m
                     WHERE m ->> 'type' = 'placeholder' AND m ->> 'name' IS NOT NULL) AS v
             GROUP BY v.name) AS u
$$;
COMMENT ON FUNCTION prompt._declare_variables(text, text, jsonb, jsonb) IS
    'declarations of the variables that a template uses, those known before kept as they were';

CREATE FUNCTION prompt._edit_distance(a text, b text) RETURNS int
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'pgprompt_edit_distance';
COMMENT ON FUNCTION prompt._edit_distance(text, text) IS
    'Levenshtein distance in characters, for hints; -1 for texts of more than 1,000';

CREATE FUNCTION prompt._line_diff(a text, b text, label_a text, label_b text) RETURNS text
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'pgprompt_line_diff';
COMMENT ON FUNCTION prompt._line_diff(text, text, text, text) IS 'unified diff with three lines of context; empty if both are equal';

CREATE FUNCTION prompt._changed_lines(a text, b text) RETURNS text
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'pgprompt_changed_lines';
COMMENT ON FUNCTION prompt._changed_lines(text, text) IS
    'the lines of the shortest edit script as JSON: ["+", line] only in b, ["-", line] only in a';
