import Foundation
import Ratings

/// A writer for a file of comma-separated values.
struct CSVFile {
  /// The header of a ratings file: see ``write(_:)-(Rating)``.
  static let ratingsHeader = "user,item,rating,timestamp"

  private let file: FileHandle
  private var buffer: [UInt8] = []

  /// Creates the file at `path`, with `header` as its first line.
  init(path: String, header: String) throws {
    try Data().write(to: URL(fileURLWithPath: path))
    self.init(on: try FileHandle(forWritingTo: URL(fileURLWithPath: path)), header: header)
  }

  /// Writes to `file`, with `header` as the first line.
  init(on file: FileHandle, header: String) {
    self.file = file
    buffer.append(contentsOf: (header + "\n").utf8)
  }

  /// Appends a rating, its time in seconds.
  mutating func write(_ rating: Rating) throws {
    try write([
      rating.user.description, rating.item.description, String(rating.value),
      String((rating.time?.microseconds ?? 0) / 1_000_000),
    ])
  }

  /// Appends a line; quotes fields that contain a comma, a quote or a line ending.
  mutating func write(_ fields: [String]) throws {
    for (position, field) in fields.enumerated() {
      if position > 0 { buffer.append(UInt8(ascii: ",")) }
      let needsQuotes = field.utf8.contains { [0x22, 0x2C, 0x0A, 0x0D].contains($0) }
      let text = needsQuotes ? "\"" + field.replacing("\"", with: "\"\"") + "\"" : field
      buffer.append(contentsOf: text.utf8)
    }
    buffer.append(UInt8(ascii: "\n"))
    if buffer.count >= 1 << 20 { try flush() }
  }

  /// Writes buffered data. Nothing may be appended afterwards.
  mutating func finish() throws {
    try flush()
    try file.close()
  }

  private mutating func flush() throws {
    try file.write(contentsOf: buffer)
    buffer.removeAll(keepingCapacity: true)
  }
}
