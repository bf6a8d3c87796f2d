-- Forgotten users: HMAC-SHA-256 of the id as text, in hexadecimal. An import checks whether a user is among them, but
-- the table does not reveal who they are.
create table forgotten_user (
  digest text primary key,
  forgotten_at text not null
) strict, without rowid;

-- The key of the digests, in hexadecimal. It is random, unique to this store and created by the first forgetting.
alter table store_settings add column forgetting_key text;
