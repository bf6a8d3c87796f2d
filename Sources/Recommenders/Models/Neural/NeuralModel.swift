import Errors
package import ModelRegistry
import Ratings
import Synchronization

/// A neural model as it answers: the tables of ``NeuralTables`` in a mapped file.
///
/// As for ``FactorModel``, opening reads the header alone, what the file holds is not trusted, and
/// contents are checked when a model is published. The few numbers of the layers are read and made
/// ready for scoring at the first score.
package final class NeuralModel: ScoredModel {
  package let header: ModelHeader
  package let catalogue: ModelCatalogue
  /// The outputs of each hidden layer.
  package let hiddenSizes: [Int]
  /// The lengths of an embedding.
  package let userWidth: Int
  package let itemWidth: Int
  let userEmbeddings: ModelColumn<Float>
  let itemEmbeddings: ModelColumn<Float>
  let layers: [Layer]
  /// The last layer, of one output.
  let outputWeights: ModelColumn<Float>
  let outputBias: ModelColumn<Float>
  private let prepared = Mutex<Prepared?>(nil)
  /// Held while scores are prepared, so that it is done once and others wait for it.
  private let preparing = Mutex(())

  /// A hidden layer in the file.
  struct Layer: Sendable {
    /// Outputs x inputs.
    let weights: ModelColumn<Float>
    let scales: ModelColumn<Float>
    let biases: ModelColumn<Float>
    let runningMeans: ModelColumn<Float>
    let runningVariances: ModelColumn<Float>
  }

  /// What scoring needs besides embeddings.
  private struct Prepared {
    let perceptron: Perceptron
    /// What each item, the unknown one first, adds to the first layer; nil while nobody asked for
    /// many scores, or when they would take too much memory.
    var itemHalves: [Float]?
  }

  /// The most layers, and outputs of a layer or numbers of an embedding: far above what is of use,
  /// and low enough that a hostile file can't ask for more memory than there is.
  package static let layerLimit = 16
  package static let widthLimit = 4096

  /// What all items' halves may take in bytes when that is more than the file takes: a hostile file
  /// of many items and one wide layer can't ask for more.
  private static let itemHalvesLimit = 256 << 20

  /// Takes the model out of a file that is open.
  ///
  /// Throws ``ModelFileError`` when it is no neural model, a newer Latent's, or lacks a tensor of the
  /// right type and shape.
  package init(_ file: SafetensorsFile) throws(ModelFileError) {
    header = try ModelHeader(file, form: .network)
    let reader = TensorReader(file: file)
    let users = try reader.dimensions(of: NeuralTensorNames.userEmbeddings, rank: 2)
    let items = try reader.dimensions(of: NeuralTensorNames.itemEmbeddings, rank: 2)
    (userWidth, itemWidth) = (users[1], items[1])
    guard users[0] > 0, items[0] > 0 else {
      throw Self.wrong("there is no embedding for an unknown user or item", file)
    }
    catalogue = try ModelCatalogue(reader, userCount: users[0] - 1, itemCount: items[0] - 1)
    userEmbeddings = try reader.column(NeuralTensorNames.userEmbeddings, users)
    itemEmbeddings = try reader.column(NeuralTensorNames.itemEmbeddings, items)
    var layers: [Layer] = []
    var sizes: [Int] = []
    var width = userWidth + itemWidth
    while file.tensor(named: NeuralTensorNames(layer: layers.count).scales) != nil {
      let names = NeuralTensorNames(layer: layers.count)
      let size = try reader.dimensions(of: names.weights, rank: 2)[0]
      layers.append(
        Layer(
          weights: try reader.column(names.weights, [size, width]),
          scales: try reader.column(names.scales, [size]),
          biases: try reader.column(names.biases, [size]),
          runningMeans: try reader.column(names.runningMeans, [size]),
          runningVariances: try reader.column(names.runningVariances, [size])))
      sizes.append(size)
      width = size
      guard layers.count <= Self.layerLimit else { break }
    }
    let output = NeuralTensorNames(layer: layers.count)
    guard (1...Self.layerLimit).contains(layers.count) else {
      throw Self.wrong(
        "it has \(layers.isEmpty ? "no" : "too many") hidden layers: from 1 to \(Self.layerLimit)",
        file)
    }
    guard (sizes + [userWidth, itemWidth]).allSatisfy((1...Self.widthLimit).contains) else {
      throw Self.wrong(
        "its embeddings of \(userWidth) and \(itemWidth) and layers of \(sizes) are not all within "
          + "1 to \(Self.widthLimit)", file)
    }
    outputWeights = try reader.column(output.weights, [1, width])
    outputBias = try reader.column(output.outputBias, [1])
    self.layers = layers
    hiddenSizes = sizes
  }

  private static func wrong(_ problem: String, _ file: SafetensorsFile) -> ModelFileError {
    ModelFileError(
      .wrongTensor, problem, place: file.path,
      remedy: "Name a model that `latent train` wrote, or train again.")
  }

  /// Whether all items' halves of the first layer are computed once and kept. Where they would be
  /// larger than the file is, they are computed with each score.
  package var keepsItemHalves: Bool {
    let size = (itemCount + 1) * DenseLayer.paddedCount(hiddenSizes[0]) * MemoryLayout<Float>.size
    return size <= max(byteCount, Self.itemHalvesLimit)
  }

  /// What scoring needs, and the items' halves if they are there, or when they are asked for and to
  /// be kept.
  func ready(withItemHalves: Bool) -> (perceptron: Perceptron, itemHalves: [Float]?) {
    let withItemHalves = withItemHalves && keepsItemHalves
    func found() -> Prepared? {
      prepared.withLock { prepared in
        guard let prepared, !withItemHalves || prepared.itemHalves != nil else { return nil }
        return prepared
      }
    }
    if let ready = found() { return (ready.perceptron, ready.itemHalves) }
    return preparing.withLock { _ in
      if let ready = found() { return (ready.perceptron, ready.itemHalves) }
      let perceptron = prepared.withLock { $0?.perceptron } ?? Perceptron(of: self)
      let halves =
        withItemHalves ? itemEmbeddings.withElements { perceptron.itemHalves($0) } : nil
      prepared.withLock { $0 = Prepared(perceptron: perceptron, itemHalves: halves) }
      return (perceptron, halves)
    }
  }
}
