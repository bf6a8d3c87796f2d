import ImageReports
import TensorCore
import TestEnvironment
import Testing

/// Compares nearest neighbours among vectors with an exhaustive search of all pairs.
struct NeighboursTests {
  private func vectors(_ count: Int, _ width: Int, seed: UInt64) -> [Float] {
    var random = SplitMix64(seed: seed)
    return (0..<count * width).map { _ in Float.random(in: 0...1, using: &random) }
  }

  private func cosines(_ vectors: [Float], _ width: Int) -> [[Double]] {
    let count = vectors.count / width
    let means = (0..<width).map { column in
      (0..<count).reduce(0.0) { $0 + Double(vectors[$1 * width + column]) } / Double(count)
    }
    let rows = (0..<count).map { image in
      (0..<width).map { Double(vectors[image * width + $0]) - means[$0] }
    }
    func product(_ left: [Double], _ right: [Double]) -> Double {
      zip(left, right).reduce(0) { $0 + $1.0 * $1.1 }
    }
    return rows.map { left in
      rows.map { right in
        product(left, right) / (product(left, left) * product(right, right)).squareRoot()
      }
    }
  }

  @Test(arguments: [2, 3, 40, 300]) func areThoseOfAllPairs(_ count: Int) throws {
    let width = 7
    var vectors = vectors(count, width, seed: UInt64(count))
    if count >= 40 {
      for column in 0..<width {
        vectors[31 * width + column] = vectors[4 * width + column] * 1.0001
      }
    }
    let neighbours = try EmbeddingNeighbours(
      vectors, width: width, neighbourCount: 5, on: ComputeContext(threadCount: 2))
    let expected = cosines(vectors, width)
    let own = min(5, count - 1)
    #expect(neighbours.count == count && neighbours.neighbourCount == own)
    #expect(Set(neighbours.outliers.map(\.image)) == Set(0..<count))
    for outlier in neighbours.outliers {
      let others = expected[outlier.image].enumerated().filter { $0.offset != outlier.image }
      let mean = others.map(\.element).sorted(by: >).prefix(own).reduce(0, +) / Double(own)
      #expect(abs(Double(outlier.cosine) - mean) < 1e-4)
    }
    let values = neighbours.outliers.map(\.cosine)
    #expect(values == values.sorted())
    let least = Double(EmbeddingNeighbours.duplicateCosine)
    var pairs: Set<[Int]> = []
    for first in 0..<count {
      for second in first + 1..<max(count, first + 1) where expected[first][second] >= least + 1e-4
      {
        pairs.insert([first, second])
      }
    }
    #expect(pairs.isSubset(of: Set(neighbours.pairs.map { [$0.first, $0.second] })))
    for pair in neighbours.pairs { #expect(expected[pair.first][pair.second] >= least - 1e-4) }
    if count >= 40 { #expect(neighbours.pairs.contains { $0.first == 4 && $0.second == 31 }) }
  }

  /// Two clusters, and one vector between them.
  @Test func whatIsUnlikeAllOthersComesFirst() throws {
    var random = SplitMix64(seed: 7)
    var vectors: [Float] = []
    for image in 0..<60 {
      for column in 0..<4 {
        let centre: Float = image == 50 ? (column == 3 ? 9 : 0) : (column == image % 2 ? 5 : 0)
        vectors.append(centre + Float.random(in: 0...0.2, using: &random))
      }
    }
    let neighbours = try EmbeddingNeighbours(
      vectors, width: 4, on: ComputeContext(threadCount: 1))
    #expect(neighbours.outliers[0].image == 50 && neighbours.outliers[0].isBeyond)
    #expect(neighbours.outlierCount < 20)
  }

  @Test func oneImageAndNoneHaveNoNeighbours() throws {
    let context = ComputeContext(threadCount: 1)
    let one = try EmbeddingNeighbours([1, 2], width: 2, on: context)
    #expect(one.outliers.count == 1 && one.pairs.isEmpty && one.neighbourCount == 0)
    // Identical vectors have no direction after centring.
    let same = try EmbeddingNeighbours([1, 2, 1, 2, 1, 2], width: 2, on: context)
    #expect(same.outliers.allSatisfy { $0.cosine == 0 } && same.pairs.isEmpty)
  }
}
