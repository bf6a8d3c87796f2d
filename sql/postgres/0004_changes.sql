-- Whoever follows the ratings, as the daemon does, listens on the channel latent_rating. A statement
-- tells once, however many rows it changes, and is heard when its transaction is committed.
create function latent.tell_of_ratings() returns trigger language plpgsql as $$
begin
  perform pg_notify('latent_rating', '');
  return null;
end
$$;

create trigger rating_changed
after insert or update or delete or truncate on latent.rating
for each statement execute procedure latent.tell_of_ratings();
