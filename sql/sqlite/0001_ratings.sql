-- What is fixed about the store: one row.
create table store_settings (
  only integer primary key check (only = 1),
  user_id_type text check (user_id_type in ('integer', 'text')),
  item_id_type text check (item_id_type in ('integer', 'text')),
  scale_minimum real,
  scale_maximum real,
  check ((scale_minimum is null) = (scale_maximum is null))
) strict;

insert into store_settings (only) values (1);

-- Ids are `any`: an integer stays an integer, a text a text.
-- rated_at: microseconds since 1970-01-01 UTC.
create table rating (
  user_id any not null,
  item_id any not null,
  value real not null,
  rated_at integer,
  primary key (user_id, item_id)
) strict, without rowid;

-- An entry holds the primary key too, so this answers for counts as well.
create index rating_by_item on rating (item_id);

-- Items of which more is known than ratings.
create table item (
  item_id any not null primary key,
  title text
) strict, without rowid;

create table item_attribute (
  item_id any not null references item on delete cascade,
  position integer not null,
  name text not null,
  value text not null,
  primary key (item_id, position)
) strict, without rowid;

-- record: the whole run as JSON; the other columns repeat some of it for queries.
create table training_run (
  run_id integer primary key autoincrement,
  model_name text not null,
  version integer,
  outcome text not null,
  started_at text not null,
  record text not null
) strict;
