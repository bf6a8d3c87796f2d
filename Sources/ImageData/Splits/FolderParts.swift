extension ImageItems {
  /// What folders of images are called that are the parts of a split, such as train and valid, in order; none where
  /// there is nothing to train on or nothing to hold out among them.
  package var partFolders: [String] {
    guard FolderParts(self) != nil else { return [] }
    let names = Set(
      names.compactMap { name in
        FolderParts.folders(of: name).first { PartNames.ofFolders.kind($0) != nil }
      })
    return names.sorted()
  }
}

/// The split that folders called train, valid and test are.
struct FolderParts {
  /// Of each item; nil for those in no such folder.
  let parts: [Splitter.Part?]

  /// Nil unless images are in a folder to train on and in one that is held out.
  init?(_ items: ImageItems) {
    let kinds = items.names.map { PartNames.ofFolders.kind(firstOf: Self.folders(of: $0)) }
    let parts = PartNames.parts(kinds)
    guard parts.contains(.training), parts.contains(.heldOut) else { return nil }
    self.parts = parts
  }

  /// The names of the folders on the way to a file, the outermost first.
  static func folders(of path: String) -> [String] {
    path.utf8.split(separator: UInt8(ascii: "/")).dropLast().map { String(Substring($0)) }
  }
}
