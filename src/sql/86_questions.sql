-- ---------------------------------------------------------------- what is asked

CREATE FUNCTION prompt.normalise_question(question text) RETURNS text
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'pgprompt_normalise_question';
COMMENT ON FUNCTION prompt.normalise_question(text) IS
    'a question without what does not matter: case, accents, hidden characters, punctuation around words, more than one space';

CREATE FUNCTION prompt.question_hash(question text) RETURNS text
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'pgprompt_question_hash';
COMMENT ON FUNCTION prompt.question_hash(text) IS
    'XXH3-128 of the normalised question in UTF-8, 32 hexadecimal digits; null for a question without words';

CREATE FUNCTION prompt._question_of(variables jsonb, context jsonb) RETURNS text
    LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'pgprompt_question_of';
COMMENT ON FUNCTION prompt._question_of(jsonb, jsonb) IS
    'the question of a call: the first of the variables question, query, user_question, user_query, user_message, user_input, '
    'message and input that is a text, else the last message of role user in the context';

CREATE FUNCTION prompt._fill_question_hash() RETURNS trigger
    LANGUAGE c AS 'MODULE_PATHNAME', 'pgprompt_fill_question_hash';
COMMENT ON FUNCTION prompt._fill_question_hash() IS 'trigger: fills question_hash of a new execution';

CREATE FUNCTION prompt._create_question_trigger() RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $create$
BEGIN
    PERFORM prompt._create_trigger('prompt_executions_question', 'prompt.prompt_executions',
        'BEFORE INSERT ON %s FOR EACH ROW WHEN (NEW.question_hash IS NULL '
        'AND (NEW.variables_used IS NOT NULL OR NEW.conversation_context IS NOT NULL)) '
        'EXECUTE FUNCTION prompt._fill_question_hash()');
END
$create$;
COMMENT ON FUNCTION prompt._create_question_trigger() IS 'creates the trigger that fills question_hash, or repairs it';

CREATE FUNCTION prompt.frequent_questions(name text, since timestamptz DEFAULT now() - interval '30 days',
        most int DEFAULT 20, OUT question_hash text, OUT question text, OUT times_asked bigint, OUT users bigint,
        OUT success_rate numeric, OUT avg_rating numeric, OUT escalation_count bigint, OUT first_asked timestamptz,
        OUT last_asked timestamptz)
    RETURNS SETOF record LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $frequent$
#variable_conflict use_column
DECLARE
    versions constant uuid[] := prompt._prompt_versions(name);
BEGIN
    IF since IS NULL OR since = 'infinity' THEN
        RAISE EXCEPTION 'since must be a time' USING ERRCODE = 'invalid_parameter_value';
    ELSIF most < 0 THEN
        RAISE EXCEPTION 'most is %, and must not be negative', most
            USING ERRCODE = 'invalid_parameter_value', HINT = 'Null stands for all of them.';
    END IF;
    RETURN QUERY
    SELECT q.question_hash, prompt._question_of(x.variables_used, x.conversation_context), q.times, q.users, q.success_rate,
           q.rating, q.escalations, q.first_asked, q.last_asked
      FROM (SELECT e.question_hash, count(*) AS times, count(DISTINCT coalesce(e.user_id, e.request_id)) AS users,
                   round(count(*) FILTER (WHERE e.status = 'success')
                         / nullif(count(*) FILTER (WHERE e.status IN ('success', 'error', 'timeout')), 0)::numeric, 6) AS success_rate,
                   round(avg(e.rating), 4) AS rating, count(*) FILTER (WHERE e.escalated) AS escalations,
                   min(e.created_at) AS first_asked, max(e.created_at) AS last_asked,
                   -- of the last one whose text is kept
                   max(e.id::text) FILTER (WHERE e.variables_used IS NOT NULL OR e.conversation_context IS NOT NULL)::uuid AS example
              FROM prompt.prompt_executions e
             WHERE e.template_id = ANY (versions) AND e.question_hash IS NOT NULL
               AND e.id >= prompt.uuid_v7_bound(greatest(since, '1970-01-01Z')) AND e.created_at >= since
             GROUP BY e.question_hash
             ORDER BY count(*) DESC, max(e.created_at) DESC, e.question_hash
             LIMIT most) AS q
      LEFT JOIN prompt.prompt_executions x ON x.id = q.example AND x.template_id = ANY (versions)
     ORDER BY q.times DESC, q.last_asked DESC, q.question_hash;
END
$frequent$;
COMMENT ON FUNCTION prompt.frequent_questions(text, timestamptz, int) IS
    'what users ask most: questions that are the same but for case, accents and punctuation are one; reads executions since a time';

CREATE FUNCTION prompt.similar_questions(name text, question text, since timestamptz DEFAULT now() - interval '30 days',
        threshold float8 DEFAULT 0.4, most int DEFAULT 20, OUT question_hash text, OUT asked text,
        OUT similarity float8, OUT times_asked bigint)
    RETURNS SETOF record LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $similar$
#variable_conflict use_variable
DECLARE
    trgm constant text := (SELECT quote_ident(n.nspname) FROM pg_extension x JOIN pg_namespace n ON n.oid = x.extnamespace
                            WHERE x.extname = 'pg_trgm');
    wanted constant text := prompt.normalise_question(question);
BEGIN
    IF trgm IS NULL THEN
        RAISE EXCEPTION 'similar_questions() needs the extension pg_trgm'
            USING ERRCODE = 'feature_not_supported', HINT = 'CREATE EXTENSION pg_trgm; it comes with PostgreSQL.';
    END IF;
    IF wanted IS NULL OR threshold IS NULL OR threshold NOT BETWEEN 0 AND 1 THEN
        RAISE EXCEPTION 'a question and a threshold between 0 and 1 are needed' USING ERRCODE = 'invalid_parameter_value';
    END IF;
    RETURN QUERY EXECUTE format($sql$
        SELECT f.question_hash, f.question, s.similarity::float8, f.times_asked
          FROM prompt.frequent_questions($1, $2, NULL) AS f,
               LATERAL (SELECT %s.similarity(prompt.normalise_question(f.question), $3) AS similarity) AS s
         WHERE s.similarity >= $4
         ORDER BY s.similarity DESC, f.times_asked DESC, f.question_hash
         LIMIT $5 $sql$, trgm) USING name, since, wanted, threshold, most;
END
$similar$;
COMMENT ON FUNCTION prompt.similar_questions(text, text, timestamptz, float8, int) IS
    'questions asked that are near a given one, by the trigrams of their normal forms; needs pg_trgm';
