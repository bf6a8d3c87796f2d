import Recommenders
import TensorCore

/// For each cold item, the items with the most similar content, by cosine similarity after subtracting the mean vector
/// of rated items. Ties go to the items with the most ratings.
struct ContentNeighbours {
  /// The number of neighbours kept per item.
  static let count = 50
  /// The maximum number of candidates: the items with the most ratings.
  static let candidateLimit = 50_000
  /// The number of cold items that a thread processes at a time.
  private static let blockSize = 64

  /// The neighbours in the format of a model file.
  let contents: ColdItemContents

  /// Finds the neighbours. Time: O(cold items x candidates x width); memory: O(candidates x width).
  init(_ rows: ColdRows, in context: ComputeContext) {
    // Most-rated first, then by row; cold items last.
    var candidates = rows.warm.map {
      (row: rows.learnedRows[$0.row], content: $0.content, ratings: $0.ratingCount)
    }
    candidates += zip(rows.coldRows, rows.coldContent).map { ($0, $1, 0) }
    candidates.sort { ($1.ratings, $0.row) < ($0.ratings, $1.row) }
    candidates = Array(candidates.prefix(Self.candidateLimit))
    let center = Self.mean(rows)
    let width = rows.content.width
    let units = UnitVectors(candidates.map(\.content), of: rows.content, around: center)
    let own = UnitVectors(rows.coldContent, of: rows.content, around: center)
    let order = candidates.map(\.row)
    let lists = context.mapChunks(of: rows.coldRows.count, size: Self.blockSize) { chunk in
      chunk.map { number in
        let row = rows.coldRows[number]
        let cosines = units.cosines(to: own.numbers[number * width..<(number + 1) * width])
        var best: [(place: Int, cosine: Float)] = []
        for (place, cosine) in cosines.enumerated() where cosine > 0 && order[place] != row {
          guard best.count < Self.count || cosine > best[best.count - 1].cosine else { continue }
          // Insert after equal ones, which have more ratings.
          let position = best.firstIndex { $0.cosine < cosine } ?? best.count
          best.insert((place, cosine), at: position)
          if best.count > Self.count { best.removeLast() }
        }
        return best.map { (row: UInt32(order[$0.place]), cosine: min(1, $0.cosine)) }
          .sorted { $0.row < $1.row }
      }
    }.flatMap(\.self)
    var offsets: [UInt64] = [0]
    for list in lists { offsets.append(offsets[offsets.count - 1] + UInt64(list.count)) }
    contents = ColdItemContents(
      rows: rows.coldRows.map { UInt32($0) }, offsets: offsets,
      neighbours: lists.flatMap { $0.map(\.row) },
      similarities: lists.flatMap { $0.map(\.cosine) })
  }

  private static func mean(_ rows: ColdRows) -> [Float] {
    var sums = [Double](repeating: 0, count: rows.content.width)
    for item in rows.warm {
      for (place, number) in rows.content.vector(at: item.content).enumerated() {
        sums[place] += Double(number)
      }
    }
    return sums.map { Float($0 / Double(max(1, rows.warm.count))) }
  }
}

/// Vectors normalised to length 1, or 0 if they equal the mean.
private struct UnitVectors: Sendable {
  let width: Int
  let numbers: [Float]

  init(_ rows: [Int], of content: ItemContent, around center: [Float]) {
    width = content.width
    var numbers: [Float] = []
    numbers.reserveCapacity(rows.count * width)
    for row in rows {
      let start = numbers.count
      var square: Float = 0
      for (number, mean) in zip(content.vector(at: row), center) {
        numbers.append(number - mean)
        square += (number - mean) * (number - mean)
      }
      let scale = square > 0 && square.isFinite ? 1 / square.squareRoot() : 0
      for place in start..<numbers.count { numbers[place] *= scale }
    }
    self.numbers = numbers
  }

  /// Returns the inner product of each with `vector`, 8 numbers at a time.
  func cosines(to vector: ArraySlice<Float>) -> [Float] {
    numbers.withUnsafeBytes { numbers in
      vector.withUnsafeBytes { own in
        (0..<numbers.count / (4 * width)).map { row in
          let start = 4 * row * width
          var (sums, place) = (SIMD8<Float>.zero, 0)
          while place + 8 <= width {
            sums +=
              numbers.loadUnaligned(fromByteOffset: start + 4 * place, as: SIMD8<Float>.self)
              * own.loadUnaligned(fromByteOffset: 4 * place, as: SIMD8<Float>.self)
            place += 8
          }
          var sum = sums.sum()
          while place < width {
            sum +=
              numbers.loadUnaligned(fromByteOffset: start + 4 * place, as: Float.self)
              * own.loadUnaligned(fromByteOffset: 4 * place, as: Float.self)
            place += 1
          }
          return sum
        }
      }
    }
  }
}
