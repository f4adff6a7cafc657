-- ---------------------------------------------------------------- names of prompts and their versions

CREATE FUNCTION prompt._name_fault(name text, OUT fault text, OUT "character" text, OUT place int, OUT shown text)
    RETURNS record LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'pgprompt_name_fault';
COMMENT ON FUNCTION prompt._name_fault(text) IS
    'the first character that no name may have, since another name that looks the same would be another name: nulls if there is '
    'none; fault is control, white_space, invisible or not_utf8, shown the name with ? in the character''s place';

CREATE FUNCTION prompt._check_name(name text, kind text DEFAULT 'prompt') RETURNS void
    LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $check$
DECLARE
    found record := prompt._name_fault(name);
BEGIN
    IF name IS NULL OR name = '' THEN
        RAISE EXCEPTION 'the name of the % is empty', kind
            USING ERRCODE = 'invalid_name', HINT = 'Give it a name such as ''customer-support''.';
    ELSIF length(name) > 255 THEN
        RAISE EXCEPTION 'the name of the % is too long', kind
            USING ERRCODE = 'name_too_long',
                  DETAIL = format('It has %s characters and starts with "%s".', length(name), left(name, 40)),
                  HINT = 'Names have at most 255 characters.';
    ELSIF found.fault = 'not_utf8' THEN
        RAISE EXCEPTION 'the name of the % is not in UTF-8', kind
            USING ERRCODE = 'character_not_in_repertoire',
                  HINT = 'This database is in SQL_ASCII and converts nothing: set the client''s encoding to UTF8.';
    ELSIF found.fault = 'control' OR name <> btrim(name) OR (kind = 'prompt' AND name !~ '^[^/@]+(/[^/@]+)*$') THEN
        RAISE EXCEPTION '"%" is no name for a %', name, kind
            USING ERRCODE = 'invalid_name',
                  DETAIL = 'A name has no spaces around it and no control characters; a prompt''s has no @, and single '
                           'slashes only between its folders.';
    ELSIF found.fault IS NOT NULL THEN
        RAISE EXCEPTION 'the name of the % has %', kind,
            CASE found.fault WHEN 'invisible' THEN 'an invisible character' ELSE 'white space other than single spaces' END
            USING ERRCODE = 'invalid_name',
                  DETAIL = format('It is %s, at place %s of "%s".', found."character", found.place, found.shown),
                  HINT = 'Another name that looks the same would be another name.';
    END IF;
END
$check$;
COMMENT ON FUNCTION prompt._check_name(text, text) IS 'refuses a name that is empty, too long or malformed';

CREATE FUNCTION prompt._check_list(name text, list text[]) RETURNS void
    LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $check$
BEGIN
    IF array_ndims(list) > 1 THEN
        RAISE EXCEPTION '% has lists in it, not words', name USING ERRCODE = 'array_subscript_error',
            DETAIL = format('It is %s.', left(list::text, 200));
    ELSIF array_position(list, NULL) IS NOT NULL THEN
        RAISE EXCEPTION '% has an element that is null', name USING ERRCODE = 'null_value_not_allowed',
            DETAIL = format('It is %s.', left(list::text, 200));
    END IF;
END
$check$;
COMMENT ON FUNCTION prompt._check_list(text, text[]) IS 'refuses a list of names or words with a null or a list among them';

CREATE FUNCTION prompt._raise_unknown_prompt(name text) RETURNS void
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $raise$
DECLARE
    tenant text := prompt.current_tenant();
    nearest text;
    -- as an include has it
    before_at constant text := substring(name FROM '^(.*)@[^@]*$');
    after_at constant text := substring(name FROM '@([^@]*)$');
BEGIN
    IF EXISTS (SELECT FROM prompt.prompt_templates t WHERE t.tenant_id IN (tenant, '') AND t.name = before_at) THEN
        RAISE EXCEPTION 'prompt "%" does not exist', left(name, 100)
            USING ERRCODE = 'undefined_object', DETAIL = 'Only an include names a version or label behind an @.',
                  HINT = CASE WHEN after_at ~ '^[0-9]{1,9}$' THEN format('Give the version by itself: %L, version => %s.', before_at, after_at)
                              ELSE format('Give the label by itself: %L, label => %L.', before_at, left(after_at, 100)) END;
    END IF;
    IF tenant <> '' AND EXISTS (SELECT FROM prompt.prompt_templates t
                                 WHERE t.tenant_id = '' AND t.name = _raise_unknown_prompt.name) THEN
        RAISE EXCEPTION 'prompt "%" is a shared one', left(name, 100)
            USING ERRCODE = 'undefined_object', DETAIL = format('Tenant "%s" has none of its own.', tenant),
                  HINT = 'Create one of your own; it goes before the shared one.';
    END IF;
    SELECT t.name INTO nearest FROM prompt.prompt_templates t
     WHERE t.tenant_id IN (tenant, '') AND abs(length(t.name) - length(_raise_unknown_prompt.name)) <= 2
       AND prompt._edit_distance(lower(t.name), lower(_raise_unknown_prompt.name))
           BETWEEN 0 AND least(2, length(_raise_unknown_prompt.name) / 3)
     ORDER BY prompt._edit_distance(lower(t.name), lower(_raise_unknown_prompt.name)), t.name LIMIT 1;
    RAISE EXCEPTION 'prompt "%" does not exist', left(name, 100)
        USING ERRCODE = 'undefined_object',
              DETAIL = CASE WHEN tenant = '' THEN 'There is no shared prompt of this name.'
                            ELSE format('There is none for tenant "%s", nor a shared one.', tenant) END,
              HINT = CASE WHEN nearest IS NULL THEN 'prompt.list_prompts() shows what there is.'
                          ELSE format('Perhaps you mean "%s".', nearest) END;
END
$raise$;
COMMENT ON FUNCTION prompt._raise_unknown_prompt(text) IS 'raises the error for a prompt that does not exist';

CREATE FUNCTION prompt._raise_unserved(name text, label text) RETURNS void
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $raise$
DECLARE
    -- A tenant's prompt goes before the shared one of the same name.
    tenant constant text := (SELECT max(t.tenant_id) FROM prompt.prompt_templates t
                              WHERE t.tenant_id IN (prompt.current_tenant(), '') AND t.name = _raise_unserved.name);
    latest constant int := (SELECT max(t.version) FROM prompt.prompt_templates t
                             WHERE t.tenant_id = tenant AND t.name = _raise_unserved.name);
    ready constant int := (SELECT max(t.version) FROM prompt.prompt_templates t
                            WHERE t.tenant_id = tenant AND t.name = _raise_unserved.name AND t.status <> 'archived');
    labels text;
BEGIN
    IF label <> 'production' THEN
        SELECT string_agg(l.label, ', ' ORDER BY l.label) INTO labels
          FROM (SELECT DISTINCT p.label FROM prompt.prompt_labels p
                 WHERE p.tenant_id IN (prompt.current_tenant(), '') AND p.prompt_name = _raise_unserved.name
                 ORDER BY p.label LIMIT 10) AS l;
        RAISE EXCEPTION 'prompt "%" has no label "%"', name, left(label, 100)
            USING ERRCODE = 'undefined_object',
                  DETAIL = CASE WHEN labels IS NULL THEN 'It has none but latest and production.' ELSE format('It has %s.', labels) END,
                  HINT = 'Set it with prompt.set_label().';
    END IF;
    RAISE EXCEPTION 'prompt "%" has no version in production', name
        USING ERRCODE = 'undefined_object',
              DETAIL = CASE WHEN ready IS NULL THEN 'All its versions are archived.' ELSE format('Its latest version is %s.', latest) END,
              HINT = CASE WHEN ready IS NULL
                          THEN format('Put a copy of one into production: prompt.rollback_to_version(%L, %s, as_new_version => true).', name, latest)
                          ELSE format('Activate one with prompt.activate_version(%L, %s), or name a version or label.', name, ready) END;
END
$raise$;
COMMENT ON FUNCTION prompt._raise_unserved(text, text) IS
    'raises the error for a prompt that has no version with a label, or none in production (label null)';

-- Serialises the authors of one prompt without an advisory lock that others could hold: the row of its first version
-- is locked in a mode that foreign keys do not mind.
CREATE FUNCTION prompt._lock_prompt(tenant text, name text) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $lock$
BEGIN
    PERFORM prompt._require_install();
    PERFORM FROM prompt.prompt_templates t WHERE t.tenant_id = tenant AND t.name = _lock_prompt.name
      ORDER BY t.version LIMIT 1 FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        PERFORM prompt._raise_unknown_prompt(name);
    END IF;
END
$lock$;
COMMENT ON FUNCTION prompt._lock_prompt(text, text) IS 'makes this transaction the only one that changes the prompt''s versions';

CREATE FUNCTION prompt._template_id(name text, version int, allow_shared boolean DEFAULT false) RETURNS uuid
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $find$
DECLARE
    tenant text := prompt.current_tenant();
    found uuid;
    known text;
BEGIN
    PERFORM prompt._require_install();
    SELECT t.id INTO found FROM prompt.prompt_templates t
     WHERE t.tenant_id = CASE WHEN allow_shared AND NOT EXISTS (
                   SELECT FROM prompt.prompt_templates o WHERE o.tenant_id = tenant AND o.name = _template_id.name)
               THEN '' ELSE tenant END
       AND t.name = _template_id.name AND t.version = _template_id.version;
    IF found IS NULL THEN
        SELECT string_agg(t.version::text, ', ' ORDER BY t.version) INTO known FROM (
            SELECT t.version FROM prompt.prompt_templates t
             WHERE t.tenant_id = tenant AND t.name = _template_id.name ORDER BY t.version DESC LIMIT 10) AS t;
        IF known IS NULL THEN
            PERFORM prompt._raise_unknown_prompt(name);
        END IF;
        RAISE EXCEPTION 'prompt "%" has no version %', name, version
            USING ERRCODE = 'undefined_object',
                  DETAIL = format(CASE WHEN strpos(known, ',') = 0 THEN 'It has version %s only.'
                                       ELSE 'Its latest versions are %s.' END, known);
    END IF;
    RETURN found;
END
$find$;
COMMENT ON FUNCTION prompt._template_id(text, int, boolean) IS
    'id of a version of this tenant''s prompt, or of the shared one if that is allowed, or an error naming what there is';

CREATE FUNCTION prompt._next_semver(semver text, bump text) RETURNS text
    LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $next$
DECLARE
    part numeric[] := string_to_array(semver, '.')::numeric[];
BEGIN
    CASE bump
        WHEN 'major' THEN RETURN format('%s.0.0', part[1] + 1);
        WHEN 'minor' THEN RETURN format('%s.%s.0', part[1], part[2] + 1);
        WHEN 'patch' THEN RETURN format('%s.%s.%s', part[1], part[2], part[3] + 1);
        ELSE RAISE EXCEPTION 'bump "%" is unknown', bump
            USING ERRCODE = 'invalid_parameter_value', HINT = 'It is major, minor or patch.';
    END CASE;
END
$next$;
COMMENT ON FUNCTION prompt._next_semver(text, text) IS 'the semantic version after a major, minor or patch change';
