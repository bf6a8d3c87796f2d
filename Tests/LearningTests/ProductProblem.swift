import Errors
import Layers
import Learning
import TensorCore
import TestEnvironment

/// A problem of learning to multiply two numbers with a perceptron: 200 training samples and 56 held-out ones.
struct ProductProblem {
  private let inputs: [Float]
  private let targets: [Float]

  init() {
    var generator = SplitMix64(seed: 4)
    let inputs = (0..<512).map { _ in Float.random(in: -1...1, using: &generator) }
    self.inputs = inputs
    targets = (0..<256).map { inputs[2 * $0] * inputs[2 * $0 + 1] }
  }

  /// Returns a training of `network` with its two layers as groups.
  func training(
    of network: some Layer, options: ModuleTraining.Options = ModuleTraining.Options(),
    loss: LossFunction = .squaredError,
    optimizer: ([ParameterGroup]) -> any Optimizer = { AdamW($0, options: AdamW.Options()) }
  ) -> ModuleTraining {
    let batch: (ArraySlice<UInt32>, ForwardPass) throws(TensorError) -> ModuleTraining.Batch = {
      samples, pass throws(TensorError) in
      let rows = samples.flatMap { [inputs[2 * Int($0)], inputs[2 * Int($0) + 1]] }
      return (
        try network(Variable(Tensor([samples.count, 2], rows)), in: pass),
        Tensor([samples.count, 1], samples.map { targets[Int($0)] })
      )
    }
    let groups = network.children.map { name, module in
      ParameterGroup(name, module.namedParameters().map(\.parameter))
    }
    return ModuleTraining(
      network, optimizer: optimizer(groups), loss: loss, options: options, trainingCount: 200,
      validationCount: 56, trainingBatch: batch,
      heldOutBatch: { samples, pass throws(TensorError) in
        try batch(samples.map { UInt32($0 + 200) }[...], pass)
      })
  }
}

extension Module {
  /// The bit patterns of all parameters.
  var bits: [UInt32] {
    namedParameters().flatMap { $0.parameter.value.elements().map(\.bitPattern) }
  }
}

extension TrainingHistory {
  /// The losses of all epochs, without the times.
  var losses: [[Double?]] { epochs.map { [$0.trainingLoss, $0.validationLoss] } }
}
