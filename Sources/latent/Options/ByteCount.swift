import ArgumentParser

/// A number of bytes as people write it: `65536`, `64kb`, `16mb`, `1gb`, in powers of 1024 as in Redis.
struct ByteCount: CustomStringConvertible {
  let count: Int

  private static let units = [("gb", 1 << 30), ("mb", 1 << 20), ("kb", 1 << 10), ("", 1)]

  init(_ count: Int) { self.count = count }

  /// Parses `text`. Throws for any other form, and for numbers that are too large.
  init(reading text: String) throws(ValidationError) {
    let text = text.lowercased()
    for (unit, size) in Self.units where text.hasSuffix(unit) {
      guard let number = UInt32(text.dropLast(unit.count)) else { break }
      count = Int(number) * size
      return
    }
    throw ValidationError("give a number of bytes, such as 65536, 64kb or 16mb.")
  }

  /// The number in the largest unit that divides it.
  var description: String {
    let (unit, size) = Self.units.first { count % $0.1 == 0 && count >= $0.1 } ?? ("", 1)
    return "\(count / size)\(unit)"
  }
}
