# LISTEN prompt_events: activations, experiments' states, and blocked requests where the setting asks for them.

use strict;
use warnings;
use FindBin;
use lib $FindBin::RealBin;
use PgPromptTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = start_node('events');

# The payloads that a session gets for what it does itself, without what differs from run to run.
sub events_of
{
	my ($sql) = @_;
	my $out = $node->safe_psql('postgres', "LISTEN prompt_events; $sql; SELECT 1");
	my @events = $out =~ /notification "prompt_events" with payload "(.*)" received/g;
	s/[0-9a-f]{8}-[0-9a-f-]{27}/UUID/g for @events;
	s/"at": "[^"]*"/"at": ""/ for @events;
	return join("\n", @events);
}

$node->safe_psql('postgres', q{
	SELECT prompt.create_prompt('greeting', 'Hello {{ name }}');
	SELECT prompt.create_version('greeting', 'Hi {{ name }}', 'shorter');
	SELECT prompt.create_guardrail('no secrets', 'keyword', '{"keywords": ["secret"]}', enforcement => 'blocking')});

is(events_of(q{SELECT prompt.activate_version('greeting', 1)}),
	'{"at": "", "event": "activated", "prompt": "greeting", "version": 1, "tenant_id": "", "template_id": "UUID"}',
	'an activation');
is(events_of(q{SELECT prompt.activate_version('greeting', 2)}), join("\n",
	'{"at": "", "event": "deactivated", "prompt": "greeting", "version": 1, "tenant_id": "", "template_id": "UUID"}',
	'{"at": "", "event": "activated", "prompt": "greeting", "version": 2, "tenant_id": "", "template_id": "UUID"}'),
	'one version takes the place of another');
is(events_of(q{UPDATE prompt.prompt_templates SET description = 'x'}), '', 'nothing else about a prompt is announced');
is(events_of(q{BEGIN; SELECT prompt.activate_version('greeting', 1); ROLLBACK}), '', 'nothing that is rolled back');

is(events_of(q{
	SELECT prompt.create_experiment('short or long', 'greeting',
		'[{"name": "long", "version": 1, "weight": 50}, {"name": "short", "version": 2, "weight": 50}]', 'conversion')}),
	'', 'a draft is no news');
my $end = '"experiment": "short or long", "experiment_id": "UUID", "winner_template_id"';
sub about { my ($event, $winner) = @_;
	return qq({"at": "", "event": "$event", "prompt": "greeting", "tenant_id": "", $end: $winner}) }
is(events_of(q{SELECT prompt.start_experiment('short or long')}), about('experiment_started', 'null'), 'a start');
is(events_of(q{SELECT prompt.pause_experiment('short or long')}), about('experiment_paused', 'null'), 'a pause');
is(events_of(q{SELECT prompt.resume_experiment('short or long')}), about('experiment_resumed', 'null'), 'its end');
like(events_of(q{SELECT prompt.declare_winner('short or long', 'short', activate => false)}), qr/"experiment_completed".*"winner_template_id": "UUID"/,
	'a completion names the winner');

my $blocked = q{SELECT blocked FROM prompt.render_prompt('greeting', '{"name": "my secret"}', version => 1)};
is(events_of($blocked), '', 'blocked requests are not announced by default');
is(events_of("SET prompt.notify_blocks = on; $blocked; $blocked; SELECT blocked FROM prompt.render_prompt('greeting', '{\"name\": \"Ada\"}')"),
	join("\n", ('{"event": "blocked", "execution_id": "UUID", "template_id": "UUID", "tenant_id": ""}') x 2), 'but with the setting');
is(events_of(q{SET prompt.notify_blocks = on; SET prompt.tenant_id = 'a"b';
	UPDATE prompt.prompt_executions SET status = 'blocked', tenant_id = 'a"b' WHERE status = 'pending';
	UPDATE prompt.prompt_executions SET rating = 1 WHERE status = 'blocked'}),
	'{"event": "blocked", "execution_id": "UUID", "template_id": "UUID", "tenant_id": "a\"b"}', 'once, when it is blocked');

$node->stop;
done_testing();
