# Prepared transactions hold what they have locked for as long as their owners like: whoever waits is told for whom.

use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use PgPromptTest;

my $node = start_node('prepared', 'max_prepared_transactions = 5');
$node->safe_psql('postgres', q{
	SELECT prompt.create_prompt('greeting', 'Hello'), prompt.create_version('greeting', 'Hi');
	SELECT prompt.create_experiment('e', 'greeting', '[{"name": "a", "version": 1, "weight": 50}, {"name": "b", "version": 2, "weight": 50}]', 'success_rate');
	SELECT prompt.start_experiment('e')});
my $record = q{
	INSERT INTO prompt.prompt_executions (template_id, status, user_id, experiment_id, variant, allocation_epoch)
	SELECT v.template_id, 'success', 'u', v.experiment_id, v.name, 1 FROM prompt.ab_test_variants v WHERE v.name = 'a'};

$node->safe_psql('postgres', "$record; BEGIN; SELECT prompt.fold(); PREPARE TRANSACTION 'it''s folded'");
my ($code, $out, $err) = $node->psql('postgres', "SET lock_timeout = '500ms'; SELECT prompt.rebuild_metrics()");
like($err, qr/WARNING:  waiting for the prepared transaction "it's folded"/, 'a rebuild says for whom it waits');
like($err, qr/HINT:  COMMIT PREPARED or ROLLBACK PREPARED ends it/, 'and how that ends');
like($err, qr/lock timeout/, 'and waits');
$node->safe_psql('postgres', $record);
is($node->safe_psql('postgres', 'SELECT * FROM prompt.verify_metrics()'), '', 'writers and readings go on meanwhile');

$node->safe_psql('postgres', "COMMIT PREPARED 'it''s folded'");
($code, $out, $err) = $node->psql('postgres', 'SELECT prompt.rebuild_metrics()');
is("$out$err", '0', 'without it there is nothing to wait for, nor to correct');

# Another database's, and one that has not folded, are nobody's business.
$node->safe_psql('postgres', "BEGIN; $record; PREPARE TRANSACTION 'recorded'");
($code, $out, $err) = $node->psql('postgres', 'SELECT prompt.rebuild_metrics()');
is("$out$err", '0', 'a prepared transaction that has only recorded is not waited for');
$node->safe_psql('postgres', "ROLLBACK PREPARED 'recorded'");

$node->stop;
done_testing();
