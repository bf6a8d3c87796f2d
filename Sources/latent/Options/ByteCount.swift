import ArgumentParser

/// A number of bytes as people write it: `65536`, `64kb`, `16mb`, `1gb`, of 1024 each as in Redis.
struct ByteCount: CustomStringConvertible {
  let count: Int

  private static let units = [("gb", 1 << 30), ("mb", 1 << 20), ("kb", 1 << 10), ("", 1)]

  init(_ count: Int) { self.count = count }

  /// Throws for anything else, and for more than there can be.
  init(reading text: String) throws(ValidationError) {
    let text = text.lowercased()
    for (unit, size) in Self.units where text.hasSuffix(unit) {
      guard let number = UInt32(text.dropLast(unit.count)) else { break }
      count = Int(number) * size
      return
    }
    throw ValidationError("a number of bytes is needed, such as 65536, 64kb or 16mb.")
  }

  /// In the largest unit that it is whole in.
  var description: String {
    let (unit, size) = Self.units.first { count % $0.1 == 0 && count >= $0.1 } ?? ("", 1)
    return "\(count / size)\(unit)"
  }
}
