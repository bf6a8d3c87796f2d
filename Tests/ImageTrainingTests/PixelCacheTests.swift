import Errors
import Foundation
import ImageTraining
import Images
import Learning
import TensorCore
import TestEnvironment
import Testing

struct PixelCacheTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// Images of varying size, channel count and sample type.
  private struct Mixed: ImageSource {
    let count = 150

    func image(_ number: Int) throws(TrainingError) -> Image {
      var random = RandomStream(seed: 1, stream: UInt64(number))
      let (width, height) = (1 + Int(random.next(below: 30)), 1 + Int(random.next(below: 30)))
      let channels = 1 + Int(random.next(below: 5))
      let samples = width * height * channels
      return Image(
        width: width, height: height, channels: channels,
        samples: number % 3 == 0
          ? .float32((0..<samples).map { _ in Float(random.nextWord() >> 8) })
          : .uint8((0..<samples).map { _ in UInt8(truncatingIfNeeded: random.nextWord()) }))
    }
  }

  @Test func givesBackWhatWasDecoded() throws {
    let source = Mixed()
    var seen: [Int] = []
    let cache = try #require(
      try PixelCache(
        source, limit: 1 << 30, in: folder.path(""), threadCount: 3,
        progress: { (count) throws(TrainingError) in seen.append(count) }))
    #expect(cache.count == 150 && seen.last == 150)
    for number in (0..<150).reversed() {
      #expect(try cache.image(number) == source.image(number))
    }
    // The file is unlinked.
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty)
  }

  @Test func keepsNothingBeyondItsLimit() throws {
    #expect(try PixelCache(Mixed(), limit: 10_000, in: folder.path(""), threadCount: 2) == nil)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty)
  }

  @Test func namesTheFirstImageThatFails() throws {
    let source = CountingSource(count: 100, side: 2, failsAt: 70)
    // Also with a limit too small for a cache.
    for limit in [1 << 20, 40] {
      let error = #expect(throws: TrainingError.self) {
        try PixelCache(source, limit: limit, in: folder.path(""), threadCount: 2)
      }
      #expect(error?.place == "image 70")
    }
    let unwritable = #expect(throws: TrainingError.self) {
      try PixelCache(source, limit: 1 << 20, in: folder.path("absent"), threadCount: 2)
    }
    #expect(unwritable?.code == .inputOutput)
  }

  @Test(arguments: [1 << 20, 40]) func goesOnWithoutImagesThatFail(limit: Int) throws {
    var failed: [Int] = []
    let source = CountingSource(count: 100, side: 2, failsAt: 70)
    let cache = try PixelCache(
      source, limit: limit, in: folder.path(""), threadCount: 2,
      failed: { (number, error) throws(TrainingError) in
        #expect(error.problem == "broken")
        failed.append(number)
      })
    // The failure is also reported if the cache exceeds its limit.
    #expect(failed == [70] && (cache == nil) == (limit == 40))
    guard let cache else { return }
    #expect(cache.count == 100)
    #expect(try cache.image(71) == source.image(71) && cache.image(69) == source.image(69))
    #expect(throws: TrainingError.self) { try cache.image(70) }
  }
}
