enum RatingsFilesPlaceholder {}
