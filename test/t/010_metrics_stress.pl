# Random changes by many sessions, with savepoints, rollbacks, folding, compaction and changes of weights between:
# whenever one looks, the running figures equal a recount.
#
# STRESS_SECONDS=120 is how long it goes on, STRESS_SESSIONS=8 how many sessions.

use strict;
use warnings;
use FindBin;
use lib $FindBin::RealBin;
use PgPromptTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $seconds  = $ENV{STRESS_SECONDS}  // 12;
my $sessions = $ENV{STRESS_SESSIONS} // 8;

my $node = start_node('stress', 'max_connections = 40', 'max_prepared_transactions = 10');
$node->safe_psql('postgres', q{
	INSERT INTO prompt.prompt_templates (id, name, version, template_text) VALUES
		('00000000-0000-0000-0000-00000000000a', 'p', 1, 'Hello'), ('00000000-0000-0000-0000-00000000000b', 'p', 2, 'Hi');
	INSERT INTO prompt.ab_test_experiments
		(id, name, prompt_name, primary_metric, layer, started_at, traffic, entered, metrics, windows, allocations, method,
		 covariate, auto_complete, minimum_sample_size) VALUES
		('00000000-0000-0000-0000-0000000000e1', 'at once', 'p', 'success_rate', 'l', now(), '[0,1000)', '{"{[0,1000)}"}',
		 '{success_rate,executions_per_user,cost_usd,metadata.words}', '{0,0,0,0}', '[{"A": 5000, "B": 5000}]', 'always_valid',
		 'metadata.words', false, 100),
		('00000000-0000-0000-0000-0000000000e2', 'in windows', 'p', 'conversion', 'l', now(), '[5000,10000)', '{"{[5000,10000)}"}',
		 '{conversion,rating,success_rate}', '{2 seconds,5 seconds,0}', '[{"A": 5000, "B": 5000}]', 'e_process',
		 NULL, true, 1000000);
	INSERT INTO prompt.ab_test_variants (experiment_id, name, ordinal, template_id, weight, is_control, buckets)
	SELECT e.id, v.name, v.ordinal, v.template, 50, v.ordinal = 1, v.buckets FROM prompt.ab_test_experiments e,
		(VALUES ('A', 1, '00000000-0000-0000-0000-00000000000a'::uuid, '{[0,5000)}'::int4multirange),
				('B', 2, '00000000-0000-0000-0000-00000000000b', '{[5000,10000)}')) AS v (name, ordinal, template, buckets);
	UPDATE prompt.ab_test_experiments SET status = 'running';

	CREATE FUNCTION add(how_many int) RETURNS void LANGUAGE sql AS $$
		INSERT INTO prompt.prompt_executions (template_id, experiment_id, variant, allocation_epoch, user_id, status,
			conversion_metric, rating, cost_usd, response_time_ms, input_tokens, metadata, guardrails_evaluated, created_at)
		SELECT ('00000000-0000-0000-0000-00000000000' || (array['a', 'b'])[1 + (r.u * 10)::int % 2])::uuid,
			   CASE WHEN r.e < 3 THEN ('00000000-0000-0000-0000-0000000000e' || r.e)::uuid END,
			   CASE WHEN r.e < 3 THEN (array['A', 'B'])[1 + (r.v * 1.02)::int] END,
			   CASE WHEN r.e < 3 THEN e.allocation_epoch END, 'u' || floor(r.u * 60),
			   (array['pending', 'success', 'error', 'timeout', 'blocked'])[1 + floor(random() * 5)],
			   CASE WHEN random() < 0.3 THEN floor(random() * 3) END, CASE WHEN random() < 0.3 THEN 1 + floor(random() * 5) END,
			   round(random()::numeric, 4), floor(random() * 1000), floor(random() * 100),
			   jsonb_build_object('words', floor(random() * 50)),
			   CASE WHEN random() < 0.3 THEN '[{"rule": "r1", "passed": false}, {"rule": "r2", "passed": true}]'::jsonb END,
			   clock_timestamp() - random() * interval '4 seconds'
		  FROM (SELECT n, random() AS u, 0.4 * random() + 0.4 * (random() < 0.5)::int AS v, 1 + floor(random() * 3)::int AS e
				  FROM generate_series(1, how_many) AS n) AS r
		  LEFT JOIN prompt.ab_test_experiments e ON e.id = ('00000000-0000-0000-0000-0000000000e' || r.e)::uuid
	$$;

	-- One random change; what it does to other sessions' rows may fail as any such change may.
	CREATE PROCEDURE change() LANGUAGE plpgsql AS $$
	DECLARE
		dice constant float8 := random();
		users constant text[] := ARRAY(SELECT 'u' || floor(random() * 60) FROM generate_series(1, 2));
	BEGIN
		IF dice < 0.35 THEN PERFORM add(1);
		ELSIF dice < 0.45 THEN PERFORM add(20);
		ELSIF dice < 0.6 THEN
			UPDATE prompt.prompt_executions SET status = 'success', cost_usd = cost_usd + 0.5,
				conversion_metric = coalesce(conversion_metric, 0) + 1 WHERE user_id = ANY (users);
		ELSIF dice < 0.65 THEN
			UPDATE prompt.prompt_executions SET rating = 1 + floor(random() * 5), metadata = '{}' WHERE user_id = ANY (users);
		ELSIF dice < 0.72 THEN
			DELETE FROM prompt.prompt_executions WHERE user_id = ANY (users) AND random() < 0.5;
		ELSIF dice < 0.75 THEN
			UPDATE prompt.prompt_executions SET user_id = 'u' || floor(random() * 60) WHERE user_id = ANY (users) AND random() < 0.3;
		ELSIF dice < 0.78 THEN
			UPDATE prompt.prompt_executions SET created_at = created_at - random() * interval '2 hours', id = prompt.uuid_v7()
			 WHERE user_id = ANY (users) AND random() < 0.3;
		ELSIF dice < 0.8 THEN
			WITH gone AS (DELETE FROM prompt.prompt_executions WHERE user_id = users[1] RETURNING *),
				 rated AS (UPDATE prompt.prompt_executions SET rating = 5 WHERE user_id = users[2] RETURNING 1)
			INSERT INTO prompt.prompt_executions SELECT * FROM gone WHERE random() < 0.7;
		ELSIF dice < 0.84 THEN PERFORM prompt.fold(50);
		ELSIF dice < 0.86 THEN
			PERFORM prompt.set_allocation('at once', jsonb_build_object('A', 50 + d, 'B', 50 - d), 0.1 + d / 100.0)
			   FROM floor(random() * 40) AS d;
		ELSE
			-- a savepoint, rolled back or not
			BEGIN
				PERFORM add(1 + floor(random() * 5)::int);
				UPDATE prompt.prompt_executions SET rating = 3 WHERE user_id = ANY (users);
				IF random() < 0.5 THEN RAISE EXCEPTION 'never mind' USING ERRCODE = 'ZZ001'; END IF;
			EXCEPTION WHEN SQLSTATE 'ZZ001' THEN NULL;
			END;
		END IF;
	END $$;

	CREATE PROCEDURE stress(seconds float8) LANGUAGE plpgsql AS $$
	DECLARE
		stop constant timestamptz := clock_timestamp() + make_interval(secs => seconds);
	BEGIN
		WHILE clock_timestamp() < stop LOOP
			FOR i IN 1 .. 1 + floor(random() * 4) LOOP
				BEGIN
					CALL change();
				EXCEPTION WHEN serialization_failure OR deadlock_detected OR invalid_transaction_state THEN NULL;
				END;
			END LOOP;
			IF random() < 0.2 THEN ROLLBACK; END IF;
			-- of the next transaction
			PERFORM set_config('default_transaction_isolation',
				CASE WHEN random() < 0.15 THEN 'repeatable read' ELSE 'read committed' END, false);
			COMMIT;
		END LOOP;
	END $$;
});

my @workers;
for my $i (1 .. $sessions)
{
	my ($out, $err) = ('', '');
	push @workers, {
		out => \$out,
		err => \$err,
		run => IPC::Run::start(
			[ $node->installed_command('psql'), '-X', '-v', 'ON_ERROR_STOP=1', '-d', $node->connstr('postgres'),
				'-c', "SELECT setseed($i / 100.0)", '-c', "CALL stress($seconds)" ],
			'>', \$out, '2>', \$err)
	};
}

my $end     = time() + $seconds;
my $looks   = 0;
my $wrong   = '';
my $mended  = 0;
while (time() < $end)
{
	$wrong .= $node->safe_psql('postgres', 'SELECT * FROM prompt.verify_metrics()');
	# Compaction, upkeep and rebuilding go on meanwhile; there must be nothing to mend.
	$node->safe_psql('postgres', 'SELECT * FROM prompt.maintain()');
	$mended += $node->safe_psql('postgres', 'SELECT prompt.rebuild_metrics()') if $looks % 3 == 2;
	$looks++;
}
$_->{run}->finish for @workers;
is(join('', map { ${ $_->{err} } } @workers), '', 'no session failed');
cmp_ok($looks, '>', 1, "looked $looks times meanwhile");
is($wrong, '', 'the figures were right whenever one looked');
is($mended, 0, 'there was nothing to mend');

my $executions = $node->safe_psql('postgres', 'SELECT count(*) FROM prompt.prompt_executions');
cmp_ok($executions, '>', 100, "$executions executions are left");
is($node->safe_psql('postgres', 'SELECT * FROM prompt.verify_metrics()'), '', 'the figures are right at the end');
sleep 6;
cmp_ok($node->safe_psql('postgres', 'SELECT prompt.fold()'), '>=', 0, 'everything is folded');
is($node->safe_psql('postgres', 'SELECT count(*) FROM prompt.prompt_subject_queue'), '0', 'nothing is queued');
is($node->safe_psql('postgres', 'SELECT * FROM prompt.verify_metrics()'), '', 'the figures are right after folding');
cmp_ok($node->safe_psql('postgres', 'SELECT count(*) FROM prompt.prompt_subjects WHERE is_crossover'), '>', 0,
	'there were crossovers');
cmp_ok($node->safe_psql('postgres', q{SELECT allocation_epoch FROM prompt.ab_test_experiments WHERE name = 'at once'}), '>', 3,
	'weights and traffic were changed');
cmp_ok($node->safe_psql('postgres', 'SELECT count(DISTINCT (first_epoch, entry_epoch)) FROM prompt.prompt_subjects'), '>', 3,
	'there were strata of different entry');
cmp_ok($node->safe_psql('postgres', q{SELECT bet_users FROM prompt.ab_test_progress WHERE bets <> '{}'}), '>', 0,
	'users were bet on');
is($node->safe_psql('postgres', q{SELECT count(*) FROM prompt.experiment_results('at once')}), '8', 'the experiment can be read');
unlike(slurp_file($node->logfile), qr/were not folded/, 'no folding failed');
unlike(slurp_file($node->logfile), qr/was not attended to: (?!canceling statement due to lock timeout)/, 'nothing beside it failed');

done_testing();
