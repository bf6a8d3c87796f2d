import Errors
import ImageModels
import ImageTraining
import Images
import Learning
import TensorCore
import Testing

struct ClassWeightsTests {
  private func data(
    _ targets: TrainingTargets, _ task: ImageTask, training: [Int]
  ) -> TrainingImages {
    TrainingImages(
      images: CountingSource(count: targets.count, side: 2), targets: targets, task: task,
      training: training, heldOut: [])
  }

  private let classes = ImageTask.classify(classes: ["a", "b", "c", "d"])

  /// Agrees with scikit-learn's `compute_class_weight("balanced", ...)`: classes of 5, 2 and 1 of 8 images have the
  /// weights 8 / (3 * 5), 8 / (3 * 2) and 8 / 3.
  @Test func balancedClassesWeighTheSameTogether() throws {
    let data = data(
      .classes([0, 0, 0, 0, 0, 1, 1, 2, 3, 3]), classes, training: Array(0..<8))
    let weights = try ClassWeights.balanced.values(for: data)
    let expected: [Float] = [8.0 / 15, 8.0 / 6, 8.0 / 3, 1]
    #expect(zip(weights, expected).allSatisfy { abs($0 - $1) < 1e-6 }, "\(weights)")
  }

  /// Weights are negatives over positives, as PyTorch recommends for `pos_weight`. Labels of all images or of none have
  /// weight 1.
  @Test func balancedLabelsWeighNegativesOverPositives() throws {
    let data = data(
      .numbers([1, 0, 1, 0, 1, 0, 0, 0, 1, 0, 0, 1, 0, 0, 1, 0, 1, 1, 1, 1], width: 4),
      .multilabel(labels: ["a", "b", "c", "d"], thresholds: [0.5, 0.5, 0.5, 0.5]),
      training: [0, 1, 2, 3])
    // Of four images, three have a, none has b, two have c and one has d.
    let weights = try ClassWeights.balanced.values(for: data)
    #expect(zip(weights, [1.0 / 3, 1, 1, 3]).allSatisfy { abs($0 - $1) < 1e-6 }, "\(weights)")
  }

  @Test func namedClassesWeighWhatIsSaid() throws {
    let data = data(.classes([0, 1, 2, 3]), classes, training: [0, 1, 2])
    #expect(try ClassWeights.named(["b": 2.5, "d": 0.5]).values(for: data) == [1, 2.5, 1, 0.5])
    for (weights, word) in [(["bb": Float(1)], "Did you mean b?"), (["a": 0], "above 0")] {
      let error = #expect(throws: TrainingError.self) {
        try ClassWeights.named(weights).values(for: data)
      }
      #expect(error?.code == .badOption && error?.description.contains(word) == true)
    }
    let numbers = self.data(
      .numbers([1], width: 1), .regress(names: ["x"], range: nil), training: [0])
    #expect(throws: TrainingError.self) { try ClassWeights.balanced.values(for: numbers) }
  }

  /// An image of a class with weight 3 counts three times in a batch's mean loss.
  @Test func weightsReachTheLossOfATask() throws {
    let tape = Tape(isRecording: false)
    let outputs = Variable(Tensor([2, 4], [1, 0, 0, 0, 1, 0, 0, 0] as [Float]))
    let loss = classes.loss(weights: [1, 3, 1, 1])
    func own(_ right: [UInt32]) throws -> Float {
      try loss(outputs, Tensor([2], right), on: tape).value.number
    }
    let (likely, unlikely) = (try own([0, 0]), try own([1, 1]))
    #expect(abs(try own([0, 1]) - (likely + 3 * unlikely) / 4) < 1e-6)
    let labels = ImageTask.multilabel(labels: ["a", "b"], thresholds: [0.5, 0.5])
    let zeros = Variable(Tensor.zeros([1, 2]))
    let weighted = try labels.loss(weights: [5, 1])(
      zeros, Tensor([1, 2], [1, 0] as [Float]), on: tape
    ).value.number
    let plain = try labels.loss()(zeros, Tensor([1, 2], [1, 0] as [Float]), on: tape).value.number
    // Each loss is ln 2, the first five times that.
    #expect(abs(weighted / plain - 3) < 1e-6)
  }
}
