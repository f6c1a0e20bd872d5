-- What calls and agents are described by: projects, pause reasons, callers who come first.
create table projects (
  space_id int not null constraint projects_space references spaces,
  id int generated always as identity,
  name text not null,
  presentation_number text,
  primary key (space_id, id),
  constraint projects_name_taken unique (space_id, name)
);
create unique index projects_id on projects (id);

create table pauses (
  space_id int not null references spaces on delete cascade,
  id text not null,
  value text not null,
  primary key (space_id, id)
);

create table vips (
  space_id int not null constraint vips_space references spaces,
  number text not null,
  vip_rate int not null,
  priority int not null,
  constraint vips_number_taken primary key (space_id, number)
);
