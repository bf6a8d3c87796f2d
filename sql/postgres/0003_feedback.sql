-- The meaning of the ratings: opinions (explicit), or how often something happened (implicit).
alter table latent.store_settings add column feedback text
  check (feedback in ('explicit', 'implicit'));

-- Files whose ratings were added to the existing ones: SHA-256 of the text, in hexadecimal. No file is added twice.
create table latent.added_file (
  digest text collate "C" primary key,
  added_at text not null
);
