/// The tally of a file's lines. Each belongs to a header, is blank, or belongs to a record: see
/// ``isBalanced``.
package struct LineTally: Equatable, Sendable {
  /// All lines, counted independently by their ends.
  package internal(set) var total = 0
  /// Lines that name the columns, or give their delimiter.
  package internal(set) var header = 0
  /// Empty lines, and lines of a JSON array that hold no part of a record.
  package internal(set) var blank = 0
  /// The lines of all records, valid and faulty.
  package internal(set) var ofRecords = 0
  /// Records, valid and faulty. One may span several lines, and in JSON a line may hold several.
  package internal(set) var records = 0
  /// Records that span several lines in delimited files; JSON objects may do so anyway.
  package internal(set) var spanning = 0
  /// The first line of the first such record.
  package internal(set) var firstSpanning: Int?

  /// Whether every line is accounted for.
  package var isBalanced: Bool { total == header + blank + ofRecords }
}
