enum RatingsPostgresPlaceholder {}
