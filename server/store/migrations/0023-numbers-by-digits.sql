-- With or without its plus a number is the same one.
create unique index vips_digits_taken on vips (space_id, ltrim(number, '+'));
create unique index dids_digits_taken on dids (space_id, trunk_id, ltrim(number, '+'));
