import ArgumentParser
import Foundation

/// A streaming format for many rows: CSV with a header, or JSON Lines. The keys and values are the same as in
/// ``ResultTable``.
enum RowFormat: Sendable {
  case csv
  case jsonLines

  /// Chooses the format by the file's extension; for standard output, `-`, by `--format`.
  init(of path: String, _ format: OutputFormat) throws {
    switch (path, (path as NSString).pathExtension.lowercased()) {
    case ("-", _): self = format == .json ? .jsonLines : .csv
    case (_, "csv"): self = .csv
    case (_, "jsonl"): self = .jsonLines
    default:
      throw ValidationError("--out must be FILE.csv, FILE.jsonl, or - for standard output.")
    }
  }

  /// Returns the text before the first row.
  func header(_ columns: [ResultTable.Column]) -> [UInt8] {
    guard self == .csv else { return [] }
    return Array((columns.map(\.key.csvQuoted).joined(separator: ",") + "\n").utf8)
  }

  /// Appends a row. A missing cell is empty in CSV, and null in JSON.
  func append(_ row: [ResultTable.Cell], of columns: [ResultTable.Column], to bytes: inout [UInt8])
  {
    switch self {
    case .csv:
      for (position, cell) in row.enumerated() {
        if position > 0 { bytes.append(UInt8(ascii: ",")) }
        bytes += cell.plain.csvQuoted.utf8
      }
    case .jsonLines:
      bytes.append(UInt8(ascii: "{"))
      for (position, cell) in row.enumerated() {
        if position > 0 { bytes += [UInt8(ascii: ","), UInt8(ascii: " ")] }
        bytes += columns[position].key.jsonQuoted.utf8
        bytes += [UInt8(ascii: ":"), UInt8(ascii: " ")]
        bytes += cell.json.utf8
      }
      bytes.append(UInt8(ascii: "}"))
    }
    bytes.append(UInt8(ascii: "\n"))
  }
}
