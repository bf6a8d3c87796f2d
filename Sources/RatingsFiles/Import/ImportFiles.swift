import Ratings

/// The open files of an import with their layouts, and the reject files.
struct ImportFiles {
  let ratings: [RatingsFile]
  let items: [ItemsFile]
  /// Where faulty lines of ratings and of items go; nil stops at the first one.
  let rejects: RejectsFile?
  let itemRejects: RejectsFile?

  /// Opens the files that `importing` names.
  init(_ importing: RatingsImport) throws(RatingsFileError) {
    var ratings: [RatingsFile] = []
    for input in importing.ratings {
      ratings.append(try RatingsFile(path: input.path, options: input.options))
    }
    let ratingsColumn = ratings.lazy.compactMap(\.layout)
      .compactMap { $0.header?[$0.item] }.first
    var items: [ItemsFile] = []
    for input in importing.items {
      items.append(
        try ItemsFile(
          path: input.path, options: input.options, layout: input.layout,
          ratingsColumn: ratingsColumn))
    }
    self.ratings = ratings
    self.items = items
    let paths = importing.ratings.map(\.path) + importing.items.map(\.path)
    func rejects(_ path: String, _ isNeeded: Bool) throws(RatingsFileError) -> RejectsFile? {
      isNeeded ? try RejectsFile(path: path, apartFrom: paths) : nil
    }
    guard let path = importing.rejectsPath else {
      (self.rejects, itemRejects) = (nil, nil)
      return
    }
    // The rejects file is created, if empty, even for an import without ratings.
    self.rejects = try rejects(path, !ratings.isEmpty || items.isEmpty)
    itemRejects = try rejects(path + ".items", !items.isEmpty)
  }

  /// The fraction of the ratings' bytes read so far, 0 to 1; nil if any of the files is a pipe.
  var shareRead: Double? {
    var (read, size) = (0, 0)
    for file in ratings {
      guard let share = file.input.shareRead else { return nil }
      read += share.read
      size += share.of
    }
    return size == 0 ? nil : Double(read) / Double(size)
  }

  /// Flushes the reject files to disk.
  func flushRejects() throws(RatingsFileError) {
    try rejects?.flush()
    try itemRejects?.flush()
  }

  /// Gives the reject files their names.
  func showRejects() throws(RatingsFileError) {
    try rejects?.appear()
    try itemRejects?.appear()
  }
}
