import Errors
import Foundation

/// How to split items into training and held-out ones (fastai: splitter).
package enum Splitter: Equatable, Sendable {
  /// A share of the items, 0 < share < 1: those whose names have the lowest hashes.
  case random(share: Double, seed: UInt64)
  /// One of `count` folds of about equal size, numbered from 0, for cross-validation.
  case fold(Int, of: Int, seed: UInt64)
  /// By the names of the folders that contain an image: those held out; nil uses the usual names.
  case folder(heldOut: [String]?)
  /// By a column: the values that mean held out; nil uses the usual ones, 1 and true among them.
  case column(String, heldOut: [String]?)
  /// The items listed in a file, one path per line, are held out.
  case list(String)
  /// Nothing is held out.
  case none

  /// Splits `items`. With `groups`, a text for each item, items with the same text are on the same side.
  func split(
    _ items: ImageItems, groups: (of: [String], words: String)?
  ) throws(ImageDataError) -> ItemSplit {
    try checkNumbers()
    let count = items.names.count
    let parts: [Part]
    var words: String
    switch self {
    case .none:
      return ItemSplit(
        training: Array(0..<count), heldOut: [], unused: [], words: "nothing held out")
    case .random(let share, let seed):
      parts = Self.lowest(share, groups?.of ?? items.names, seed)
      words = "random, \(Self.percent(share)) held out, seed \(seed)"
    case .fold(let number, let folds, let seed):
      parts = Self.folds(folds, groups?.of ?? items.names, seed).map {
        $0 == number ? .heldOut : .training
      }
      words = "part \(number) of \(folds), seed \(seed)"
    case .folder(let heldOut):
      parts = try Self.parts(
        items.names.map(FolderParts.folders), .ofFolders, heldOut: heldOut, items)
      words = "by folder"
    case .column(let name, let heldOut):
      parts = try Self.parts(
        ItemText.column(name).values(of: items).map { [$0] }, .ofColumns, heldOut: heldOut, items)
      words = "by the column \(name)"
    case .list(let file):
      parts = try Self.listed(file, items)
      words = "by the list \(file)"
    }
    if let groups {
      if isDrawn {
        words += ", by \(groups.words)"
      } else {
        try Self.check(parts, groups.of, groups.words, items)
      }
    }
    func all(_ part: Part) -> [Int] { parts.indices.filter { parts[$0] == part } }
    let split = ItemSplit(
      training: all(.training), heldOut: all(.heldOut), unused: all(.unused), words: words)
    guard !split.training.isEmpty, !split.heldOut.isEmpty else {
      throw ImageDataError(
        .badSplit,
        split.training.isEmpty ? "all images are held out" : "no image is held out",
        place: "split \(words)",
        remedy: groups == nil
          ? "Hold out another share or part." : "There may be too few groups: use another column."
      )
    }
    return split
  }

  /// Throws if the share or the fold number is invalid.
  func checkNumbers() throws(ImageDataError) {
    switch self {
    case .random(let share, _):
      guard share > 0, share < 1 else {
        throw ImageDataError(
          .badRequest, "a share of \(share) can't be held out", place: "split",
          remedy: "Hold out more than 0 and less than 1, such as 0.2.")
      }
    case .fold(let number, let folds, _):
      guard folds >= 2, (0..<folds).contains(number) else {
        throw ImageDataError(
          .badRequest, "there is no part \(number) of \(folds)", place: "split",
          remedy: "Count from 0, and use at least two parts.")
      }
    case .folder, .column, .list, .none: break
    }
  }

  enum Part { case training, heldOut, unused }

  /// Whether the held-out items are drawn, so that groups can be kept together; otherwise they are given.
  var isDrawn: Bool {
    switch self {
    case .random, .fold: true
    case .folder, .column, .list, .none: false
    }
  }

  /// Returns the groups with the lowest hashes, as many as come closest to the share of the items. At least one
  /// group stays on each side if there are two. Time n log n.
  private static func lowest(_ share: Double, _ groups: [String], _ seed: UInt64) -> [Part] {
    let sizes = Dictionary(groups.map { ($0, 1) }, uniquingKeysWith: +)
    let wanted = share * Double(groups.count)
    var heldOut: Set<String> = []
    var size = 0.0
    for group in ordered(sizes.keys, seed).dropLast() {
      let next = size + Double(sizes[group] ?? 0)
      if !heldOut.isEmpty, next - wanted > wanted - size { break }
      heldOut.insert(group)
      size = next
      if size >= wanted { break }
    }
    return groups.map { heldOut.contains($0) ? .heldOut : .training }
  }

  /// Returns the fold of each item. Groups, largest first, go to the fold with the fewest items.
  static func folds(_ count: Int, _ groups: [String], _ seed: UInt64) -> [Int] {
    let sizes = Dictionary(groups.map { ($0, 1) }, uniquingKeysWith: +)
    let order = ordered(sizes.keys, seed).enumerated().sorted {
      (-(sizes[$0.element] ?? 0), $0.offset) < (-(sizes[$1.element] ?? 0), $1.offset)
    }
    var fills = [Int](repeating: 0, count: count)
    var folds: [String: Int] = [:]
    for (_, group) in order {
      let fold = fills.indices.min { (fills[$0], $0) < (fills[$1], $1) } ?? 0
      folds[group] = fold
      fills[fold] += sizes[group] ?? 0
    }
    return groups.map { folds[$0] ?? 0 }
  }

  private static func ordered(_ groups: some Collection<String>, _ seed: UInt64) -> [String] {
    groups.map { (hash: StableHash.of($0, seed: seed), group: $0) }
      .sorted { ($0.hash, $0.group) < ($1.hash, $1.group) }.map(\.group)
  }

  /// Returns the part of each item. Its `words` are the folders that contain it or the cell of a column; parts are
  /// identified by the words `heldOut`, or by the usual names. Throws for a held-out word that does not occur, and
  /// for an item in no part.
  private static func parts(
    _ words: [[String]], _ names: PartNames, heldOut: [String]?, _ items: ImageItems
  ) throws(ImageDataError) -> [Part] {
    let kinds = words.map(names.kind(firstOf:))
    if let heldOut {
      let known = Set(words.joined())
      for name in heldOut where !known.contains(name) {
        throw ImageDataError(
          .badSplit, "no image is in a part called \(name)", place: items.place,
          remedy: "Write it as it appears there.")
      }
      let wanted = Set(heldOut)
      return zip(words, kinds).map { words, kind in
        if words.contains(where: wanted.contains) { return .heldOut }
        return kind == .test ? .unused : .training
      }
    }
    let parts = PartNames.parts(kinds)
    if let item = parts.firstIndex(of: nil) {
      let said = words[item].joined(separator: "/")
      throw ImageDataError(
        .badSplit,
        said.isEmpty
          ? "\(items.names[item]) is in no part" : "\(Excerpt.of(said)) names no part of a split",
        place: items.place, remedy: "Name the held-out part as it appears there.")
    }
    return parts.compactMap(\.self)
  }

  private static func listed(_ file: String, _ items: ImageItems) throws(ImageDataError) -> [Part] {
    let paths = FolderPaths(items.root)
    let positions = Dictionary(
      items.names.enumerated().map { (PathKey($1), $0) }, uniquingKeysWith: { first, _ in first })
    var parts = [Part](repeating: .training, count: items.names.count)
    for path in try PathList(path: file).paths {
      guard let item = positions[PathKey(paths.normal(path))] else {
        throw ImageDataError(
          .badSplit, "\(Excerpt.of(path)) is not one of the images", place: file,
          remedy: "List paths relative to \(items.root).")
      }
      parts[item] = .heldOut
    }
    return parts
  }

  /// Throws if a group is on both sides of a given split.
  static func check(
    _ parts: [Part], _ groups: [String], _ words: String, _ items: ImageItems
  ) throws(ImageDataError) {
    var first: [String: Int] = [:]
    for (item, group) in groups.enumerated() where parts[item] != .unused {
      let other = first[group] ?? item
      first[group] = other
      guard parts[other] == parts[item] else {
        throw ImageDataError(
          .badSplit,
          "the same \(words), \(Excerpt.of(group)), is on both sides: \(items.names[other]) and "
            + items.names[item], place: items.place,
          remedy: "Split by it at random, or omit it to use the split as it is.")
      }
    }
  }

  private static func percent(_ share: Double) -> String {
    String(format: "%.3g %%", share * 100)
  }
}
