-- Creating the extension, its tables, and both again.
\set SHOW_CONTEXT never
CREATE EXTENSION pg_prompt;
SELECT prompt.version() = extversion AS is_the_installed_one FROM pg_extension WHERE extname = 'pg_prompt';
-- Before install(), functions say what is missing.
SELECT prompt.create_prompt('greeting', 'Hello');
SELECT * FROM prompt.get_prompt('greeting');
SELECT prompt.install();
SELECT prompt.install();

-- The tables are the caller's own, no part of the extension; columns have built-in types only.
SELECT c.relname FROM pg_class c JOIN pg_depend d ON d.objid = c.oid AND d.deptype = 'e'
 WHERE c.relnamespace = 'prompt'::regnamespace;
SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod) FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
 WHERE c.relnamespace = 'prompt'::regnamespace AND c.relkind IN ('r', 'p') AND a.attnum > 0
   AND a.atttypid >= 16384;
SELECT relname, relkind FROM pg_class
 WHERE relnamespace = 'prompt'::regnamespace AND relkind IN ('r', 'p', 'v') AND relname !~ '_\d{4}_\d{2}$' ORDER BY 1;

-- The tenant is in every unique key that is no key by id.
SELECT i.indexrelid::regclass AS key FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
 WHERE c.relnamespace = 'prompt'::regnamespace AND i.indisunique
   AND pg_get_indexdef(i.indexrelid) !~ 'tenant_id' AND pg_get_indexdef(i.indexrelid) !~ '\((id|experiment_id)'
 ORDER BY 1;

-- Every function, table, view and type of ours has a comment.
SELECT p.oid::regprocedure AS without_comment FROM pg_proc p
 WHERE p.pronamespace = 'prompt'::regnamespace AND obj_description(p.oid, 'pg_proc') IS NULL ORDER BY 1::text;
SELECT c.relname AS without_comment FROM pg_class c
 WHERE c.relnamespace = 'prompt'::regnamespace AND c.relkind IN ('r', 'p', 'v') AND obj_description(c.oid, 'pg_class') IS NULL
 ORDER BY 1;

-- Functions are the caller's in rights, and pin the search path or are C (or plain SQL expressions, parsed at creation).
SELECT p.oid::regprocedure AS unpinned FROM pg_proc p JOIN pg_language l ON l.oid = p.prolang
 WHERE p.pronamespace = 'prompt'::regnamespace
   AND (p.prosecdef OR (l.lanname <> 'c' AND p.prosqlbody IS NULL AND p.prokind <> 'a'
                        AND NOT coalesce(p.proconfig::text, '') LIKE '%search_path=pg_catalog, pg_temp%'))
 ORDER BY 1::text;

-- UUIDs of version 7.
SELECT prompt.uuid_v7_time(prompt.uuid_v7('2026-01-02 03:04:05.678+00')) = '2026-01-02 03:04:05.678+00' AS keeps_the_time,
       prompt.uuid_v7_bound('2026-01-02') <= prompt.uuid_v7('2026-01-02') AS bound_is_least,
       prompt.uuid_v7_time('00000000-0000-4000-8000-000000000000') IS NULL AS version_4_has_none,
       substr(prompt.uuid_v7()::text, 15, 1) AS version, substr(prompt.uuid_v7()::text, 20, 1) ~ '[89ab]' AS variant;
SELECT count(DISTINCT prompt.uuid_v7('2026-01-02')) AS of_one_instant FROM generate_series(1, 10000);
SELECT prompt.uuid_v7('infinity');
SELECT prompt.uuid_v7('1969-12-31 23:59:59+00');

-- A version that is in production has its dates; one prompt has one such version.
SELECT count(*) FROM prompt.prompt_templates;
