/// The keys of JSON's objects that are none of a file's columns, as they first stand behind the beginning
/// from which the columns were found out: their values are not read.
struct UnknownColumns: Equatable {
  /// A key, and the line of the object in which it first stands.
  struct Key: Equatable {
    let name: String
    let line: Int
  }

  /// How many keys are kept at the most, beside those that a column of ratings is called by.
  static let limit = 100
  /// The greatest length of a key that is kept, in bytes.
  static let nameByteLimit = 256

  /// In the order in which they first stand.
  private(set) var keys: [Key] = []
  /// Whether there are more, which are not kept.
  private(set) var areCut = false
  private var names: Set<String> = []

  /// Notes that the object at `line` has the key `name`.
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

  /// What is to be told of the file of items called `file`; nil without any key.
  func doubt(file: String) -> String? {
    guard let first = keys.first else { return nil }
    let shown = keys.prefix(12).map { FieldText.shown($0.name, limit: 40) }
    let others = keys.count > shown.count || areCut ? ", ..." : ""
    return
      "\(file) has keys that first stand behind its beginning, from which its columns are found "
      + "out, and that were not read: \(shown.joined(separator: ", "))\(others), the first in line "
      + "\(first.line). To have them read, let the first object have all keys"
  }
}
