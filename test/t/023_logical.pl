# Logical replication of executions, metrics and totals: apply fires no statement trigger, so the figures are published with the
# executions; on the other side they are the same, and equal a recount there.
#
# ACCIDENT_ROUNDS=20 is how often it is written by many sessions meanwhile, and the subscriber killed (2 by default).

use strict;
use warnings;
use FindBin;
use lib $FindBin::RealBin;
use PgPromptTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Writers;

my $publisher = PostgreSQL::Test::Cluster->new('publisher');
$publisher->init(allows_streaming => 'logical');
$publisher->append_conf('postgresql.conf', 'max_connections = 40');
$publisher->start;
my $subscriber = PostgreSQL::Test::Cluster->new('subscriber');
$subscriber->init(allows_streaming => 'logical');
$subscriber->start;
$_->safe_psql('postgres', 'CREATE EXTENSION pg_prompt; SELECT prompt.install()') for $publisher, $subscriber;
create_live_prompt($publisher, 'greeting', 'Hello {{ name }}');
$publisher->safe_psql('postgres', q{
	SELECT prompt.create_version('greeting', 'Hi {{ name }}', 'shorter');
	SELECT prompt.create_guardrail('no secrets', 'keyword', '{"keywords": ["secret"]}');
	SELECT prompt.create_experiment('short or long', 'greeting',
		'[{"name": "long", "version": 1, "weight": 50}, {"name": "short", "version": 2, "weight": 50}]', 'conversion',
		secondary_metrics => '{success_rate}', metric_windows => '{"conversion": "1 hour"}');
	SELECT prompt.start_experiment('short or long')});
sub write_some
{
	$publisher->safe_psql('postgres', q{
	INSERT INTO prompt.prompt_executions (template_id, experiment_id, variant, allocation_epoch, user_id, status,
	                                      conversion_metric, response_time_ms, guardrails_evaluated)
	SELECT v.template_id, v.experiment_id, v.name, 1, 'user ' || n, 'success', n % 2, n,
	       '[{"rule": "no secrets", "passed": true}]'
	  FROM generate_series(1, 300) AS n JOIN prompt.ab_test_variants v ON v.ordinal = 1 + n % 2});
}
write_some();

# As documented in doc/operations.md.
$publisher->safe_psql('postgres', q{
	CREATE PUBLICATION prompts FOR TABLE prompt.prompt_templates, prompt.prompt_labels, prompt.prompt_guardrails,
		prompt.ab_test_experiments, prompt.ab_test_variants, prompt.prompt_executions, prompt.prompt_metrics,
		prompt.prompt_guardrail_metrics, prompt.prompt_subjects, prompt.prompt_subject_queue, prompt.ab_test_statistics
	WITH (publish_via_partition_root = true)});
my $connection = $publisher->connstr . ' dbname=postgres';
$subscriber->safe_psql('postgres', "CREATE SUBSCRIPTION prompts CONNECTION '$connection' PUBLICATION prompts");
$subscriber->wait_for_subscription_sync($publisher, 'prompts');

sub same
{
	my ($what) = @_;
	$publisher->wait_for_catchup('prompts');
	is($subscriber->safe_psql('postgres', 'SELECT * FROM prompt.verify_metrics()'), '', "$what: the figures equal a recount there");
	for my $reading ('SELECT count(*) FROM prompt.prompt_executions',
		'SELECT p FROM prompt.prompt_template_performance AS p ORDER BY version',
		'SELECT p FROM prompt.prompt_guardrail_performance AS p ORDER BY name',
		q{SELECT r FROM prompt.experiment_results('short or long') AS r},
		'SELECT s FROM prompt.prompt_subjects AS s ORDER BY experiment_id, unit')
	{
		my $here = $publisher->safe_psql('postgres', $reading);
		is($subscriber->safe_psql('postgres', $reading), $here, "$what: the same there: " . substr($reading, 0, 60));
		isnt($here, '', 'and something') if $what eq 'copied';
	}
}

$publisher->safe_psql('postgres', 'SELECT prompt.fold()');
same('copied');
write_some();
$publisher->safe_psql('postgres', q{
	UPDATE prompt.prompt_executions SET rating = 4, cost_usd = 0.5 WHERE response_time_ms % 3 = 0;
	DELETE FROM prompt.prompt_executions WHERE response_time_ms % 7 = 0;
	SELECT prompt.fold()});
same('changed');
$publisher->safe_psql('postgres', q{SELECT * FROM prompt.maintain(); SELECT rows FROM prompt.forget_user('user 5')});
same('after upkeep');
unlike(slurp_file($subscriber->logfile), qr/ERROR/, 'nothing failed to apply');

# Many sessions write, and the subscriber is killed meanwhile; what it shows between is of one moment.
my $writers = Writers->new($publisher, 'postgres', 8);
for my $round (1 .. $ENV{ACCIDENT_ROUNDS} // 2)
{
	$writers->start;
	$writers->wait_for_rows(200);
	is($subscriber->safe_psql('postgres', 'SELECT * FROM prompt.verify_metrics()'), '', "round $round: right there beside writers");
	kill_server($subscriber);
	start_again($subscriber);
	$writers->wait_for_rows(200);
	$writers->stop;
	same("round $round");
	$writers->check("round $round, there", $subscriber);
}

# The subscriber takes over.
$subscriber->safe_psql('postgres', q{
	ALTER SUBSCRIPTION prompts DISABLE;
	ALTER SUBSCRIPTION prompts SET (slot_name = NONE);
	DROP SUBSCRIPTION prompts});
$subscriber->safe_psql('postgres', q{
	SELECT count(r) FROM generate_series(1, 50) AS n, prompt.render_prompt('greeting', '{"name": "Ada"}', user_id => 'user ' || n) AS r;
	UPDATE prompt.prompt_executions SET rating = 1 WHERE user_id = 'user 7';
	SELECT prompt.fold();
	SELECT * FROM prompt.maintain()});
is($subscriber->safe_psql('postgres', 'SELECT * FROM prompt.verify_metrics()'), '', 'on its own it counts on');

$_->stop for $subscriber, $publisher;
done_testing();
