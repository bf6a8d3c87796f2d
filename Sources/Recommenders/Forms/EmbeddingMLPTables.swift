package import ModelRegistry
import TensorCore

/// What a trainer of an embedding MLP learns: embeddings of users and items side by side, hidden
/// layers of [linear without bias, ReLU, batch norm], and one linear output with bias (fastai's
/// `EmbeddingNN`). The output goes through ``OutputRange`` where there is one.
package struct EmbeddingMLPTables: ModelTables, Equatable {
  package static var form: RecommenderForm { EmbeddingMLP.form }

  /// Rows of equal length, one behind the other.
  package struct Matrix: Sendable, Equatable {
    package var rowCount: Int
    package var columnCount: Int
    /// Row-major, rowCount x columnCount.
    package var numbers: [Float]

    /// Traps unless there are as many numbers as the shape has.
    package init(rowCount: Int, columnCount: Int, numbers: [Float]) {
      precondition(
        numbers.count == rowCount * columnCount,
        "\(numbers.count) numbers for [\(rowCount), \(columnCount)]")
      self.rowCount = rowCount
      self.columnCount = columnCount
      self.numbers = numbers
    }
  }

  /// A hidden layer: its weights, and the batch norm behind its ReLU.
  package struct HiddenLayer: Sendable, Equatable {
    /// Outputs x inputs.
    package var weights: Matrix
    /// The batch norm's, one an output each.
    package var scales: [Float]
    package var biases: [Float]
    package var runningMeans: [Float]
    package var runningVariances: [Float]

    /// Traps unless the batch norm has one number an output each.
    package init(
      weights: Matrix, scales: [Float], biases: [Float], runningMeans: [Float],
      runningVariances: [Float]
    ) {
      for column in [scales, biases, runningMeans, runningVariances] {
        precondition(
          column.count == weights.rowCount, "\(column.count) for \(weights.rowCount) outputs")
      }
      self.weights = weights
      self.scales = scales
      self.biases = biases
      self.runningMeans = runningMeans
      self.runningVariances = runningVariances
    }
  }

  /// Row 0 stands for a user or item that is unknown; then one a user, or an item.
  package var userEmbeddings: Matrix
  package var itemEmbeddings: Matrix
  /// One or more; the first takes a user's embedding and behind it an item's.
  package var hiddenLayers: [HiddenLayer]
  /// One an output of the last hidden layer.
  package var outputWeights: [Float]
  package var outputBias: Float
  /// Where outputs are mapped into; nil leaves them as they are.
  package var outputRange: OutputRange?

  /// Tables of the given numbers. Traps unless each layer takes what the one before puts out.
  package init(
    userEmbeddings: Matrix, itemEmbeddings: Matrix, hiddenLayers: [HiddenLayer],
    outputWeights: [Float], outputBias: Float, outputRange: OutputRange? = nil
  ) {
    var width = userEmbeddings.columnCount + itemEmbeddings.columnCount
    for layer in hiddenLayers {
      precondition(
        layer.weights.columnCount == width,
        "a layer of \(layer.weights.columnCount) inputs behind \(width) outputs")
      width = layer.weights.rowCount
    }
    precondition(!hiddenLayers.isEmpty && outputWeights.count == width)
    self.userEmbeddings = userEmbeddings
    self.itemEmbeddings = itemEmbeddings
    self.hiddenLayers = hiddenLayers
    self.outputWeights = outputWeights
    self.outputBias = outputBias
    self.outputRange = outputRange
  }

  package var ranking: Ranking { .score }
  package var userCount: Int { userEmbeddings.rowCount - 1 }
  package var itemCount: Int { itemEmbeddings.rowCount - 1 }

  package func tensors(with catalogue: ModelCatalogueContents) -> [OutgoingTensor] {
    func tensor(_ name: String, _ matrix: Matrix) -> OutgoingTensor {
      OutgoingTensor(name, [matrix.rowCount, matrix.columnCount], matrix.numbers)
    }
    var tensors = [
      tensor(EmbeddingMLPTensors.itemEmbeddings, itemEmbeddings),
      tensor(EmbeddingMLPTensors.userEmbeddings, userEmbeddings),
    ]
    for (number, layer) in hiddenLayers.enumerated() {
      let names = EmbeddingMLPTensors(layer: number)
      tensors += [
        tensor(names.weights, layer.weights), OutgoingTensor(names.scales, layer.scales),
        OutgoingTensor(names.biases, layer.biases),
        OutgoingTensor(names.runningMeans, layer.runningMeans),
        OutgoingTensor(names.runningVariances, layer.runningVariances),
      ]
    }
    let output = EmbeddingMLPTensors(layer: hiddenLayers.count)
    return tensors + [
      OutgoingTensor(output.weights, [1, outputWeights.count], outputWeights),
      OutgoingTensor(output.outputBias, [outputBias]),
    ]
  }
}

/// All that the file of an embedding MLP holds.
package typealias EmbeddingMLPContents = ModelFileContents<EmbeddingMLPTables>

/// The names of an embedding MLP's tensors; see ``EmbeddingMLP/form``.
struct EmbeddingMLPTensors {
  static let userEmbeddings = "embeds.0.weight"
  static let itemEmbeddings = "embeds.1.weight"

  private let prefix: String

  /// The names of layer `layer`: the hidden ones count from 0, the output comes behind them.
  init(layer: Int) { prefix = "layers.\(layer)" }

  var weights: String { "\(prefix).0.weight" }
  var outputBias: String { "\(prefix).0.bias" }
  var scales: String { "\(prefix).2.weight" }
  var biases: String { "\(prefix).2.bias" }
  var runningMeans: String { "\(prefix).2.running_mean" }
  var runningVariances: String { "\(prefix).2.running_var" }

  /// Whether `name` is the name of a tensor of some layer.
  static func isOfLayer(_ name: String) -> Bool {
    let words = name.split(separator: ".")
    guard words.count > 1, words[0] == "layers", let number = Int(words[1]) else { return false }
    let layer = Self(layer: number)
    return [
      layer.weights, layer.outputBias, layer.scales, layer.biases, layer.runningMeans,
      layer.runningVariances,
    ].contains(name)
  }
}
