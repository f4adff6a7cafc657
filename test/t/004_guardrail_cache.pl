# Compiled rules are cached in each backend, and yet a change of rules holds from every session's next snapshot:
# the next statement in READ COMMITTED, the next transaction in REPEATABLE READ, on a standby, too.

use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use PgPromptTest;

my $node = start_node('rules', 'autovacuum = off');
$node->safe_psql('postgres', q{SELECT prompt.create_guardrail('word', 'keyword', '{"keywords": ["apple"]}')});

# Which of two words the rules find, as a session sees it.
my $found = q{SELECT coalesce(string_agg(w, ' ' ORDER BY w), 'none') FROM unnest(ARRAY['apple', 'pear']) AS w
               WHERE EXISTS (SELECT FROM prompt.evaluate_guardrails('an ' || w))};

sub set_word
{
	my ($word) = @_;
	return qq{UPDATE prompt.prompt_guardrails SET rule_config = '{"keywords": ["$word"]}' WHERE name = 'word'};
}

my $committed  = $node->background_psql('postgres', timeout => 120);
my $repeatable = $node->background_psql('postgres', timeout => 120);
my $writer     = $node->background_psql('postgres', timeout => 120);
for my $session ($committed, $repeatable, $writer)
{
	is($session->query_safe($found), 'apple', 'every session starts with the first rule');
}

# ---- another session's change ---------------------------------------------------------------------------------

$committed->query_safe('BEGIN ISOLATION LEVEL READ COMMITTED');
$repeatable->query_safe('BEGIN ISOLATION LEVEL REPEATABLE READ');
is($_->query_safe($found), 'apple', 'inside a transaction') for $committed, $repeatable;

$writer->query_safe('BEGIN');
$writer->query_safe(set_word('pear'));
is($writer->query_safe($found), 'pear', 'the writer sees its own change');
is($_->query_safe($found), 'apple', 'nobody else does before the commit') for $committed, $repeatable;
$writer->query_safe('COMMIT');

for my $time (1 .. 5)
{
	is($committed->query_safe($found), 'pear', "READ COMMITTED: the next statement has the new rule ($time)");
	is($repeatable->query_safe($found), 'apple', "REPEATABLE READ: the snapshot keeps the old one ($time)");
}
$_->query_safe('COMMIT') for $committed, $repeatable;
is($repeatable->query_safe($found), 'pear', 'the next transaction has the new one');

# ---- a change that is taken back ------------------------------------------------------------------------------

$writer->query_safe('BEGIN');
$writer->query_safe(set_word('apple'));
is($writer->query_safe($found), 'apple', 'the writer sees its change');
$writer->query_safe('ROLLBACK');
is($_->query_safe($found), 'pear', 'rolled back, it holds nowhere') for $writer, $committed, $repeatable;

$writer->query_safe('BEGIN');
$writer->query_safe('SAVEPOINT s');
$writer->query_safe(set_word('apple'));
is($writer->query_safe($found), 'apple', 'inside a savepoint');
$writer->query_safe('ROLLBACK TO SAVEPOINT s');
is($writer->query_safe($found), 'pear', 'rolled back to the savepoint');
$writer->query_safe(set_word('apple'));
$writer->query_safe('COMMIT');
is($_->query_safe($found), 'apple', 'changed again and committed') for $writer, $committed, $repeatable;

# ---- switching off, a second rule, deletion, truncation ---------------------------------------------------------

$node->safe_psql('postgres', q{SELECT prompt.deactivate_guardrail('word')});
is($committed->query_safe($found), 'none', 'deactivated');
$node->safe_psql('postgres', q{SELECT prompt.activate_guardrail('word')});
is($committed->query_safe($found), 'apple', 'activated');
$node->safe_psql('postgres', q{SELECT prompt.create_guardrail('second', 'keyword', '{"keywords": ["pear"]}')});
is($committed->query_safe($found), 'apple pear', 'a second rule');
$node->safe_psql('postgres', q{DELETE FROM prompt.prompt_guardrails WHERE name = 'second'});
is($committed->query_safe($found), 'apple', 'deleted');

# A rule that another tenant owns changes nothing here, one that is shared reaches every tenant.
my $tenant = $node->background_psql('postgres', timeout => 120);
$tenant->query_safe(q{SET prompt.tenant_id = 'acme'});
is($tenant->query_safe($found), 'apple', 'a tenant has the shared rule');
$tenant->query_safe(q{SELECT prompt.create_guardrail('own', 'keyword', '{"keywords": ["pear"]}')});
is($tenant->query_safe($found),    'apple pear', 'and its own');
is($committed->query_safe($found), 'apple',      'which is nobody else\'s');
$node->safe_psql('postgres', q{SELECT prompt.deactivate_guardrail('word')});
is($tenant->query_safe($found), 'pear', 'the shared rule goes for the tenant, too');
$node->safe_psql('postgres', q{SELECT prompt.activate_guardrail('word')});

# ---- a standby --------------------------------------------------------------------------------------------------

$node->backup('base');
my $standby = PostgreSQL::Test::Cluster->new('standby');
$standby->init_from_backup($node, 'base', has_streaming => 1);
$standby->start;
$node->wait_for_catchup($standby);
my $reader = $standby->background_psql('postgres', timeout => 120);
is($reader->query_safe($found), 'apple', 'a hot standby has the rules');
$reader->query_safe('BEGIN ISOLATION LEVEL REPEATABLE READ');
is($reader->query_safe($found), 'apple', 'inside a transaction');
$node->safe_psql('postgres', set_word('pear'));
$node->wait_for_catchup($standby);
is($reader->query_safe($found), 'apple', 'REPEATABLE READ on the standby keeps the old rule');
$reader->query_safe('COMMIT');
is($reader->query_safe($found), 'pear', 'the next snapshot has the new one');

$_->quit for $committed, $repeatable, $writer, $tenant, $reader;
$standby->stop;

$node->safe_psql('postgres', 'TRUNCATE prompt.prompt_guardrails');
is($node->safe_psql('postgres', $found), 'none', 'truncated');
$node->stop;
done_testing();
