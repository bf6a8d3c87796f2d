import Errors
import ImageModels
import ImageTraining
import Images
import Learning
import TensorCore
import TestEnvironment
import Testing

struct ImageBatchesTests {
  private let side = 16

  private var still: ImageTransform {
    var transform = ImageTransform(size: ImageSize(side))
    transform.augmentation = .none
    return transform
  }

  private func data(_ count: Int, failsAt: Int? = nil) -> TrainingImages {
    TrainingImages(
      images: CountingSource(count: count, side: side, failsAt: failsAt),
      targets: .numbers((0..<count).flatMap { [Float($0), Float(2 * $0)] }, width: 2),
      task: .regress(names: ["a", "b"], range: nil),
      training: (0..<count).filter { $0 % 4 != 0 }, heldOut: (0..<count).filter { $0 % 4 == 0 })
  }

  /// Returns the numbers of the images in a batch, decoded from their pixels.
  private func numbers(_ batch: PreparedBatch) -> [Int] {
    let pixels = batch.images.elements()
    return (0..<batch.images.shape[0]).map { Int((pixels[$0 * 3 * side * side] * 255).rounded()) }
  }

  @Test(arguments: [1, 3]) func eachBatchHasTheImagesOfItsPlaceWithTheirTargets(threads: Int) throws
  {
    let data = data(80)
    let sizes = BatchSizes(16, samples: data.training.count)
    let order = SampleOrder.shuffled(seed: 4)
    let batches = ImageBatches(
      data, still, batches: sizes, unit: 7, epochCount: 3, order: order, seed: 4,
      threadCount: threads)
    for epoch in 0..<3 {
      let samples = order.samples(data.training.count, epoch: epoch)
      for batch in 0..<sizes.trainingCount {
        let whole = sizes.training(batch)
        for start in stride(from: whole.lowerBound, to: whole.upperBound, by: 7) {
          let range = start..<min(start + 7, whole.upperBound)
          let found = try batches.training(BatchPlace(epoch: epoch, range: range))
          let expected = samples[range].map { data.training[Int($0)] }
          #expect(numbers(found) == expected)
          #expect(found.targets.shape == [range.count, 2])
          #expect(found.targets.elements() == expected.flatMap { [Float($0), Float(2 * $0)] })
        }
      }
    }
    for validation in 0..<2 {
      for start in stride(from: 0, to: 20, by: 16) {
        let range = start..<min(start + 16, 20)
        let found = try batches.heldOut(BatchPlace(epoch: validation, range: range))
        #expect(numbers(found) == range.map { 4 * $0 })
      }
    }
  }

  @Test func aPlaceOutOfTurnIsPreparedAllTheSame() throws {
    let data = data(80)
    let sizes = BatchSizes(16, samples: data.training.count)
    func batches() -> ImageBatches {
      ImageBatches(
        data, ImageTransform(size: ImageSize(side)), batches: sizes, unit: 16, epochCount: 9,
        order: .shuffled(seed: 1), seed: 1, threadCount: 2)
    }
    let (one, other) = (batches(), batches())
    let places = [(0, 0), (0, 1), (5, 2), (6, 0), (1, 1), (0, 0), (8, 2)].map {
      BatchPlace(epoch: $0.0, range: sizes.training($0.1))
    }
    let found = try places.map { try one.training($0).images.elements() }
    let backwards = try places.reversed().map { try other.training($0).images.elements() }
    #expect(found == backwards.reversed())
    // Another epoch augments the same images differently.
    #expect(Set(found).count == places.count - 1)
  }

  @Test func anImageThatFailsFailsItsBatchAndNoOther() throws {
    let data = data(80, failsAt: 8)
    let sizes = BatchSizes(16, samples: data.training.count)
    let batches = ImageBatches(
      data, still, batches: sizes, unit: 16, epochCount: 1, order: .byNumber, seed: 0,
      threadCount: 2)
    let error = #expect(throws: TrainingError.self) {
      try batches.heldOut(BatchPlace(epoch: 0, range: 0..<16))
    }
    #expect(error?.place == "image 8")
    #expect(try numbers(batches.heldOut(BatchPlace(epoch: 0, range: 16..<20))) == [64, 68, 72, 76])
  }

  /// Bright spots on flipped, rotated and warped images are where their points say.
  @Test func pointsMoveWithTheirImages() throws {
    let source = SpotSource(count: 24)
    let data = TrainingImages(
      images: source, targets: .points((0..<24).map { source.spot($0) }, width: 1),
      task: .points(names: ["spot"]), training: Array(0..<24), heldOut: [])
    let batches = ImageBatches(
      data, ImageTransform(size: ImageSize(64)), batches: BatchSizes(24, samples: 24), unit: 24,
      epochCount: 1, order: .byNumber, seed: 2, threadCount: 1)
    let batch = try batches.training(BatchPlace(epoch: 0, range: 0..<24))
    let (pixels, points) = (batch.images.elements(), batch.targets.elements())
    #expect(batch.targets.shape == [24, 2])
    for image in 0..<24 {
      let plane = pixels[image * 3 * 4096..<image * 3 * 4096 + 4096]
      guard let brightest = plane.indices.max(by: { plane[$0] < plane[$1] }) else { continue }
      let (row, column) = (brightest - plane.startIndex).quotientAndRemainder(dividingBy: 64)
      let (x, y) = ((points[image * 2] + 1) * 32, (points[image * 2 + 1] + 1) * 32)
      #expect(abs(x - Float(column) - 0.5) < 2.5 && abs(y - Float(row) - 0.5) < 2.5)
    }
  }

  /// Grey images with a bright spot.
  private struct SpotSource: ImageSource {
    let count: Int

    func spot(_ number: Int) -> SIMD2<Float> {
      var random = RandomStream(seed: 3, stream: UInt64(number))
      return SIMD2(24.5 + Float(random.next(below: 16)), 24.5 + Float(random.next(below: 16)))
    }

    func image(_ number: Int) throws(TrainingError) -> Image {
      let spot = spot(number)
      return Image(
        width: 64, height: 64, channels: 1,
        samples: .float32(
          (0..<4096).map { position in
            let place = SIMD2<Float>(Float(position % 64) + 0.5, Float(position / 64) + 0.5)
            let distance = ((place - spot) * (place - spot)).sum()
            return 0.2 + max(0, 0.7 - distance / 30)
          }))
    }
  }
}
