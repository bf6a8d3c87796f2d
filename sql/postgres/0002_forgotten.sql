-- Who was forgotten: HMAC-SHA-256 of the id's text, in hexadecimal. An import asks whether somebody is
-- among them; who they are does not stand here.
create table latent.forgotten_user (
  digest text collate "C" primary key,
  forgotten_at text not null
);

-- The key of those digests, in hexadecimal: random, of this store alone, made by the first forgetting.
alter table latent.store_settings add column forgetting_key text;
