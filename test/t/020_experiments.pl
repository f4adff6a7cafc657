# What experiments promise, through assignment, triggers, folder and readings: an always-valid test on users who come
# back and are looked at again and again, traffic and weights that change together while the base rate drifts, and a
# variant that only converts sooner. No variant has an effect; each trap is shown to catch the ordinary reading.
#
# RUNS=12 is how many experiments of each kind; SEED=1. With RUNS=200 the shares themselves can be seen.

use strict;
use warnings;
use FindBin;
use lib $FindBin::RealBin;
use PgPromptTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $runs = $ENV{RUNS} // 12;
my $seed = $ENV{SEED} // 1;

my $node = start_node('experiments');
$node->safe_psql('postgres', q{
	SELECT prompt.create_prompt('p', 'Hello'), prompt.create_version('p', 'Hi'), prompt.activate_version('p', 1);

	CREATE FUNCTION start(run text, weight_a int, share float8, metric text, delay text, planned int) RETURNS uuid LANGUAGE plpgsql AS $$
	BEGIN
		PERFORM prompt.create_experiment(run, 'p', jsonb_build_array(
			jsonb_build_object('name', 'a', 'version', 1, 'weight', weight_a),
			jsonb_build_object('name', 'b', 'version', 2, 'weight', 100 - weight_a)), metric, layer => run,
			traffic_share => share, metric_windows => jsonb_build_object(metric, delay), planned_sample_size => planned);
		-- the same groups whenever the test is run
		UPDATE prompt.ab_test_experiments SET salt = 'salt of ' || run WHERE name = run;
		RETURN prompt.start_experiment(run);
	END $$;

	-- p of an ordinary test of two rates
	CREATE FUNCTION plain_p(x_a bigint, n_a bigint, x_b bigint, n_b bigint) RETURNS float8 LANGUAGE sql AS $$
		SELECT coalesce((SELECT p_value FROM prompt.two_proportion_test(x_a, n_a, x_b, n_b) WHERE n_a > 30 AND n_b > 30), 1) $$;

	-- Returning users: 300 of ten rows each in random order, correlation .3 within a user; a look every 100 rows.
	CREATE FUNCTION peeking(runs int, OUT always_valid int, OUT on_rows int) LANGUAGE plpgsql AS $$
	DECLARE
		target uuid;
		rejects boolean;
		rejects_rows boolean;
	BEGIN
		always_valid := 0;
		on_rows := 0;
		FOR run IN 1 .. runs LOOP
			target := start('peek ' || run, 50, 1, 'success_rate', '0', 300);
			CREATE TEMP TABLE arrival AS
				SELECT row_number() OVER (ORDER BY random()) AS n, u, CASE WHEN user_rate < .5 THEN .226 ELSE .774 END AS rate
				  FROM (SELECT u, random() AS user_rate FROM generate_series(1, 300) AS u) AS users, generate_series(1, 10);
			rejects := false;
			rejects_rows := false;
			FOR look IN 1 .. 30 LOOP
				INSERT INTO prompt.prompt_executions (template_id, experiment_id, variant, allocation_epoch, user_id, status)
				SELECT p.template_id, p.experiment_id, p.variant, p.allocation_epoch, 'u' || a.u, CASE WHEN random() < a.rate THEN 'success' ELSE 'error' END
				  FROM arrival a, LATERAL prompt.get_active_prompt('p', 'u' || a.u) AS p
				 WHERE a.n > 100 * (look - 1) AND a.n <= 100 * look;
				rejects := rejects OR EXISTS (SELECT FROM prompt.experiment_results('peek ' || run) AS r
											   WHERE r.metric = 'success_rate' AND r.always_valid_p <= .05);
				rejects_rows := rejects_rows OR (SELECT plain_p(count(*) FILTER (WHERE variant = 'a' AND status = 'success'), count(*) FILTER (WHERE variant = 'a'),
																count(*) FILTER (WHERE variant = 'b' AND status = 'success'), count(*) FILTER (WHERE variant = 'b')) <= .05
												   FROM prompt.prompt_executions x WHERE x.experiment_id = target);
			END LOOP;
			always_valid := always_valid + rejects::int;
			on_rows := on_rows + rejects_rows::int;
			DROP TABLE arrival;
			PERFORM prompt.cancel_experiment('peek ' || run);
		END LOOP;
	END $$;

	-- A ramp: 10 % of the traffic at 90/10, then all of it at 50/50; the base rate goes from .15 to .35 meanwhile.
	CREATE FUNCTION ramp(runs int, OUT stratified int, OUT pooled int, OUT alarms int, OUT strata int) LANGUAGE plpgsql AS $$
	DECLARE
		target uuid;
		p_stratified float8;
		p_pooled float8;
	BEGIN
		stratified := 0;
		pooled := 0;
		alarms := 0;
		FOR run IN 1 .. runs LOOP
			target := start('ramp ' || run, 90, .1, 'success_rate', '0', 2000);
			-- those of the first days who come early, then everybody else
			FOR phase IN 1 .. 2 LOOP
				INSERT INTO prompt.prompt_executions (template_id, experiment_id, variant, allocation_epoch, user_id, status)
				SELECT p.template_id, p.experiment_id, p.variant, p.allocation_epoch, u.name,
					   CASE WHEN random() < CASE phase WHEN 1 THEN .15 ELSE .35 END THEN 'success' ELSE 'error' END
				  FROM (SELECT 'u' || n AS name FROM generate_series(CASE phase WHEN 1 THEN 1 ELSE 7501 END, CASE phase WHEN 1 THEN 8000 ELSE 9000 END) AS n) AS u,
					   LATERAL prompt.get_active_prompt('p', u.name) AS p
				 WHERE p.experiment_id = target AND NOT EXISTS (SELECT FROM prompt.prompt_executions x WHERE x.experiment_id = target AND x.user_id = u.name);
				IF phase = 1 THEN
					PERFORM prompt.set_allocation('ramp ' || run, '{"a": 50, "b": 50}', 1);
				END IF;
			END LOOP;
			SELECT r.p_value INTO p_stratified FROM prompt.experiment_results('ramp ' || run) AS r WHERE r.metric = 'success_rate' AND NOT r.is_control;
			SELECT plain_p(count(*) FILTER (WHERE variant = 'a' AND status = 'success'), count(*) FILTER (WHERE variant = 'a'),
						   count(*) FILTER (WHERE variant = 'b' AND status = 'success'), count(*) FILTER (WHERE variant = 'b'))
			  INTO p_pooled FROM prompt.prompt_executions x WHERE x.experiment_id = target;
			stratified := stratified + (p_stratified <= .05)::int;
			pooled := pooled + (p_pooled <= .05)::int;
			alarms := alarms + ((SELECT srm_p FROM prompt.experiment_verdict('ramp ' || run)) < .01)::int;
			PERFORM prompt.cancel_experiment('ramp ' || run);
		END LOOP;
		PERFORM prompt.fold();
		SELECT count(DISTINCT (first_epoch, entry_epoch)) INTO strata FROM prompt.prompt_subjects s
		  JOIN prompt.ab_test_experiments e ON e.id = s.experiment_id WHERE e.name LIKE 'ramp%';
	END $$;

	-- A variant that only converts sooner: 20 % in both arms, within a day in b, within a week in a; four weeks of users.
	CREATE FUNCTION sooner(runs int, delay text, OUT rejected int) LANGUAGE plpgsql AS $$
	DECLARE
		run_name text;
	BEGIN
		rejected := 0;
		FOR run IN 1 .. runs LOOP
			run_name := format('sooner %s %s', run, delay);
			PERFORM start(run_name, 50, 1, 'conversion', delay, 2800);
			INSERT INTO prompt.prompt_executions (id, template_id, experiment_id, variant, allocation_epoch, user_id, status, conversion_metric, created_at)
			SELECT prompt.uuid_v7(c.at), p.template_id, p.experiment_id, p.variant, p.allocation_epoch, 'u' || u, 'success', 0, c.at
			  FROM generate_series(1, 2800) AS u, LATERAL prompt.get_active_prompt('p', 'u' || u) AS p,
				   LATERAL (SELECT now() - u * interval '4 weeks' / 2800 AS at) AS c;
			UPDATE prompt.prompt_executions x SET conversion_metric = 1
			  FROM prompt.ab_test_experiments e
			 WHERE e.name = run_name AND x.experiment_id = e.id AND random() < .2
			   AND x.created_at + random() * CASE x.variant WHEN 'b' THEN interval '1 day' ELSE interval '7 days' END <= now();
			rejected := rejected + ((SELECT r.p_value FROM prompt.experiment_results(run_name) AS r
									  WHERE r.metric = 'conversion' AND NOT r.is_control) <= .05)::int;
			PERFORM prompt.cancel_experiment(run_name);
		END LOOP;
	END $$;
});

# The largest number of false alarms that a rate of .05 exceeds less than once in a thousand.
sub most_of_five_percent
{
	my ($n) = @_;
	my ($sum, $term, $k) = (0, 0.95**$n, 0);
	while (1)
	{
		$sum += $term;
		return $k if $sum > 0.999;
		$term *= ($n - $k) / ($k + 1) * 0.05 / 0.95;
		$k++;
	}
}
my $most = most_of_five_percent($runs);

sub ask { return split /\|/, $node->safe_psql('postgres', "SELECT setseed($seed / 1000.0); SELECT * FROM $_[0]") =~ s/^\s+//r }

my ($always_valid, $on_rows) = ask("peeking($runs)");
cmp_ok($always_valid, '<=', $most, "peeking, returning users: $always_valid of $runs always-valid tests reject");
cmp_ok($on_rows, '>=', $runs / 3, "peeking: an ordinary test on rows rejects in $on_rows");

my ($stratified, $pooled, $alarms, $strata) = ask("ramp($runs)");
cmp_ok($stratified, '<=', $most, "ramp of traffic and weights: $stratified of $runs stratified tests reject");
cmp_ok($pooled, '>=', $runs / 2, "ramp: an ordinary test rejects in $pooled");
cmp_ok($alarms, '<=', 1, "ramp: $alarms false alarms of the sample ratio");
is($strata, 3, 'ramp: strata by first exposure and by entry');

my ($at_close) = ask("sooner($runs, '7 days')");
my ($at_once) = ask("sooner($runs, '0')");
cmp_ok($at_close, '<=', $most, "only sooner: $at_close of $runs tests reject with a window");
cmp_ok($at_once, '>', $at_close, "only sooner: $at_once reject without");

is($node->safe_psql('postgres', 'SELECT prompt.fold() >= 0; SELECT * FROM prompt.verify_metrics()'), 't', 'the figures are right');
unlike(slurp_file($node->logfile), qr/were not folded|was not attended/, 'nothing failed');
done_testing();
