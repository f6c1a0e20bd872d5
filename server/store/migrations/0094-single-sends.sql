-- A single send is found by the id that was answered to its POST.
create index broadcast_contacts_single_attempt on broadcast_contacts (space_id, attempt_id) where broadcast_id is null;
-- Replies of one contact.
create index replies_address on replies (space_id, address, at desc, id desc);
