import Foundation
package import Layers
import Learning
package import Recommenders
package import TensorCore

/// The `embedding-mlp` model as a module, trained with autograd: fastai's `EmbeddingNN`, with the same parameter names.
/// The embeddings of a user and an item are concatenated and passed through hidden layers of [linear without bias,
/// max(x, 0), batch norm], then through a linear output layer with bias, and scaled to the output range if there is
/// one. Row 0 of an embedding represents an unknown user or item.
package final class EmbeddingMLPNetwork: Module {
  private let users: Embedding
  private let items: Embedding
  private let hidden: [(linear: Linear, norm: BatchNorm)]
  private let output: Linear
  private let layers: Sequential
  let outputRange: OutputRange?

  /// The initial bias of batch norms, as in fastai.
  private static let startingBias: Float = 1e-3

  /// Creates a network for the given numbers of users and items, with hidden layers of the given sizes. It is
  /// initialised from `seed`, with a separate stream for each table and for the layers. Traps without a hidden layer.
  package init(
    userCount: Int, itemCount: Int, hiddenSizes: [Int], outputRange: OutputRange?, seed: UInt64
  ) {
    precondition(!hiddenSizes.isEmpty, "an MLP without hidden layers")
    func embedding(_ count: Int, stream: UInt64) -> Embedding {
      var random = RandomStream(seed: seed, stream: stream)
      return Embedding(
        rowCount: count + 1, length: Self.embeddingWidth(rowCount: count + 1), random: &random)
    }
    users = embedding(userCount, stream: 1)
    items = embedding(itemCount, stream: 2)
    var random = RandomStream(seed: seed, stream: 3)
    var width = users.weight.value.shape[1] + items.weight.value.shape[1]
    var hidden: [(linear: Linear, norm: BatchNorm)] = []
    for size in hiddenSizes {
      let linear = Linear(inputCount: width, outputCount: size, hasBias: false, random: &random)
      hidden.append((linear, BatchNorm(channelCount: size, bias: Self.startingBias)))
      width = size
    }
    output = Linear(inputCount: width, outputCount: 1, random: &random)
    self.hidden = hidden
    self.outputRange = outputRange
    layers = Sequential(
      hidden.map { Sequential([$0.linear, ReLU(), $0.norm]) } + [Sequential([output])])
  }

  /// Returns the width of an embedding with `rowCount` rows, including that of the unknown:
  /// `min(600, round(1.6 n^0.56))` (fastai's rule).
  package static func embeddingWidth(rowCount: Int) -> Int {
    min(600, Int((1.6 * pow(Double(rowCount), 0.56)).rounded(.toNearestOrEven)))
  }

  package var children: [(name: String, module: any Module)] {
    [("embeds.0", users), ("embeds.1", items), ("layers", layers)]
  }

  /// Returns the predicted ratings of the rows `users[n]` for the rows `items[n]`: `[ratings]`. Row 0 represents an
  /// unknown user or item. Throws if a row is out of bounds.
  package func callAsFunction(
    users: [UInt32], items: [UInt32], in pass: ForwardPass
  ) throws(TensorError) -> Variable {
    let embeddings = try pass.tape.concatenate(
      [self.users(users, in: pass), self.items(items, in: pass)], along: 1)
    let score = try pass.tape.reshape(layers(embeddings, in: pass), to: [users.count])
    guard let outputRange else { return score }
    return try pass.tape.sigmoid(score, from: outputRange.lower, to: outputRange.upper)
  }

  /// Returns the current tables and layers.
  package func tables() -> EmbeddingMLPTables {
    func matrix(_ parameter: Parameter) -> EmbeddingMLPTables.Matrix {
      let value = parameter.value
      return EmbeddingMLPTables.Matrix(
        rowCount: value.shape[0], columnCount: value.shape[1], numbers: value.elements())
    }
    return EmbeddingMLPTables(
      userEmbeddings: matrix(users.weight), itemEmbeddings: matrix(items.weight),
      hiddenLayers: hidden.map { linear, norm in
        EmbeddingMLPTables.HiddenLayer(
          weights: matrix(linear.weight), scales: norm.weight.value.elements(),
          biases: norm.bias.value.elements(), runningMeans: norm.runningMean.value.elements(),
          runningVariances: norm.runningVariance.value.elements())
      },
      outputWeights: output.weight.value.elements(),
      outputBias: output.bias?.value.number ?? 0, outputRange: outputRange)
  }
}

extension EmbeddingMLPNetwork {
  /// Returns a training with squared error on `ratings`, whose rows are shifted by one for row 0.
  func training(
    on ratings: TrainingRatings, adamOptions: AdamW.Options, context: ComputeContext
  ) -> ModuleTraining {
    var options = ModuleTraining.Options()
    options.context = context
    options.lossBound = lossBound(for: ratings)
    return ModuleTraining(
      self, optimizer: AdamW([ParameterGroup("network", of: self)], options: adamOptions),
      loss: .squaredError, options: options, trainingCount: ratings.training.count,
      validationCount: ratings.heldOut?.count ?? 0,
      trainingBatch: { [self] samples, pass throws(TensorError) in
        try batch(of: samples.map { Int($0) }, in: ratings.training, pass)
      },
      heldOutBatch: { [self] samples, pass throws(TensorError) in
        guard let heldOut = ratings.heldOut else {
          preconditionFailure("held-out ratings without a validation")
        }
        return try batch(of: Array(samples), in: heldOut, pass)
      })
  }

  /// Returns the bound that the mean loss stays below unless training diverges. It is higher than for zero tables,
  /// since an untrained network scatters its predictions.
  ///
  /// Batch norms normalise their input to variance 1. Weights uniform within 1/sqrt(n) reduce that to 1/3 on average,
  /// and a sigmoid's slope is at most a quarter of its range. The bound is twice the error of both, or the error of a
  /// scatter of a quarter of the range if all ratings lie in its middle.
  private func lossBound(for ratings: TrainingRatings) -> Double {
    let steepness = outputRange.map { Double($0.upper - $0.lower) / 4 } ?? 1
    return max(
      ratings.lossBound(outputRange) + 2 * steepness * steepness / 3, steepness * steepness)
  }

  private func batch(
    of samples: [Int], in columns: TrainingRatings.Columns, _ pass: ForwardPass
  ) throws(TensorError) -> ModuleTraining.Batch {
    func rows(_ column: [UInt32]) -> [UInt32] {
      samples.map { column[$0] == TrainingRatings.unknown ? 0 : column[$0] + 1 }
    }
    let predictions = try callAsFunction(
      users: rows(columns.users), items: rows(columns.items), in: pass)
    return (predictions, Tensor([samples.count], samples.map { columns.values[$0] }))
  }
}
