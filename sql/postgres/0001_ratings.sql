-- What is fixed about the store: one row.
create table latent.store_settings (
  only_row boolean primary key default true check (only_row),
  user_id_type text check (user_id_type in ('integer', 'text')),
  item_id_type text check (item_id_type in ('integer', 'text')),
  scale_minimum real,
  scale_maximum real,
  check ((scale_minimum is null) = (scale_maximum is null))
);

insert into latent.store_settings default values;

-- Ids are bigint until the first import, which makes those columns text collate "C" where it has to.
-- rated_at: microseconds since 1970-01-01 UTC; to_timestamp(rated_at / 1e6) shows it.
create table latent.rating (
  user_id bigint not null,
  item_id bigint not null,
  value real not null,
  rated_at bigint,
  primary key (user_id, item_id)
);

create index rating_by_item on latent.rating (item_id);

-- Items of which more is known than ratings.
create table latent.item (
  item_id bigint primary key,
  title text
);

create table latent.item_attribute (
  item_id bigint not null constraint item_attribute_item references latent.item on delete cascade,
  position integer not null,
  name text not null,
  value text not null,
  primary key (item_id, position)
);

-- record: the whole run; the other columns repeat some of it for queries.
create table latent.training_run (
  run_id bigint generated always as identity primary key,
  model_name text not null,
  version integer,
  outcome text not null,
  started_at text not null,
  record json not null
);
