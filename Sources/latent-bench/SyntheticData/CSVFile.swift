import Foundation
import Ratings

/// A file of comma-separated values in the making.
struct CSVFile {
  /// The first line of a file of ratings: see ``write(_:)-(Rating)``.
  static let ratingsHeader = "user,item,rating,timestamp"

  private let file: FileHandle
  private var buffer: [UInt8] = []

  /// Makes the file at `path`, with `header` as its first line.
  init(path: String, header: String) throws {
    try Data().write(to: URL(fileURLWithPath: path))
    self.init(on: try FileHandle(forWritingTo: URL(fileURLWithPath: path)), header: header)
  }

  /// Writes to `file`, with `header` as the first line.
  init(on file: FileHandle, header: String) {
    self.file = file
    buffer.append(contentsOf: (header + "\n").utf8)
  }

  /// Adds a rating, its time in seconds.
  mutating func write(_ rating: Rating) throws {
    try write([
      rating.user.description, rating.item.description, String(rating.value),
      String((rating.time?.microseconds ?? 0) / 1_000_000),
    ])
  }

  /// Adds a line; a field with a comma, a quote or a line end is quoted.
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

  /// Writes what is left. Nothing is to be added from then on.
  mutating func finish() throws {
    try flush()
    try file.close()
  }

  private mutating func flush() throws {
    try file.write(contentsOf: buffer)
    buffer.removeAll(keepingCapacity: true)
  }
}
