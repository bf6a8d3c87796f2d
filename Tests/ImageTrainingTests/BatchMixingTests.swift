import ImageModels
import ImageTraining
import Images
import Learning
import TensorCore
import Testing

/// Tests mixup and cutmix on constant images, whose values reveal which images were mixed.
struct BatchMixingTests {
  private let side = 20

  private func batches(
    _ mixing: BatchMixing, _ task: ImageTask, _ targets: TrainingTargets, count: Int = 48
  ) -> ImageBatches {
    var transform = ImageTransform(size: ImageSize(side))
    transform.augmentation = .none
    return ImageBatches(
      TrainingImages(
        images: CountingSource(count: count, side: side), targets: targets, task: task,
        training: Array(0..<count), heldOut: Array(0..<count)), transform,
      batches: BatchSizes(16, samples: count), unit: 16, epochCount: 4,
      order: .shuffled(seed: 1), seed: 1, threadCount: 2, mixing: mixing)
  }

  private func ofClasses(_ mixing: BatchMixing) -> ImageBatches {
    batches(
      mixing, .classify(classes: (0..<48).map { "\($0)" }), .classes((0..<48).map { Int32($0) }))
  }

  private func places() -> [BatchPlace] {
    (0..<4).flatMap { epoch in
      (0..<3).map { BatchPlace(epoch: epoch, range: $0 * 16..<($0 + 1) * 16) }
    }
  }

  /// Returns each image's mean value, the mean its target implies, and the largest target share. A class's number is
  /// the value of its image.
  private func means(_ batch: PreparedBatch) -> [(found: Float, told: Float, greatest: Float)] {
    let (pixels, targets) = (batch.images.elements(), batch.targets.elements())
    let count = pixels.count / batch.images.shape[0]
    return (0..<batch.images.shape[0]).map { image in
      let row = targets[image * 48..<(image + 1) * 48]
      let mean = pixels[image * count..<(image + 1) * count].reduce(0, +) * 255 / Float(count)
      return (
        mean, row.enumerated().reduce(0) { $0 + Float($1.offset) * $1.element }, row.max() ?? 0
      )
    }
  }

  @Test(arguments: [
    BatchMixing(mixup: 0.4), BatchMixing(cutmix: 1), BatchMixing(mixup: 1, cutmix: 0.5),
  ])
  func targetsAreMixedToTheSharesOfTheirImages(mixing: BatchMixing) throws {
    let (mixed, plain) = (ofClasses(mixing), ofClasses(BatchMixing()))
    var isPasted = 0
    var changed = 0
    for place in places() {
      let batch = try mixed.training(place)
      #expect(batch.targets.shape == [16, 48])
      for (found, told, greatest) in means(batch) {
        #expect(abs(found - told) < 0.01, "\(found) for \(told)")
        if greatest < 1 { changed += 1 }
        if mixing.cutmix == nil { #expect(greatest >= 0.5) }
      }
      for row in 0..<16 {
        #expect(abs(batch.targets.elements()[row * 48..<(row + 1) * 48].reduce(0, +) - 1) < 1e-5)
      }
      // A pasted image has two values, a mixed one has one.
      let first = batch.images.elements().prefix(side * side)
      if Set(first).count > 1 { isPasted += 1 }
      #expect(try plain.training(place).targets.shape == [16])
    }
    #expect(changed > 80)
    #expect((isPasted > 0) == (mixing.cutmix != nil))
    if mixing.mixup != nil { #expect(isPasted < 12) }
    // Held-out images are not mixed.
    let held = try mixed.heldOut(BatchPlace(epoch: 0, range: 0..<16))
    #expect(held.targets.shape == [16])
  }

  @Test func labelsAndNumbersAreMixedAndAreTheSameAgain() throws {
    let numbers = TrainingTargets.numbers((0..<48).map { Float($0) }, width: 1)
    func batches() -> ImageBatches {
      self.batches(BatchMixing(mixup: 0.4), .regress(names: ["n"], range: nil), numbers)
    }
    let (one, other) = (batches(), batches())
    for place in places().reversed() {
      let batch = try one.training(place)
      let pixels = batch.images.elements()
      for (image, number) in batch.targets.elements().enumerated() {
        #expect(abs(pixels[image * 3 * side * side] * 255 - number) < 0.01)
      }
      #expect(try other.training(place).images.elements() == pixels)
    }
  }

  @Test func whatMakesNoSenseIsSaid() {
    let points = ImageTask.points(names: ["p"])
    let numbers = ImageTask.regress(names: ["n"], range: nil)
    #expect(BatchMixing(mixup: 0.4).fault(for: points) != nil)
    #expect(BatchMixing(cutmix: 1).fault(for: numbers) != nil)
    #expect(BatchMixing(mixup: 0.4).fault(for: numbers) == nil)
    #expect(BatchMixing(mixup: 0).fault(for: .classify(classes: ["a"])) != nil)
    #expect(BatchMixing(mixup: .nan).fault(for: .classify(classes: ["a"])) != nil)
    #expect(BatchMixing().fault(for: points) == nil)
  }

  /// The mean is 1/2 and the variance 1 / (4 (2 alpha + 1)).
  @Test(arguments: [0.01, 0.2, 0.4, 1, 1.5, 8]) func sharesAreOfTheBetaDistribution(
    alpha: Double
  ) {
    var random = RandomStream(seed: 3, stream: 4)
    let shares = (0..<40_000).map { _ in random.beta(alpha) }
    #expect(shares.allSatisfy { (0...1).contains($0) })
    let mean = shares.reduce(0, +) / 40_000
    let variance = shares.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 40_000
    let expected = 1 / (4 * (2 * alpha + 1))
    #expect(abs(mean - 0.5) < 0.01 && abs(variance / expected - 1) < 0.03, "\(mean) \(variance)")
  }
}
