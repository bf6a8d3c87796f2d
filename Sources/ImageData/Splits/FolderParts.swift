extension ImageItems {
  /// The names of folders that are parts of a split, such as train and valid, in order; empty unless there are both
  /// images to train on and images held out.
  package var partFolders: [String] {
    guard FolderParts(self) != nil else { return [] }
    let names = Set(
      names.compactMap { name in
        FolderParts.folders(of: name).first { PartNames.ofFolders.kind($0) != nil }
      })
    return names.sorted()
  }
}

/// The split given by folders called train, valid and test.
struct FolderParts {
  /// The part of each item; nil for those in no such folder.
  let parts: [Splitter.Part?]

  /// Nil unless some images are in a training folder and some in a held-out one.
  init?(_ items: ImageItems) {
    let kinds = items.names.map { PartNames.ofFolders.kind(firstOf: Self.folders(of: $0)) }
    let parts = PartNames.parts(kinds)
    guard parts.contains(.training), parts.contains(.heldOut) else { return nil }
    self.parts = parts
  }

  /// Returns the names of the folders that contain a file, outermost first.
  static func folders(of path: String) -> [String] {
    path.utf8.split(separator: UInt8(ascii: "/")).dropLast().map { String(Substring($0)) }
  }
}
