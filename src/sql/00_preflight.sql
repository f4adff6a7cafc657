-- Objects that another role put into the schema beforehand could be called in place of ours.
DO $preflight$
DECLARE
    owner text;
    found text;
BEGIN
    SELECT pg_get_userbyid(n.nspowner), coalesce(
        (SELECT c.relname FROM pg_class c WHERE c.relnamespace = n.oid LIMIT 1),
        (SELECT p.proname FROM pg_proc p WHERE p.pronamespace = n.oid LIMIT 1),
        (SELECT t.typname FROM pg_type t WHERE t.typnamespace = n.oid LIMIT 1),
        (SELECT o.oprname FROM pg_operator o WHERE o.oprnamespace = n.oid LIMIT 1))
      INTO owner, found
      FROM pg_namespace n
     WHERE n.nspname = 'prompt' AND n.nspowner <> current_user::regrole;
    IF getdatabaseencoding() NOT IN ('UTF8', 'SQL_ASCII') THEN
        RAISE EXCEPTION 'pg_prompt needs a database in UTF8, not in %', getdatabaseencoding()
            USING ERRCODE = 'feature_not_supported', HINT = 'CREATE DATABASE ... ENCODING ''UTF8'' TEMPLATE template0.';
    END IF;
    IF found IS NOT NULL THEN
        RAISE EXCEPTION 'schema "prompt" belongs to role "%" and is not empty', owner
            USING ERRCODE = 'object_not_in_prerequisite_state',
                  DETAIL = format('It holds "%s", among others.', found),
                  HINT = 'Empty the schema, or make its owner the role that creates the extension.';
    END IF;
END
$preflight$;

COMMENT ON SCHEMA prompt IS 'pg_prompt: versioned prompts, A/B tests, guardrails, honest statistics and running metrics';

-- Functions name tables that prompt.install() creates later.
SET LOCAL check_function_bodies = off;
