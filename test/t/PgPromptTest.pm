# What the TAP tests share.
package PgPromptTest;

use strict;
use warnings;
use Exporter 'import';
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Time::HiRes;

our @EXPORT = qw(start_node create_live_prompt milliseconds kill_server start_again wait_until_ready);

# A running server with the extension and its tables in database postgres.
sub start_node
{
	my ($name, @settings) = @_;
	my $node = PostgreSQL::Test::Cluster->new($name);
	$node->init(allows_streaming => 1);
	$node->append_conf('postgresql.conf', $_) for @settings;
	$node->start;
	$node->safe_psql('postgres',
		'CREATE EXTENSION pg_prompt; SELECT prompt.install()');
	return $node;
}

# A prompt with one active version; returns the version's id.
sub create_live_prompt
{
	my ($node, $name, $template) = @_;
	return $node->safe_psql(
		'postgres', qq{
		SET client_min_messages = warning;
		DO \$\$ BEGIN PERFORM prompt.create_prompt('$name', '$template'); END \$\$;
		DO \$\$ BEGIN PERFORM prompt.activate_version('$name', 1); END \$\$;
		SELECT id FROM prompt.prompt_templates WHERE name = '$name' AND is_active});
}

# kill -9. A killed process stays a zombie until its parent takes note, and the server takes a zombie for alive.
sub kill_server
{
	my ($node) = @_;
	my $pid = (split /\n/, slurp_file($node->data_dir . '/postmaster.pid'))[0];
	$node->kill9;
	for (1 .. 10 * $PostgreSQL::Test::Utils::timeout_default)
	{
		return unless kill 0, $pid;
		Time::HiRes::usleep(100_000);
	}
	die "process $pid does not end";
}

# After kill_server: its backends take their time to notice.
sub start_again
{
	my ($node) = @_;
	for (1 .. 20)
	{
		return if $node->start(fail_ok => 1);
		Time::HiRes::usleep(500_000);
	}
	$node->start;
	return;
}

# After a backend has been killed: the server restarts. (poll_query_until() dies where psql ends before it has read its query.)
sub wait_until_ready
{
	my ($node) = @_;
	for (1 .. 10 * $PostgreSQL::Test::Utils::timeout_default)
	{
		return if IPC::Run::run([ $node->installed_command('pg_isready'), '-q', '-d', $node->connstr('postgres') ]);
		Time::HiRes::usleep(100_000);
	}
	die 'the server does not get ready';
}

sub milliseconds { return Time::HiRes::time() * 1000 }

1;
