package import ModelRegistry
import Ratings
import TensorCore

/// All that the file of a neural model holds, in memory.
package struct NeuralModelContents: ModelContents {
  package var kind: String
  package var catalogue: ModelCatalogueContents
  package var tables: NeuralTables

  /// The contents of a model. Traps unless there is an embedding for each user and item, and one for
  /// an unknown one.
  package init(kind: String, catalogue: ModelCatalogueContents, tables: NeuralTables) {
    precondition(
      tables.userEmbeddings.rowCount == catalogue.users.count + 1
        && tables.itemEmbeddings.rowCount == catalogue.items.count + 1)
    self.kind = kind
    self.catalogue = catalogue
    self.tables = tables
  }

  package var metadata: [String: String] { metadata(.network, .score, tables.outputRange) }

  package var learnedTensors: [OutgoingTensor] {
    func tensor(_ name: String, _ matrix: NeuralTables.Matrix) -> OutgoingTensor {
      OutgoingTensor(name, [matrix.rowCount, matrix.columnCount], matrix.numbers)
    }
    var tensors = [
      tensor(NeuralTensorNames.itemEmbeddings, tables.itemEmbeddings),
      tensor(NeuralTensorNames.userEmbeddings, tables.userEmbeddings),
    ]
    for (number, layer) in tables.hiddenLayers.enumerated() {
      let names = NeuralTensorNames(layer: number)
      tensors += [
        tensor(names.weights, layer.weights), OutgoingTensor(names.scales, layer.scales),
        OutgoingTensor(names.biases, layer.biases),
        OutgoingTensor(names.runningMeans, layer.runningMeans),
        OutgoingTensor(names.runningVariances, layer.runningVariances),
      ]
    }
    let output = NeuralTensorNames(layer: tables.hiddenLayers.count)
    return tensors + [
      OutgoingTensor(output.weights, [1, tables.outputWeights.count], tables.outputWeights),
      OutgoingTensor(output.outputBias, [tables.outputBias]),
    ]
  }

  package var alignedTensor: String { RecommenderForm.network.alignedTensor }
}

/// The names of the tensors of a layer; see ``RecommenderForm/network``.
struct NeuralTensorNames {
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
