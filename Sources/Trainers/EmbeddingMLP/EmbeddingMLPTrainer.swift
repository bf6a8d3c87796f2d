package import Learning
package import Recommenders
package import TensorCore

/// Options of the `embedding-mlp` trainer. The defaults are those of fastai's book.
package struct EmbeddingMLPOptions: DescentTrainerOptions {
  /// The output size of each hidden layer, first to last.
  package var hiddenSizes = [100, 50]
  package var descent = GradientDescentOptions()
  /// The range of predictions.
  package var range = PredictionRange.automatic

  package init() {}
}

/// Trains the `embedding-mlp` model, embeddings followed by a multilayer perceptron. Minimises the squared error on
/// mini-batches with ``AdamW`` and the one-cycle schedule, with the formulas and defaults of fastai's `collab_learner`
/// with `use_nn`.
///
/// **Unknown users and items** are row 0 of their embedding, which no rating updates: weight decay shrinks it from its
/// small random start, as in fastai.
///
/// **Repeatable:** data, options and the kind of processor determine the network bit for bit, independent of the number
/// of threads.
///
/// Needs at least two ratings. Time: O(steps x (batch x layer parameters + embedding parameters)). Memory: 4 numbers
/// per parameter, and 12 bytes per rating.
package struct EmbeddingMLPTrainer: DescentTrainer {
  package static let name = "embedding-mlp"
  package static let aliases = ["neural"]
  package static let summary = "embeddings into a multilayer perceptron: fastai's EmbeddingNN"
  package static let hyperparameters: [Hyperparameter<EmbeddingMLPOptions>] =
    [
      .value(
        "layers", \.hiddenSizes, valueName: "sizes",
        rule:
          "1 to \(EmbeddingMLP.layerLimit) sizes from 1 to \(EmbeddingMLP.widthLimit), such as 100,50",
        read: { text in
          let parts = text.split(separator: ",", omittingEmptySubsequences: false)
          let sizes = parts.compactMap { Int($0) }
          return sizes.count == parts.count ? sizes : nil
        }, text: { $0.map(String.init).joined(separator: ",") },
        isGood: { sizes in
          (1...EmbeddingMLP.layerLimit).contains(sizes.count)
            && sizes.allSatisfy((1...EmbeddingMLP.widthLimit).contains)
        },
        "the sizes of its hidden layers, first to last")
    ] + GradientDescentOptions.hyperparameters(smallestBatch: 2).map { $0.within(\.descent) }
    + [PredictionRange.hyperparameter(\.range)]

  package var options: EmbeddingMLPOptions

  package init(options: EmbeddingMLPOptions = EmbeddingMLPOptions()) { self.options = options }

  package var searchedOptions: [SearchedOption] { GradientDescentOptions.searchedOptions }

  /// Demands memory for each parameter, its gradient and two numbers of optimiser state; and for each layer's output
  /// and its gradient.
  package func memoryDemand(users: Int, items: Int, ratings: Int) -> [MemoryDemand] {
    let widths = [users, items].map { EmbeddingMLPNetwork.embeddingWidth(rowCount: $0 + 1) }
    let sizes = [widths[0] + widths[1]] + options.hiddenSizes + [1]
    let weights = zip(sizes, sizes.dropFirst()).reduce(0.0) { $0 + Double($1.0 * $1.1) }
    let embeddings = Double(users * widths[0] + items * widths[1])
    let batch = Double(min(options.descent.batchSize, max(ratings, 1)))
    return [
      MemoryDemand("the embeddings", numbers: 4 * embeddings),
      MemoryDemand(option: "layers", record["layers"] ?? "", numbers: 4 * weights),
      MemoryDemand(
        option: "batch", options.descent.batchSize,
        numbers: 2 * batch * Double(sizes.reduce(0, +))),
    ]
  }

  package func start(
    for ratings: TrainingRatings, range: OutputRange?, seed: UInt64
  ) -> EmbeddingMLPNetwork {
    EmbeddingMLPNetwork(
      userCount: ratings.userCount, itemCount: ratings.itemCount,
      hiddenSizes: options.hiddenSizes, outputRange: range, seed: seed)
  }

  package func model(
    from network: EmbeddingMLPNetwork, on ratings: TrainingRatings, in context: ComputeContext
  ) -> (trained: any GradientTrainable, tables: () -> EmbeddingMLPTables) {
    let training = network.training(
      on: ratings, adamOptions: options.descent.adamOptions, context: context)
    return (training, network.tables)
  }
}

extension EmbeddingMLPTables: DescentTables {
  package static var noun: String { "a parameter of the network" }
  package var columns: [[Float]] {
    [userEmbeddings.numbers, itemEmbeddings.numbers, outputWeights, [outputBias]]
      + hiddenLayers.flatMap {
        [$0.weights.numbers, $0.scales, $0.biases, $0.runningMeans, $0.runningVariances]
      }
  }
}
