import Foundation
package import Layers
package import Recommenders
package import TensorCore

/// The neural model as a module, trained by the tape: fastai's `EmbeddingNN`, whose names its
/// parameters bear. The embeddings of a user and an item stand side by side and go through hidden
/// layers of [linear without bias, max(x, 0), batch norm], then through one linear output with bias,
/// and into the output range where there is one. Row 0 of an embedding stands for an unknown user or
/// item.
package final class NeuralNetwork: Module {
  private let users: Embedding
  private let items: Embedding
  private let hidden: [(linear: Linear, norm: BatchNorm)]
  private let output: Linear
  private let layers: Sequential
  let outputRange: OutputRange?

  /// What a batch norm's bias starts from, as wherever fastai adds one.
  private static let startingBias: Float = 1e-3

  /// A network for so many users and items, with hidden layers of the given sizes, that starts from
  /// the numbers of `seed`: tables and layers each from a stream of its own. Traps without a hidden
  /// layer.
  package init(
    userCount: Int, itemCount: Int, hiddenSizes: [Int], outputRange: OutputRange?, seed: UInt64
  ) {
    precondition(!hiddenSizes.isEmpty, "a neural model without hidden layers")
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

  /// The length of an embedding of so many rows, that of the unknown included:
  /// `min(600, round(1.6 n^0.56))` (fastai's rule).
  package static func embeddingWidth(rowCount: Int) -> Int {
    min(600, Int((1.6 * pow(Double(rowCount), 0.56)).rounded(.toNearestOrEven)))
  }

  package var children: [(name: String, module: any Module)] {
    [("embeds.0", users), ("embeds.1", items), ("layers", layers)]
  }

  /// The predictions for the ratings of the rows `users[n]` for the rows `items[n]`, 0 for an unknown
  /// one: `[ratings]`. Throws when a row is beyond its table.
  package func callAsFunction(
    users: [UInt32], items: [UInt32], in pass: ForwardPass
  ) throws(TensorError) -> Variable {
    let embeddings = try pass.tape.concatenate(
      [self.users(users, in: pass), self.items(items, in: pass)], along: 1)
    let score = try pass.tape.reshape(layers(embeddings, in: pass), to: [users.count])
    guard let outputRange else { return score }
    return try pass.tape.sigmoid(score, from: outputRange.lower, to: outputRange.upper)
  }

  /// The tables and layers as they stand.
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
