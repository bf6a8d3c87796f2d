import Ratings
import RatingsFiles
import TestEnvironment

/// Reads a ratings file to its end, in chunks of `chunkSize` bytes.
func readRatings(
  _ path: String, _ options: RatingsFileOptions = RatingsFileOptions(),
  types: (IdentifierType, IdentifierType) = (.text, .text), typesAreTold: Bool = false,
  scale: RatingScale? = nil,
  rejects: RejectsFile? = nil, chunkSize: Int = 1 << 20, batchSize: Int = 1000
) throws -> [Rating] {
  var ratings: [Rating] = []
  try RatingsFile(path: path, options: options, chunkSize: chunkSize).readRatings(
    users: IdentifierForm(types.0, isTold: typesAreTold),
    items: IdentifierForm(types.1, isTold: typesAreTold), scale: scale, batchSize: batchSize,
    rejects: rejects
  ) { batch in
    for position in 0..<batch.count { ratings.append(batch[position]) }
  }
  return ratings
}

/// Reads `text` as a ratings file.
func readRatings(
  of text: String, _ options: RatingsFileOptions = RatingsFileOptions(),
  types: (IdentifierType, IdentifierType) = (.text, .text), typesAreTold: Bool = false,
  scale: RatingScale? = nil,
  chunkSize: Int = 1 << 20
) throws -> [Rating] {
  let folder = try TemporaryFolder()
  return try readRatings(
    folder.write(text, to: "ratings.csv"), options, types: types,
    typesAreTold: typesAreTold, scale: scale, chunkSize: chunkSize)
}

/// Returns the error from reading `bytes` as a ratings file, or nil.
func faultReading(
  _ bytes: [UInt8], _ options: RatingsFileOptions = RatingsFileOptions(),
  types: (IdentifierType, IdentifierType) = (.text, .text), typesAreTold: Bool = false,
  scale: RatingScale? = nil,
  chunkSize: Int = 1 << 20
) throws -> RatingsFileError? {
  let folder = try TemporaryFolder()
  let path = try folder.write(bytes, to: "ratings.csv")
  do {
    _ = try readRatings(
      path, options, types: types, typesAreTold: typesAreTold, scale: scale, chunkSize: chunkSize)
    return nil
  } catch let error as RatingsFileError {
    return error
  }
}

extension Rating {
  /// Creates a rating with text ids.
  init(_ user: String, _ item: String, _ value: Float = 1, seconds: Int64? = nil) {
    self.init(
      user: UserID(user), item: ItemID(item), value: value,
      time: seconds.map { Timestamp(microseconds: $0 * 1_000_000) })
  }
}
