-- By which hours the contacts of a broadcast were put off, as a digest: of its own and its space's. Where these are others now,
-- even if no server ran when they were changed, its contacts are asked again.
alter table broadcasts add put_off_by text;
