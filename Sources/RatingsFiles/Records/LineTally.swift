/// Where the lines of a file went. Each is a header's, blank, or a record's: see ``isBalanced``.
package struct LineTally: Equatable, Sendable {
  /// All lines, counted on their own, by their ends.
  package internal(set) var total = 0
  /// Lines that name the columns, or what separates them.
  package internal(set) var header = 0
  /// Lines with nothing in them, and those of a JSON array that hold no part of a record.
  package internal(set) var blank = 0
  /// The lines of all records, good and bad.
  package internal(set) var ofRecords = 0
  /// Records, good and bad. One may span lines, and in JSON several stand in a line.
  package internal(set) var records = 0
  /// Records of delimited files that span lines; objects of JSON may.
  package internal(set) var spanning = 0
  /// The line at which the first of those begins.
  package internal(set) var firstSpanning: Int?

  /// Whether every line is accounted for.
  package var isBalanced: Bool { total == header + blank + ofRecords }
}
