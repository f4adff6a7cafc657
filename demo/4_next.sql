\echo
\echo '== What to type next (script/demo --psql stays here)'
\echo '  SELECT * FROM prompt.list_prompts();'
\echo '  SELECT * FROM prompt.get_prompt(''customer-support'', ''{"company_name": "Initech", "message": "Hi"}'', user_id => ''you'');'
\echo '  SELECT prompt.create_version(''customer-support'', ''...'', ''what changed'');'
\echo '  SELECT * FROM prompt.experiment_verdict(''support-tone'');'
\echo '  SELECT * FROM prompt.test_guardrail(''regex'', ''{"pattern": "order \\\\d+"}'', ''about order 1234'');'
\echo '  \\df prompt.[a-z]*'
