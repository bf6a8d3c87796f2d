/// Keys of JSON objects that are not among a file's columns, because they first occur after the sampled start
/// of the file. Their values are not read.
struct UnknownColumns: Equatable {
  /// A key, and the line of the object in which it first occurs.
  struct Key: Equatable {
    let name: String
    let line: Int
  }

  /// The maximum number of keys kept, not counting names of rating columns.
  static let limit = 100
  /// The maximum length of a key that is kept, in bytes.
  static let nameByteLimit = 256

  /// The keys, in order of first occurrence.
  private(set) var keys: [Key] = []
  /// Whether there are more keys, which were not kept.
  private(set) var areCut = false
  private var names: Set<String> = []

  /// Records that the object at `line` has the key `name`.
  mutating func note(_ name: ArraySlice<UInt8>, line: Int) {
    guard name.count <= Self.nameByteLimit else {
      areCut = true
      return
    }
    let name = String(decoding: name, as: UTF8.self)
    guard !names.contains(name) else { return }
    guard keys.count < Self.limit || RatingColumnName(name) != nil else {
      areCut = true
      return
    }
    names.insert(name)
    keys.append(Key(name: name, line: line))
  }

  /// Returns a warning about the file of items called `file`; nil if there are no keys.
  func doubt(file: String) -> String? {
    guard let first = keys.first else { return nil }
    let shown = keys.prefix(12).map { FieldText.shown($0.name, limit: 40) }
    let others = keys.count > shown.count || areCut ? ", ..." : ""
    return
      "\(file) has keys that do not occur at its start, where its columns are detected, "
      + "and that were not read: \(shown.joined(separator: ", "))\(others), the first in line "
      + "\(first.line). To have them read, give the first object all keys"
  }
}
