-- ---------------------------------------------------------------- examples and defaults

CREATE FUNCTION prompt.create_default_guardrails() RETURNS SETOF text
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $create$
DECLARE
    rule record;
BEGIN
    PERFORM prompt._require_install();
    FOR rule IN
        SELECT * FROM (VALUES
            ('pii-detection', 'pii', '{"entities": ["email", "phone", "ssn"]}'::jsonb, 'warning', 'warning',
             'E-mail addresses, phone numbers and US social security numbers'),
            ('toxic-language', 'toxic', '{}', 'error', 'blocking', 'Insults, slurs and threats'),
            ('prompt-injection', 'injection', '{}', 'critical', 'blocking',
             'Attempts to override the instructions, to extract them or to change the role')
        ) AS r (name, rule_type, rule_config, severity, enforcement, description)
    LOOP
        IF NOT EXISTS (SELECT FROM prompt.prompt_guardrails g
                        WHERE g.tenant_id = prompt.current_tenant() AND g.name = rule.name) THEN
            PERFORM prompt.create_guardrail(rule.name, rule.rule_type, rule.rule_config, rule.severity, rule.enforcement,
                                            stages => '{input}', description => rule.description);
            RETURN NEXT rule.name;
        END IF;
    END LOOP;
END
$create$;
COMMENT ON FUNCTION prompt.create_default_guardrails() IS
    'creates three rules on the variables of every prompt, pii (warning), toxic and injection (blocking), where they are '
    'missing; returns their names';

CREATE FUNCTION prompt.create_example_prompts() RETURNS SETOF text
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $create$
DECLARE
    item record;
BEGIN
    PERFORM prompt._require_install();
    FOR item IN
        SELECT * FROM (VALUES
('customer-support', 'support', 'Answers a customer''s message in the company''s name',
 '{"model_name": "gpt-4o-mini", "temperature": 0.3}'::jsonb,
 '[{"name": "company_name", "type": "string"},
   {"name": "customer_name", "type": "string", "required": false},
   {"name": "previous_messages", "type": "array", "default": []},
   {"name": "message", "type": "string"}]'::jsonb,
 $prompt$You answer customers of {{ company_name }}.
{% if customer_name %}
The customer's name is {{ customer_name }}; use it once, in the greeting.
{% endif %}
Be correct and complete. Where you do not know something, say so and offer to pass the question on to a colleague.
{% if previous_messages %}

The conversation so far:
{% for item in previous_messages %}
{{ item.role }}: {{ item.content }}
{% endfor %}
{% endif %}

The customer writes:
{{ message }}$prompt$),
('nlu_topic_extraction', 'nlu', 'Finds the topic of a student''s question, or asks for clarification',
 '{"model_name": "gemini-2.5-flash", "temperature": 0.2}',
 '[{"name": "query", "type": "string"},
   {"name": "grade_level", "type": "integer", "validation": null},
   {"name": "topics", "type": "array", "default": []}]',
 $prompt$A student in grade {{ grade_level }} asks:

{{ query }}

Which topic of the curriculum is this about?
{% if topics %}
Choose from: {{ topics | join(', ') }}.
{% endif %}
Answer with a JSON object: "topic" (text, or null if none fits), "confidence" (0 to 1) and "needs_clarification" (true if the question could mean several topics).$prompt$),
('clarification_question_generation', 'nlu', 'Asks back where a student''s question is too vague',
 '{"model_name": "gemini-2.5-flash", "temperature": 0.3}',
 '[{"name": "query", "type": "string"},
   {"name": "grade_level", "type": "integer", "required": false},
   {"name": "count", "type": "integer", "default": 3}]',
 $prompt$A student{% if grade_level %} in grade {{ grade_level }}{% endif %} asks:

{{ query }}

This could mean several things. Write {{ count }} short, friendly questions that would show which one is meant, each on a line of its own. Do not answer the question itself.$prompt$),
('educational_script_generation', 'content', 'Writes the script of a short video lesson',
 '{"model_name": "gemini-2.5-flash", "temperature": 0.7}',
 '[{"name": "topic", "type": "string"},
   {"name": "grade_level", "type": "integer"},
   {"name": "interests", "type": "array", "default": []},
   {"name": "minutes", "type": "integer", "default": 3}]',
 $prompt$Write the script of a video lesson of {{ minutes }} minutes on "{{ topic }}" for grade {{ grade_level }}.
{% if interests %}
The students like {{ interests | join(' and ') }}: take your examples from there.
{% endif %}

Structure:
1. A question that makes curious.
2. The idea in plain words, with one example worked through.
3. A common mistake, and how to see that it is one.
4. Three questions to check understanding, with answers.$prompt$)
        ) AS p (name, category, description, model_config, variables, template_text)
    LOOP
        IF NOT EXISTS (SELECT FROM prompt.prompt_templates t
                        WHERE t.tenant_id = prompt.current_tenant() AND t.name = item.name) THEN
            PERFORM prompt.create_prompt(item.name, item.template_text, variables => item.variables,
                model_config => item.model_config, description => item.description, category => item.category,
                tags => '{example}');
            PERFORM prompt.activate_version(item.name, 1);
            RETURN NEXT item.name;
            IF item.name = 'customer-support' THEN
                PERFORM prompt.create_version(item.name, $casual$You are the friendly voice of {{ company_name }}: relaxed, warm, brief.
{% if customer_name %}
You are talking to {{ customer_name }}.
{% endif %}
{% for item in previous_messages %}
{{ item.role }}: {{ item.content }}
{% endfor %}

They write: {{ message }}

Answer like a helpful friend who happens to work there. No corporate phrases. If you do not know, say so.$casual$,
                    'Casual tone', 'minor');
                PERFORM prompt.create_version(item.name, $structured$You answer customers of {{ company_name }} in three parts.
{% if customer_name %}
Address {{ customer_name }} by name.
{% endif %}
{% if previous_messages %}

Conversation so far:
{% for item in previous_messages %}
{{ loop.index }}. {{ item.role }}: {{ item.content }}
{% endfor %}
{% endif %}

Message: {{ message }}

1. Restate the question in one sentence.
2. Answer it in numbered steps.
3. Say what to do if that does not help.$structured$,
                    'Structured answer', 'minor', parent_version => 1);
            END IF;
        END IF;
    END LOOP;
END
$create$;
COMMENT ON FUNCTION prompt.create_example_prompts() IS
    'creates four prompts of a support and a learning product, customer-support in three versions, where they are missing; '
    'returns their names';
