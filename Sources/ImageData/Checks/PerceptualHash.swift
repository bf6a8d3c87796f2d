import Foundation

/// A 63-bit perceptual hash, which changes little when an image is compressed, scaled or brightened. Its bits tell
/// which of the lowest frequencies of the luma are above their median (Zauner, "Implementation and benchmarking of
/// perceptual image hash functions", 2010: pHash).
enum PerceptualHash {
  /// Returns the hash of an image. The frequencies are 8 by 8 of the two-dimensional discrete cosine transform of
  /// the 32 by 32 averages, without the constant term.
  static func of(_ thumbnail: ImageThumbnail) -> UInt64 {
    let side = ImageThumbnail.side
    var brightness = [Float](repeating: 0, count: side * side)
    for cell in brightness.indices {
      let (red, green, blue) = (
        thumbnail.samples[cell * 3], thumbnail.samples[cell * 3 + 1],
        thumbnail.samples[cell * 3 + 2]
      )
      brightness[cell] = 0.299 * red + 0.587 * green + 0.114 * blue
    }
    // Rows first, keeping eight frequencies of each.
    var rows = [Float](repeating: 0, count: side * frequencies)
    for row in 0..<side {
      for frequency in 0..<frequencies {
        var sum: Float = 0
        for column in 0..<side {
          sum += brightness[row * side + column] * cosines[frequency * side + column]
        }
        rows[row * frequencies + frequency] = sum
      }
    }
    var found = [Float](repeating: 0, count: frequencies * frequencies)
    for vertical in 0..<frequencies {
      for horizontal in 0..<frequencies {
        var sum: Float = 0
        for row in 0..<side {
          sum += rows[row * frequencies + horizontal] * cosines[vertical * side + row]
        }
        found[vertical * frequencies + horizontal] = sum
      }
    }
    let median = found.dropFirst().sorted()[(found.count - 1) / 2]
    var hash: UInt64 = 0
    for (bit, value) in found.enumerated().dropFirst() where value > median { hash |= 1 << bit }
    return hash
  }

  private static let frequencies = 8

  private static let cosines: [Float] = {
    let side = ImageThumbnail.side
    return (0..<frequencies * side).map {
      let (frequency, position) = (Double($0 / side), Double($0 % side))
      return Float(cos(Double.pi * (position + 0.5) * frequency / Double(side)))
    }
  }()
}
