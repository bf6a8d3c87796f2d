import Reports
import TestEnvironment
import Testing

/// The first two principal components, of points that are spread along two known directions.
@Suite struct PrincipalComponentsTests {
  /// 200 points in 6 dimensions: far spread along one direction, less along a second, a little along all.
  private static func points() -> (points: [Double], first: [Double], second: [Double]) {
    var random = SplitMix64(seed: 4)
    func number() -> Double { Double.random(in: -1...1, using: &random) }
    let (along, across) = ([0.6, 0.8, 0, 0, 0, 0], [0, 0, 0.8, 0, -0.6, 0])
    var points: [Double] = []
    var (first, second) = ([Double](), [Double]())
    for _ in 0..<200 {
      first.append(10 * number())
      second.append(4 * number())
      for column in 0..<6 {
        points.append(
          7 + first[first.count - 1] * along[column] + second[second.count - 1] * across[column]
            + 0.01 * number())
      }
    }
    return (points, first, second)
  }

  /// Distances from the mean along both, but for signs.
  @Test func directionsAreFound() throws {
    let (points, first, second) = Self.points()
    let places = try #require(PrincipalComponents.places(of: points, length: 6))
    func expect(_ found: [Double], _ known: [Double]) {
      let mean = known.reduce(0, +) / Double(known.count)
      let sign: Double = (known[0] - mean) * found[0] < 0 ? -1 : 1
      for (found, known) in zip(found, known) {
        #expect(abs(sign * found - (known - mean)) < 0.6, "\(found) for \(known - mean)")
      }
    }
    expect(places.map(\.x), first)
    expect(places.map(\.y), second)
    #expect(places[0].x >= 0 && places[0].y >= 0)
  }

  @Test func whatDoesNotDifferHasNone() {
    #expect(PrincipalComponents.places(of: [1, 2, 1, 2, 1, 2], length: 2) == nil)
    // Along a line alone.
    #expect(PrincipalComponents.places(of: [1, 1, 2, 2, 3, 3], length: 2) == nil)
    #expect(PrincipalComponents.places(of: [1, .nan, 2, 2, 3, 3], length: 2) == nil)
  }
}
