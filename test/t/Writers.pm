# Sessions that record executions, and what the server acknowledged to them, to hold it to after an accident.
package Writers;

use strict;
use warnings;
use PostgreSQL::Test::Utils;
use PgPromptTest;
use Test::More;

# A live prompt with an experiment on it, in database $database of $node.
sub prepare
{
	my ($node, $database) = @_;
	$node->safe_psql($database, q{
	SET client_min_messages = warning;
	SELECT prompt.create_prompt('greeting', 'Hello {{ name }}');
	SELECT prompt.activate_version('greeting', 1);
	SELECT prompt.create_version('greeting', 'Hi {{ name }}', 'shorter');
	SELECT prompt.create_guardrail('no secrets', 'keyword', '{"keywords": ["secret"]}');
	SELECT prompt.create_experiment('short or long', 'greeting',
		'[{"name": "long", "version": 1, "weight": 50}, {"name": "short", "version": 2, "weight": 50}]', 'success_rate');
	SELECT prompt.start_experiment('short or long')});
	return;
}

# $bytes is about the size of a response.
sub new
{
	my ($class, $node, $database, $count, $bytes) = @_;
	my $template = $node->safe_psql($database, q{SELECT id FROM prompt.prompt_templates WHERE name = 'greeting' AND is_active});
	my $self = bless {
		node => $node, database => $database, count => $count, template => $template, bytes => $bytes // 10,
		dir => PostgreSQL::Test::Utils::tempdir, acknowledged => {}, runs => [] }, $class;
	$self->_write_script("$self->{dir}/writer$_.sql") for 1 .. $count;
	return $self;
}

sub _write_script
{
	my ($self, $path) = @_;
	open(my $file, '>', $path) or die $!;
	for my $n (1 .. 4000)
	{
		my $user = 'user ' . int(rand(200));
		print $file $n % 5 == 0
		  ? "INSERT INTO prompt.prompt_executions (template_id, user_id, status, response_time_ms, cost_usd, response_text) "
		  . "SELECT '$self->{template}', '$user', 'success', n, 0.001, repeat(md5(n::text), $self->{bytes} / 32) FROM generate_series(1, 20) AS n RETURNING id;\n"
		  : "SELECT execution_id FROM prompt.render_prompt('greeting', '{\"name\": \"Ada\"}', user_id => '$user');\n";
		print $file "UPDATE prompt.prompt_executions SET rating = 1 + $n % 5, status = 'success' WHERE user_id = '$user' AND rating IS NULL;\n"
		  if $n % 3 == 0;
	}
	close $file;
	return;
}

# A writer prints the id of each execution as soon as the server has committed it.
sub start
{
	my ($self) = @_;
	for my $i (1 .. $self->{count})
	{
		push @{ $self->{runs} }, IPC::Run::start(
			[ 'psql', '-X', '-q', '-A', '-t', '-f', "$self->{dir}/writer$i.sql", $self->{node}->connstr($self->{database}) ],
			'>', "$self->{dir}/out$i", '2>', "$self->{dir}/err$i");
	}
	return;
}

# Ends those that the accident has not ended, and notes what was acknowledged.
sub stop
{
	my ($self) = @_;
	for my $run (@{ $self->{runs} })
	{
		$run->kill_kill(grace => 2) if $run->pumpable;
		eval { $run->finish };
	}
	$self->{runs} = [];
	for my $i (1 .. $self->{count})
	{
		$self->note_ids("$self->{dir}/out$i");
	}
	return;
}

# Notes the ids in the output of a session; its last line may have been cut.
sub note_ids
{
	my ($self, $path) = @_;
	$self->{acknowledged}{$_} = 1 for grep { /^[0-9a-f-]{36}$/ } split /\n/, slurp_file($path);
	return;
}

# Waits until they have written $rows more.
sub wait_for_rows
{
	my ($self, $rows) = @_;
	my $before = $self->{node}->safe_psql($self->{database}, 'SELECT count(*) FROM prompt.prompt_executions');
	$self->{node}->poll_query_until($self->{database}, "SELECT count(*) >= $before + $rows FROM prompt.prompt_executions")
	  or die 'nothing is written';
	return;
}

sub errors
{
	my ($self) = @_;
	return join '', map { slurp_file("$self->{dir}/err$_") } 1 .. $self->{count};
}

# Every acknowledged execution is there (on $node, if another took over), every figure right.
sub check
{
	my ($self, $what, $node) = @_;
	$node //= $self->{node};
	my %there = map { $_ => 1 } split /\n/, $node->safe_psql($self->{database}, 'SELECT id FROM prompt.prompt_executions');
	my $acknowledged = keys %{ $self->{acknowledged} };
	my @lost = grep { !$there{$_} } keys %{ $self->{acknowledged} };
	cmp_ok($acknowledged, '>', 0, "$what: something was acknowledged");
	is("@lost", '', "$what: all $acknowledged acknowledged executions are there");
	is($node->safe_psql($self->{database}, 'SELECT * FROM prompt.verify_metrics()'), '', "$what: the figures equal a recount");
	is( $node->safe_psql($self->{database}, q{
			SELECT (SELECT count(*) FROM prompt.prompt_executions) - (SELECT sum(total_executions) FROM prompt.prompt_template_performance)}),
		'0', "$what: the view counts every row");
	return;
}

1;
