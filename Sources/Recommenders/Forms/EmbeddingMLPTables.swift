package import ModelRegistry
import TensorCore

/// The result of training an embedding MLP: concatenated user and item embeddings, hidden layers of [linear without
/// bias, ReLU, batch norm], and one linear output with bias (fastai's `EmbeddingNN`). The output is mapped into
/// ``OutputRange`` if there is one.
package struct EmbeddingMLPTables: ModelTables, Equatable {
  package static var form: RecommenderForm { EmbeddingMLP.form }

  /// A row-major matrix.
  package struct Matrix: Sendable, Equatable {
    package var rowCount: Int
    package var columnCount: Int
    /// The elements, row-major, rowCount x columnCount.
    package var numbers: [Float]

    /// Creates a matrix. Traps unless the number of elements matches the shape.
    package init(rowCount: Int, columnCount: Int, numbers: [Float]) {
      precondition(
        numbers.count == rowCount * columnCount,
        "\(numbers.count) numbers for [\(rowCount), \(columnCount)]")
      self.rowCount = rowCount
      self.columnCount = columnCount
      self.numbers = numbers
    }
  }

  /// A hidden layer: its weights, and the batch norm after its ReLU.
  package struct HiddenLayer: Sendable, Equatable {
    /// outputs x inputs.
    package var weights: Matrix
    /// The parameters of the batch norm, one per output each.
    package var scales: [Float]
    package var biases: [Float]
    package var runningMeans: [Float]
    package var runningVariances: [Float]

    /// Creates a layer. Traps unless each batch norm parameter has one number per output.
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

  /// The embeddings: row 0 for an unknown user or item, then one row per user or item.
  package var userEmbeddings: Matrix
  package var itemEmbeddings: Matrix
  /// The hidden layers, at least one. The input of the first is a user's embedding followed by an item's.
  package var hiddenLayers: [HiddenLayer]
  /// One weight per output of the last hidden layer.
  package var outputWeights: [Float]
  package var outputBias: Float
  /// The range into which outputs are mapped; nil leaves them unchanged.
  package var outputRange: OutputRange?

  /// Creates tables. Traps unless the inputs of each layer match the outputs of the one before.
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

/// The contents of the file of an embedding MLP.
package typealias EmbeddingMLPContents = ModelFileContents<EmbeddingMLPTables>

/// The names of an embedding MLP's tensors; see ``EmbeddingMLP/form``.
struct EmbeddingMLPTensors {
  static let userEmbeddings = "embeds.0.weight"
  static let itemEmbeddings = "embeds.1.weight"

  private let prefix: String

  /// Creates the names for `layer`: hidden layers are numbered from 0, followed by the output layer.
  init(layer: Int) { prefix = "layers.\(layer)" }

  var weights: String { "\(prefix).0.weight" }
  var outputBias: String { "\(prefix).0.bias" }
  var scales: String { "\(prefix).2.weight" }
  var biases: String { "\(prefix).2.bias" }
  var runningMeans: String { "\(prefix).2.running_mean" }
  var runningVariances: String { "\(prefix).2.running_var" }

  /// Returns whether `name` is the name of a tensor of some layer.
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
