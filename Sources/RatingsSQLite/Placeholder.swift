func show() -> [UInt8] { PackageResources._001_ratings_sql }
