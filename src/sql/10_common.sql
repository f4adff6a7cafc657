-- ---------------------------------------------------------------- version, keys, settings

CREATE FUNCTION prompt.version() RETURNS text
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'pgprompt_version';
COMMENT ON FUNCTION prompt.version() IS 'version of the pg_prompt library that this server has loaded';

CREATE FUNCTION prompt.uuid_v7("at" timestamptz DEFAULT NULL) RETURNS uuid
    LANGUAGE c VOLATILE PARALLEL SAFE AS 'MODULE_PATHNAME', 'pgprompt_uuid_v7';
COMMENT ON FUNCTION prompt.uuid_v7(timestamptz) IS
    'a new UUID of version 7 (RFC 9562) for the given time, by default the clock''s: ids order by time';

CREATE FUNCTION prompt.uuid_v7_time(id uuid) RETURNS timestamptz
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'pgprompt_uuid_v7_time';
COMMENT ON FUNCTION prompt.uuid_v7_time(uuid) IS
    'the time in a UUID of version 7, to the millisecond; null for any other version';

CREATE FUNCTION prompt.uuid_v7_bound("at" timestamptz) RETURNS uuid
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'pgprompt_uuid_v7_bound';
COMMENT ON FUNCTION prompt.uuid_v7_bound(timestamptz) IS
    'the least UUID of version 7 for a time: bounds of partitions and of scans by time';

CREATE FUNCTION prompt.current_tenant() RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN coalesce(current_setting('prompt.tenant_id', true), '');
COMMENT ON FUNCTION prompt.current_tenant() IS
    'the tenant of this session: setting prompt.tenant_id, or the empty text for the shared one';

CREATE FUNCTION prompt._require_install() RETURNS void
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $require$
BEGIN
    IF to_regclass('prompt.prompt_state') IS NULL THEN
        RAISE EXCEPTION 'the tables of pg_prompt are not installed'
            USING ERRCODE = 'object_not_in_prerequisite_state', HINT = 'Run: SELECT prompt.install();';
    END IF;
END
$require$;
COMMENT ON FUNCTION prompt._require_install() IS 'refuses to go on where prompt.install() has not been run';

CREATE FUNCTION prompt._require_owner(call text) RETURNS void
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $require$
DECLARE
    owner constant oid := (SELECT c.relowner FROM pg_class c WHERE c.oid = to_regclass('prompt.prompt_templates'));
BEGIN
    IF NOT pg_has_role(current_user, owner, 'USAGE') THEN
        RAISE EXCEPTION 'role "%" may not run %', current_user, call
            USING ERRCODE = 'insufficient_privilege', DETAIL = format('The tables belong to role "%s".', pg_get_userbyid(owner)),
                  HINT = 'That role, its members and superusers may.';
    END IF;
END
$require$;
COMMENT ON FUNCTION prompt._require_owner(text) IS 'refuses what only the owner of the tables can do';

-- Second keys: 0 install, 1 maintain, 2 rebuild; hashes of layers take others, and meeting one of these by chance only
-- makes one wait.
CREATE FUNCTION prompt._lock_class() RETURNS int LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN 1885827188;
COMMENT ON FUNCTION prompt._lock_class() IS
    'first key of the advisory locks that SQL functions take; 1885827186 and 1885827187 are those of writers and folders';
