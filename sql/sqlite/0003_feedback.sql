-- What the ratings say: opinions, or how often something happened.
alter table store_settings add column feedback text
  check (feedback in ('explicit', 'implicit'));

-- Files whose ratings were added to those that were there: SHA-256 of the text, in hexadecimal. None is
-- added twice.
create table added_file (
  digest text primary key,
  added_at text not null
) strict, without rowid;
