-- What the ratings say: opinions, or how often something happened.
alter table latent.store_settings add column feedback text
  check (feedback in ('explicit', 'implicit'));

-- Files whose ratings were added to those that were there: SHA-256 of the text, in hexadecimal. None is
-- added twice.
create table latent.added_file (
  digest text collate "C" primary key,
  added_at text not null
);
