-- Ids tell these apart. A campaign is run again under its name, and an IVR that is exported and imported keeps its own.
-- What supervisors follow by name (queues, trunks, groups) still has one of its own.
alter table campaigns drop constraint campaigns_name_taken;
alter table projects drop constraint projects_name_taken;
alter table ivrs drop constraint ivrs_name_taken;
alter table channels drop constraint channels_name_taken;
