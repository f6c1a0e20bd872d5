-- Two trunks of a space with the same DID: nobody could say which extension rings.
drop index dids_digits_taken;
create unique index dids_once_a_space on dids (space_id, ltrim(number, '+'));
