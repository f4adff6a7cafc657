-- Every pure statistical function with every edge value in every argument, and with many edge values at once: a
-- clear error (22023 or 54000; the argument named; detail and hint) or a defined answer (no NaN; nothing null
-- without a note). The calls are made from pg_proc, so a new function is swept, too.
\set SHOW_CONTEXT never
SET statement_timeout = '60s';

CREATE TEMP TABLE usual (argument text, type text, value text);
INSERT INTO usual VALUES
    ('n_a', 'bigint', '100'), ('n_b', 'bigint', '120'), ('x_a', 'bigint', '30'), ('x_b', 'bigint', '40'),
    ('x', 'bigint', '30'), ('n', 'bigint', '100'), ('a', 'bigint', '3'), ('b', 'bigint', '5'), ('c', 'bigint', '7'),
    ('d', 'bigint', '2'), ('mean_a', 'double precision', '10'), ('mean_b', 'double precision', '11'),
    ('var_a', 'double precision', '4'), ('var_b', 'double precision', '5'), ('margin', 'double precision', '0.1'),
    ('delta', 'double precision', '0.1'), ('rho2', 'double precision', '0.001'),
    ('users_a', 'bigint', '100'), ('users_b', 'bigint', '100'), ('s_a', 'numeric', '300'), ('s_b', 'numeric', '310'),
    ('ss_a', 'numeric', '1000'), ('ss_b', 'numeric', '1100'), ('m_a', 'numeric', '150'), ('m_b', 'numeric', '150'),
    ('mm_a', 'numeric', '300'), ('mm_b', 'numeric', '300'), ('sm_a', 'numeric', '500'), ('sm_b', 'numeric', '500'),
    ('x_a', 'numeric', '200'), ('x_b', 'numeric', '200'), ('xx_a', 'numeric', '500'), ('xx_b', 'numeric', '500'),
    ('xs_a', 'numeric', '650'), ('xs_b', 'numeric', '650'), ('estimate_a', 'double precision', '10'),
    ('estimate_b', 'double precision', '11'), ('variance_a', 'double precision', '0.1'),
    ('variance_b', 'double precision', '0.2'), ('estimate', 'double precision', '0.1'), ('se', 'double precision', '0.05'),
    ('minimum_detectable_effect', 'double precision', '0.5'), ('sigma', 'double precision', '2'),
    ('users_a', 'double precision', '500'), ('users_b', 'double precision', '500'),
    ('next_information', 'double precision', '0.9'), ('baseline', 'double precision', '0.2'),
    ('relative_mde', 'double precision', '0.1'), ('mde', 'double precision', '0.1'),
    ('n_per_arm', 'double precision', '1000'), ('sd', 'double precision', '2'), ('mean', 'double precision', '10'),
    ('variance', 'double precision', '4'), ('lift', 'double precision', '0.1'), ('effect', 'double precision', '0.5'),
    ('users_needed', 'double precision', '5000'), ('users_now', 'double precision', '1000'),
    ('users_per_day', 'double precision', '100'), ('daily_users', 'double precision', '500'), ('runs', 'integer', '5'),
    ('looks', 'integer', '5'), ('n', 'bigint[]', '{50,60,70}'), ('successes', 'bigint[]', '{30,40,35}'),
    ('totals', 'bigint[]', '{100,100,110}'), ('observed', 'bigint[]', '{100,110,90}'),
    ('means', 'double precision[]', '{1,2,3}'), ('variances', 'double precision[]', '{1,1,2}'),
    ('standard_errors', 'double precision[]', '{0.5,0.6,0.7}'), ('weights', 'double precision[]', '{1,1,1}'),
    ('p', 'double precision[]', '{0.01,0.2,0.03}'), ('e', 'double precision[]', '{1,30,70}'),
    ('information', 'double precision[]', '{0.3,0.6}'), ('boundaries', 'double precision[]', '{3,2.5}'),
    ('state', 'double precision[]', '{}'), ('treated', 'boolean[]', '{t,f,t,f}'),
    ('outcomes', 'double precision[]', '{1,0,0.5,1}'), ('outcomes_a', 'double precision[]', '{1,2,3,4}'),
    ('outcomes_b', 'double precision[]', '{1,2,3,5}'), ('users', 'text[]', '{a,b,a,c}'), ('users_a', 'text[]', '{a,b,a,c}'),
    ('users_b', 'text[]', '{d,e,f,g}'), ('sample', 'double precision[]', '{1,2,3}'), ('salt', 'text', 's'), ('unit_id', 'text', 'u');
INSERT INTO usual SELECT argument, type || '[]', '{' || value || '}' FROM usual WHERE argument ~ '^(users|s|ss|m|mm|sm)_[ab]$' AND type IN ('bigint', 'numeric');
INSERT INTO usual
SELECT unnest('{sums,rows}'::text[]), 'double precision[]', array_agg(1 + i % 7)::text FROM generate_series(1, 200) AS i;

CREATE TEMP TABLE edges (type text, value text);
INSERT INTO edges SELECT 'bigint', unnest('{NULL,0,1,2,-1,9007199254740992,9223372036854775807,-9223372036854775808}'::text[]);
INSERT INTO edges SELECT 'integer', unnest('{NULL,0,1,2,-1,2147483647,-2147483648}'::text[]);
INSERT INTO edges
SELECT 'double precision', unnest('{NULL,0,-0,1,-1,0.5,2,NaN,Infinity,-Infinity,1e308,-1e308,5e-324,1e-160,0.999999999999}'::text[]);
INSERT INTO edges SELECT 'numeric', unnest('{NULL,0,1,-1,NaN,Infinity,-Infinity,1e90,1e300,1e-90,1e-150,-1e20}'::text[]);
INSERT INTO edges SELECT 'boolean', unnest('{NULL,t,f}'::text[]);
INSERT INTO edges SELECT 'text', unnest('{NULL,"",x,lower,pocock,bh,Ω}'::text[]);
INSERT INTO edges SELECT 'double precision[]', unnest(ARRAY[NULL, '{}', '{0}', '{1}', '{NaN,1,2}', '{1,Infinity,2}', '{1,2,-Infinity}',
    '{-1,1,2}', '{0,0,0}', '{1,1}', '{1,NULL,2}', '{{1,2},{3,4}}', '{1e308,1e308,-1e308}', '{5e-324,0.5,1}',
    array_fill(0.5::float8, ARRAY[3000])::text]);
INSERT INTO edges SELECT 'numeric[]', unnest(ARRAY[NULL, '{}', '{0}', '{300}', '{NaN}', '{Infinity}', '{-1}', '{1e300}', '{1,NULL}', '{{1,2},{3,4}}', '{300,300}']);
INSERT INTO edges SELECT 'bigint[]', unnest(ARRAY[NULL, '{}', '{0}', '{5}', '{0,0,0}', '{-1,1,2}', '{1,NULL,2}', '{{1,2},{3,4}}', '{1,1}',
    '{9223372036854775807,1,2}', '{1000,0,0}', array_fill(7::bigint, ARRAY[3000])::text]);
INSERT INTO edges SELECT 'boolean[]', unnest(ARRAY[NULL, '{}', '{t}', '{t,t,t,t}', '{t,NULL}', '{{t,f},{t,f}}']);
INSERT INTO edges SELECT 'text[]', unnest(ARRAY[NULL, '{}', '{a}', '{a,a,a,a}', '{a,NULL}', '{{a,b},{c,d}}']);

CREATE TEMP VIEW arguments AS
SELECT p.oid AS function, p.proname::text AS name, a.number, p.proargnames[a.number] AS argument,
       format_type(p.proargtypes[a.number - 1], NULL) AS type, a.number > p.pronargs - p.pronargdefaults AS has_default
  FROM pg_proc AS p CROSS JOIN generate_series(1, p.pronargs) AS a (number)
 WHERE p.pronamespace = 'prompt'::regnamespace AND p.provolatile = 'i' AND p.prolang = (SELECT oid FROM pg_language WHERE lanname = 'c')
   AND p.proname NOT LIKE '\_%' AND NOT EXISTS (SELECT FROM unnest(p.proargtypes) AS t WHERE format_type(t, NULL) NOT IN (SELECT type FROM edges))
   AND '{bigint,numeric,double precision,bigint[],double precision[]}' && (SELECT array_agg(format_type(t, NULL)) FROM unnest(p.proargtypes) AS t);

-- What a call answers, as text; null where it was refused as it should be.
CREATE FUNCTION pg_temp.fault_of(name text, names text[], types text[], given text[], OUT refused boolean, OUT fault text) LANGUAGE plpgsql AS $$
DECLARE
    call text;
    answered jsonb;
    state text; said text; its_detail text; its_hint text;
BEGIN
    refused := false;
    SELECT format('SELECT to_jsonb(r) FROM prompt.%I(%s) AS r', name,
                  string_agg(format('%I => %s::%s', n, quote_nullable(CASE WHEN v <> 'NULL' THEN v END), t), ', '))
      INTO call FROM unnest(names, types, given) AS g (n, t, v) WHERE v IS DISTINCT FROM 'DEFAULT';
    FOR answered IN EXECUTE call LOOP
        IF answered::text ~ 'NaN' THEN
            fault := 'NaN: ' || answered::text;
        ELSIF 'NULL' = ANY (given) OR NULL = ANY (given) OR array_position(given, NULL) IS NOT NULL THEN
            CONTINUE;
        ELSIF (jsonb_typeof(answered) = 'object' AND answered ->> 'note' IS NULL AND jsonb_strip_nulls(answered - 'note') <> answered - 'note')
              OR jsonb_typeof(answered) = 'null' THEN
            fault := 'null without a note: ' || answered::text;
        END IF;
    END LOOP;
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, said = MESSAGE_TEXT, its_detail = PG_EXCEPTION_DETAIL, its_hint = PG_EXCEPTION_HINT;
    refused := true;
    IF state NOT IN ('22023', '54000') THEN
        fault := state || ' ' || said;
    ELSIF its_detail = '' OR its_hint = '' THEN
        fault := format('no detail or hint: %s (%s) (%s)', said, its_detail, its_hint);
    ELSIF state = '22023' AND said <> 'the numbers given are beyond what double precision can answer' AND NOT EXISTS (
            SELECT FROM unnest(names) AS n
             WHERE said ~ ('\m(' || n || '|' || regexp_replace(n, '_[ab]$', '') || '|' || regexp_replace(n, 's$', '') || ')\M')) THEN
        fault := 'no argument named: ' || said;
    END IF;
END
$$;

CREATE TEMP TABLE calls AS
WITH plain AS (
    SELECT a.function, a.name, array_agg(a.argument ORDER BY a.number) AS names, array_agg(a.type ORDER BY a.number) AS types,
           array_agg(coalesce(u.value, CASE WHEN a.has_default THEN 'DEFAULT' END, '1') ORDER BY a.number) AS given
      FROM arguments AS a LEFT JOIN usual AS u USING (argument, type) GROUP BY a.function, a.name)
SELECT name, names, types, given, 'usual' AS kind FROM plain
UNION ALL
SELECT p.name, p.names, p.types, p.given[:a.number - 1] || coalesce(e.value, 'NULL') || p.given[a.number + 1:], 'one edge'
  FROM plain AS p JOIN arguments AS a USING (function) JOIN edges AS e USING (type)
UNION ALL
SELECT p.name, p.names, p.types, ARRAY(
           SELECT CASE WHEN hashtext(p.name || a.argument || i || '?') % 3 = 0 THEN p.given[a.number]
                  ELSE (SELECT coalesce(max(value), 'NULL') FROM (SELECT value, row_number() OVER (ORDER BY value) - 1 AS at, count(*) OVER () AS all
                          FROM edges WHERE type = a.type) AS e WHERE at = (hashtext(p.name || a.argument || i) & 65535) % "all") END
             FROM arguments AS a WHERE a.function = p.function ORDER BY a.number), 'many edges'
  FROM plain AS p CROSS JOIN generate_series(1, 60) AS i;

CREATE TEMP TABLE outcomes AS
SELECT c.name, c.kind, left(c.given::text, 300) AS given, f.refused, f.fault
  FROM calls AS c CROSS JOIN LATERAL pg_temp.fault_of(c.name, c.names, c.types, c.given) AS f;
SELECT name, left(given, 200) AS given, fault FROM outcomes WHERE fault IS NOT NULL ORDER BY name COLLATE "C", given LIMIT 40;
SELECT name, kind, given FROM outcomes WHERE kind = 'usual' AND refused ORDER BY name COLLATE "C";
SELECT name, count(*) AS calls, count(*) FILTER (WHERE refused) > 0 AS refuses, count(*) FILTER (WHERE NOT refused) > 0 AS answers
  FROM outcomes GROUP BY name ORDER BY name COLLATE "C";
