# A primary that is killed under writers, and its synchronous standby that takes over: every acknowledged execution is there, and what
# is read and counted there goes on. While it is a standby, it is read beside the writers.
#
# ACCIDENT_ROUNDS=20 is how often (2 by default); a round takes a base backup.

use strict;
use warnings;
use FindBin;
use lib $FindBin::RealBin;
use PgPromptTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Writers;

my $rounds = $ENV{ACCIDENT_ROUNDS} // 2;

my $primary = start_node('primary0', 'max_connections = 40', 'max_standby_streaming_delay = 60s', 'synchronous_commit = remote_apply');
Writers::prepare($primary, 'postgres');
my %acknowledged;

for my $round (1 .. $rounds)
{
	$primary->backup("base$round");
	my $standby = PostgreSQL::Test::Cluster->new("primary$round");
	$standby->init_from_backup($primary, "base$round", has_streaming => 1);
	$standby->append_conf('postgresql.conf', "synchronous_standby_names = ''");
	$standby->start;
	$primary->wait_for_catchup($standby);
	$primary->safe_psql('postgres', q{ALTER SYSTEM SET synchronous_standby_names = '*'});
	$primary->reload;
	$primary->poll_query_until('postgres', q{SELECT EXISTS (SELECT FROM pg_stat_replication WHERE sync_state = 'sync')}) or die 'no synchronous standby';

	my $writers = Writers->new($primary, 'postgres', 8);
	$writers->{acknowledged} = \%acknowledged;
	$writers->start;
	my $wrong = '';
	for (1 .. 5)
	{
		$writers->wait_for_rows(100);
		$wrong .= $standby->safe_psql('postgres', 'SELECT * FROM prompt.verify_metrics()');
		$standby->safe_psql('postgres', $_) for
		  q{SELECT count(g) FROM generate_series(1, 20) AS n, prompt.get_prompt('greeting', '{"name": "Ada"}', user_id => 'user ' || n) AS g},
		  q{SELECT count(r) FROM prompt.experiment_results('short or long') AS r},
		  q{SELECT code FROM prompt.experiment_verdict('short or long')};
	}
	is($wrong, '', "round $round: read beside writers, the standby's figures are right");
	$primary->kill9;
	$writers->stop;
	$standby->promote;
	$standby->poll_query_until('postgres', 'SELECT NOT pg_is_in_recovery()') or die 'not promoted';
	$writers->check("round $round", $standby);
	$primary = $standby;
	my $after = Writers->new($primary, 'postgres', 8);
	$after->{acknowledged} = \%acknowledged;
	$after->start;
	$after->wait_for_rows(200);
	$after->stop;
	$after->check("round $round, promoted and written to");
	# The next round is as long as this one.
	$primary->safe_psql('postgres', 'TRUNCATE prompt.prompt_executions');
	is($primary->safe_psql('postgres', 'SELECT * FROM prompt.verify_metrics()'), '', "round $round: the figures are right when all is gone");
	%acknowledged = ();
}

$primary->stop;
done_testing();
