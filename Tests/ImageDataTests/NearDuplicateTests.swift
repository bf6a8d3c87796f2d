import ImageData
import TestEnvironment
import Testing

/// Compares the search for near duplicates with an exhaustive comparison of all pairs.
struct NearDuplicateTests {
  @Test(arguments: [1, 2, 3]) func thePairsAreThoseThatComparingAllFinds(_ seed: UInt64) {
    var random = SplitMix64(seed: seed)
    // Clusters of hashes, at distances on both sides of the limit.
    let centres = (0..<8).map { _ in random.next() }
    let hashes = (0..<400).map { number -> UInt64 in
      var hash = centres[number % 8]
      for _ in 0..<Int.random(in: 0...12, using: &random) {
        hash ^= 1 << UInt64.random(in: 0..<64, using: &random)
      }
      return hash
    }
    // Half of the images have the same colours, the others unrelated ones.
    let colours = (0..<2).map { _ in
      (0..<NearDuplicates.colourLength).map { _ in Int8.random(in: -99...99, using: &random) }
    }
    var search = NearDuplicates()
    for (number, hash) in hashes.enumerated() {
      search.append(hash: hash, colours: colours[number / 8 % 2])
    }
    search.prepare()
    var found = 0
    for image in hashes.indices {
      var others: [Int] = []
      let isWhole = search.each(like: image) { other, correlation in
        others.append(other)
        #expect(correlation > 0.999)
      }
      #expect(isWhole)
      let expected = hashes.indices.filter { other in
        other != image && other / 8 % 2 == image / 8 % 2
          && (hashes[other] ^ hashes[image]).nonzeroBitCount <= NearDuplicates.distance
      }
      #expect(others.sorted() == expected)
      found += others.count
    }
    #expect(found > 1000)
  }

  @Test func aSearchThatEndsEarlySaysSo() {
    let colours = (0..<NearDuplicates.colourLength).map { Int8($0 % 100) }
    for (limit, isWhole) in [(4, true), (3, false)] {
      var search = NearDuplicates(candidateLimit: limit)
      for _ in 0..<5 { search.append(hash: 77, colours: colours) }
      search.prepare()
      var found = 0
      #expect(search.each(like: 0) { _, _ in found += 1 } == isWhole)
      #expect(found == limit)
    }
  }
}
