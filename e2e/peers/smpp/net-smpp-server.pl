#!/usr/bin/perl
# A carrier by Net::SMPP: net-smpp-server.pl PORT REPLY_EVERY. A process a connection; all die with the first.
use strict;
use warnings;
use Net::SMPP;
use POSIX qw(strftime);

my ($port, $reply_every) = @ARGV;
my $parent = $$;
my $listener = Net::SMPP->new_listen('127.0.0.1', port => $port || undef, smpp_version => 0x34, interface_version => 0x34)
  or die "cannot listen: $!";
$| = 1;
print 'listening ' . $listener->sockport . "\n";
$SIG{CHLD} = 'IGNORE';
while (my $client = $listener->accept) {
  next if fork;
  close $listener;
  serve($client);
  exit;
}

sub serve {
  my ($me) = @_;
  $me->set_version(0x34);
  my $taken = 0;
  my %answers = (
    0x00000001 => sub { $me->bind_receiver_resp(system_id => 'perl', seq => $_[0]{seq}) },
    0x00000002 => sub { $me->bind_transmitter_resp(system_id => 'perl', seq => $_[0]{seq}) },
    0x00000009 => sub { $me->bind_transceiver_resp(system_id => 'perl', seq => $_[0]{seq}) },
    0x00000015 => sub { $me->enquire_link_resp(seq => $_[0]{seq}) },
    0x00000006 => sub { $me->unbind_resp(seq => $_[0]{seq}); exit },
    0x00000004 => sub { take($me, $_[0], ++$taken) },
  );
  # No one reaps a child whose parent was killed.
  while (getppid == $parent and my $pdu = $me->read_pdu) {
    my $answer = $answers{ $pdu->{cmd} };
    $answer->($pdu) if $answer;
  }
}

sub take {
  my ($me, $pdu, $nth) = @_;
  my $id = sprintf '%d-%d', $$, $nth;
  $me->submit_sm_resp(message_id => $id, seq => $pdu->{seq});
  my %back = (
    source_addr_ton => 1, source_addr_npi => 1, source_addr => $pdu->{destination_addr},
    dest_addr_ton => $pdu->{source_addr_ton}, dest_addr_npi => $pdu->{source_addr_npi},
    destination_addr => $pdu->{source_addr}, async => 1,
  );
  my $now = strftime '%y%m%d%H%M', gmtime;
  $me->deliver_sm(%back, esm_class => 4,
    short_message => "id:$id sub:001 dlvrd:001 submit date:$now done date:$now stat:DELIVRD err:000 text:")
    if $pdu->{registered_delivery} & 1;
  $me->deliver_sm(%back, short_message => 'Ok') if $reply_every and $nth % $reply_every == 0;
}
