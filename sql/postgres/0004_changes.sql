-- Listeners for changed ratings, such as the daemon, use the channel latent_rating. A statement notifies once, however
-- many rows it changes. The notification is delivered when its transaction commits.
create function latent.tell_of_ratings() returns trigger language plpgsql as $$
begin
  perform pg_notify('latent_rating', '');
  return null;
end
$$;

create trigger rating_changed
after insert or update or delete or truncate on latent.rating
for each statement execute procedure latent.tell_of_ratings();
