# Read paths never write: choosing, rendering, checking and reading results work on a hot standby, and give what
# the primary gives.

use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use PgPromptTest;

my $primary = start_node('primary');
create_live_prompt($primary, 'greeting', 'Hello {{ name }}');
$primary->safe_psql(
	'postgres', q{
SELECT prompt.create_version('greeting', 'Hi {{ name }}', 'shorter');
SELECT prompt.create_guardrail('no secrets', 'keyword', '{"keywords": ["secret"]}');
SELECT prompt.create_experiment('short or long', 'greeting',
    '[{"name": "long", "version": 1, "weight": 50}, {"name": "short", "version": 2, "weight": 50}]', 'conversion');
SELECT prompt.start_experiment('short or long');
INSERT INTO prompt.prompt_executions (template_id, experiment_id, variant, allocation_epoch, user_id, status, conversion_metric)
SELECT v.template_id, v.experiment_id, v.name, 1, 'user ' || n, 'success', n % 2
  FROM generate_series(1, 300) AS n JOIN prompt.ab_test_variants v ON v.ordinal = 1 + n % 2;
});
$primary->backup('base');
my $standby = PostgreSQL::Test::Cluster->new('standby');
$standby->init_from_backup($primary, 'base', has_streaming => 1);
$standby->start;
$primary->wait_for_catchup($standby);
is($standby->safe_psql('postgres', 'SELECT pg_is_in_recovery()'), 't', 'the standby is one');

for my $question (
	q{SELECT prompt.render('Hello {{ name }}', '{"name": "Ada"}')},
	q{SELECT array_agg(prompt.select_variant('short or long', 'user ' || n) ORDER BY n) FROM generate_series(1, 100) AS n},
	q{SELECT g FROM generate_series(1, 20) AS n, prompt.get_prompt('greeting', '{"name": "Ada"}', user_id => 'user ' || n) AS g ORDER BY n},
	q{SELECT e FROM prompt.evaluate_guardrails('a secret') AS e},
	q{SELECT r FROM prompt.experiment_results('short or long') AS r},
	q{SELECT v FROM prompt.verify_metrics() AS v},
	q{SELECT p FROM prompt.prompt_template_performance AS p ORDER BY version},)
{
	is( $standby->safe_psql('postgres', $question),
		$primary->safe_psql('postgres', $question),
		"the same on both: $question");
}

my ($stdout, $stderr);
$standby->psql('postgres', q{SELECT prompt.render_prompt('greeting', '{"name": "Ada"}')}, stderr => \$stderr);
like($stderr, qr/read-only transaction/, 'recording is refused there');
for my $upkeep ('fold', 'maintain', 'rebuild_metrics')
{
	$standby->psql('postgres', "SELECT prompt.$upkeep()", stderr => \$stderr);
	like($stderr, qr/prompt\.$upkeep\(\) writes, and this server is a standby/, "so is $upkeep()");
}

$standby->promote;
$standby->safe_psql('postgres', q{SELECT execution_id FROM prompt.render_prompt('greeting', '{"name": "Ada"}')});
is($standby->safe_psql('postgres', 'SELECT * FROM prompt.verify_metrics()'),
	'', 'promoted, it records, and counts rightly');

$standby->stop;
$primary->stop;
done_testing();
