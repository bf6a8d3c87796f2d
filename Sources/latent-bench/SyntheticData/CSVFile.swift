import Foundation

/// A file of comma-separated values in the making.
struct CSVFile {
  private let file: FileHandle
  private var buffer: [UInt8] = []

  /// Makes the file at `path`, with `header` as its first line.
  init(path: String, header: String) throws {
    try Data().write(to: URL(fileURLWithPath: path))
    file = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
    buffer.append(contentsOf: (header + "\n").utf8)
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
