import Errors
package import ModelRegistry
package import Ratings
import Synchronization

/// An open embedding MLP: the tables of ``EmbeddingMLPTables`` in a mapped file.
///
/// As with ``FactorModel``, opening reads only the header, the file is not trusted, and contents are verified on
/// publishing. The comparatively few layer weights are read and prepared when the first score is computed.
package final class EmbeddingMLP: ScoredModel {
  /// Embeddings into a multilayer perceptron. The names are those of fastai's `EmbeddingNN`, so that the state
  /// dictionary is the same. Row 0 of an embedding is for an unknown user or item:
  ///
  ///     embeds.0.weight         F32 [users + 1, width]
  ///     embeds.1.weight         F32 [items + 1, width]
  ///     layers.N.0.weight       F32 [outputs, inputs]    hidden layers 0, 1 ..., then the last, of
  ///     layers.N.0.bias         F32 [outputs]            one output, which alone has a bias
  ///     layers.N.2.weight       F32 [outputs]            the batch norm of a hidden layer,
  ///     layers.N.2.bias         F32 [outputs]            which comes after its ReLU
  ///     layers.N.2.running_mean F32 [outputs]
  ///     layers.N.2.running_var  F32 [outputs]
  ///
  /// The name of the form is that of version 0.1.
  package static let form = RecommenderForm(
    name: "neural-model", noun: "embedding MLP",
    alignedTensor: EmbeddingMLPTensors.itemEmbeddings,
    userRows: { tensor in
      switch tensor {
      case EmbeddingMLPTensors.userEmbeddings: .from(first: 1)
      case EmbeddingMLPTensors.itemEmbeddings: RecommenderForm.UserRows.none
      default: EmbeddingMLPTensors.isOfLayer(tensor) ? RecommenderForm.UserRows.none : nil
      }
    },
    open: { (file) throws(ModelFileError) in try EmbeddingMLP(file) })

  package let header: ModelHeader
  package let catalogue: ModelCatalogue
  /// The number of outputs of each hidden layer.
  package let hiddenSizes: [Int]
  /// The lengths of the user and item embeddings.
  package let userWidth: Int
  package let itemWidth: Int
  private let userEmbeddings: TensorColumn<Float>
  private let itemEmbeddings: TensorColumn<Float>
  let layers: [Layer]
  /// The output layer, with one output.
  let outputWeights: TensorColumn<Float>
  let outputBias: TensorColumn<Float>
  private let prepared = Mutex<Prepared?>(nil)
  /// Held while scores are prepared, so that this is done once and others wait for it.
  private let preparing = Mutex(())

  /// A hidden layer in the file.
  struct Layer: Sendable {
    /// outputs x inputs.
    let weights: TensorColumn<Float>
    let scales: TensorColumn<Float>
    let biases: TensorColumn<Float>
    let runningMeans: TensorColumn<Float>
    let runningVariances: TensorColumn<Float>
  }

  /// The data that scoring needs besides embeddings.
  private struct Prepared {
    let scorer: MLPScorer
    /// Each item's contribution to the first layer, starting with the unknown item. Nil until many scores are
    /// requested, or if they would take too much memory.
    var itemHalves: [Float]?
  }

  /// The maximum number of layers, and of outputs of a layer or numbers of an embedding. Far above what is useful,
  /// and small enough that a hostile file cannot exhaust memory.
  package static let layerLimit = 16
  package static let widthLimit = 4096

  /// The maximum size of all item halves in bytes, unless the file is larger: a hostile file with many items and one
  /// wide layer cannot ask for more.
  private static let itemHalvesLimit = 256 << 20

  /// Reads the model from an open file.
  ///
  /// Throws ``ModelFileError`` if it is not an embedding MLP, was written by a newer Latent, or lacks a tensor of the
  /// right type and shape.
  package init(_ file: SafetensorsFile) throws(ModelFileError) {
    header = try ModelHeader(file, form: Self.form)
    let reader = TensorReader(file: file)
    let users = try reader.dimensions(of: EmbeddingMLPTensors.userEmbeddings, rank: 2)
    let items = try reader.dimensions(of: EmbeddingMLPTensors.itemEmbeddings, rank: 2)
    (userWidth, itemWidth) = (users[1], items[1])
    guard users[0] > 0, items[0] > 0 else {
      throw Self.wrong("there is no embedding for an unknown user or item", file)
    }
    catalogue = try ModelCatalogue(reader, userCount: users[0] - 1, itemCount: items[0] - 1)
    userEmbeddings = try reader.column(EmbeddingMLPTensors.userEmbeddings, users)
    itemEmbeddings = try reader.column(EmbeddingMLPTensors.itemEmbeddings, items)
    var layers: [Layer] = []
    var sizes: [Int] = []
    var width = userWidth + itemWidth
    while file.tensor(named: EmbeddingMLPTensors(layer: layers.count).scales) != nil {
      let names = EmbeddingMLPTensors(layer: layers.count)
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
    let output = EmbeddingMLPTensors(layer: layers.count)
    guard (1...Self.layerLimit).contains(layers.count) else {
      throw Self.wrong(
        "it has \(layers.isEmpty ? "no" : "too many") hidden layers; 1 to \(Self.layerLimit) are supported",
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
      remedy: TensorReader.remedy)
  }

  /// Whether the items' halves of the first layer are computed once and kept. If they would be too large, they are
  /// computed with each score.
  package var keepsItemHalves: Bool {
    let size = (itemCount + 1) * DenseLayer.paddedCount(hiddenSizes[0]) * MemoryLayout<Float>.size
    return size <= max(byteCount, Self.itemHalvesLimit)
  }

  /// Returns what scoring needs. Includes the items' halves if they are already computed, or if they are requested
  /// and to be kept.
  private func ready(withItemHalves: Bool) -> (scorer: MLPScorer, itemHalves: [Float]?) {
    let withItemHalves = withItemHalves && keepsItemHalves
    func found() -> Prepared? {
      prepared.withLock { prepared in
        guard let prepared, !withItemHalves || prepared.itemHalves != nil else { return nil }
        return prepared
      }
    }
    if let ready = found() { return (ready.scorer, ready.itemHalves) }
    return preparing.withLock { _ in
      if let ready = found() { return (ready.scorer, ready.itemHalves) }
      let scorer = prepared.withLock { $0?.scorer } ?? MLPScorer(of: self)
      let halves =
        withItemHalves ? itemEmbeddings.withElements { scorer.itemHalves($0) } : nil
      prepared.withLock { $0 = Prepared(scorer: scorer, itemHalves: halves) }
      return (scorer, halves)
    }
  }

  package func verifyContents() throws(ModelFileError) {
    try userEmbeddings.verifyFinite(
      EmbeddingMLPTensors.userEmbeddings, rowLength: userWidth, place: path)
    try itemEmbeddings.verifyFinite(
      EmbeddingMLPTensors.itemEmbeddings, rowLength: itemWidth, place: path)
    for (number, layer) in layers.enumerated() {
      let names = EmbeddingMLPTensors(layer: number)
      try layer.weights.verifyFinite(
        names.weights, rowLength: layer.weights.count / hiddenSizes[number], place: path)
      try layer.scales.verifyFinite(names.scales, place: path)
      try layer.biases.verifyFinite(names.biases, place: path)
      try layer.runningMeans.verifyFinite(names.runningMeans, place: path)
      try layer.runningVariances.verifyFinite(names.runningVariances, place: path)
      if let row = layer.runningVariances.withElements({ $0.firstIndex { $0 < 0 } }) {
        throw .badContents(
          "row \(row) of \(names.runningVariances) is \(layer.runningVariances[row]), below 0",
          place: path)
      }
    }
    let output = EmbeddingMLPTensors(layer: layers.count)
    try outputWeights.verifyFinite(output.weights, rowLength: outputWeights.count, place: path)
    try outputBias.verifyFinite(output.outputBias, place: path)
    try catalogue.verifyContents(place: path)
  }

  package var learnedFacts: [ModelFact] {
    [
      ModelFact("user_embedding", .integer(userWidth)),
      ModelFact("item_embedding", .integer(itemWidth)),
      ModelFact("hidden_layers", .text(hiddenSizes.map(String.init).joined(separator: ","))),
    ]
  }

  // MARK: - Users

  /// Row 0 holds the embedding of unknown users.
  package func user(at row: UserIndex?) -> UserVector {
    let start = (row.map { $0.position + 1 } ?? 0) * userWidth
    return UserVector(
      elements: userEmbeddings.withElements(in: start..<start + userWidth) { Array($0) },
      ratedItems: row.map { catalogue.withRatedItems(by: $0) { Array($0) } } ?? [])
  }

  /// Always throws: an embedding requires training.
  package func user(of ratings: [ItemRating]) throws(RecommendingError) -> UserVector {
    throw .withoutFoldIn(
      "a model of kind \(kind) can't compute a user's embedding from ratings",
      path,
      remedy:
        "Train again, or use a factor model or an item-item model."
    )
  }

  // MARK: - Scores

  /// The network's output for the embeddings of both; a nil item uses row 0. O(number of layer weights).
  package func score(for user: UserVector, item: ItemIndex?) -> Float {
    var score: Float = 0
    withUnsafeMutablePointer(to: &score) { score in
      let row = item.map { $0.position + 1 } ?? 0
      writeScores(
        for: user, ofRows: row..<row + 1, ready: ready(withItemHalves: false),
        to: UnsafeMutableBufferPointer(start: score, count: 1))
    }
    return score
  }

  /// Writes the scores of `items`. The first call computes the items' halves of the first layer, unless they would
  /// take too much memory.
  package func writeScores(
    for user: UserVector, of items: Range<Int>, to scores: UnsafeMutableBufferPointer<Float>
  ) {
    precondition(scores.count == items.count)
    writeScores(
      for: user, ofRows: items.lowerBound + 1..<items.upperBound + 1,
      ready: ready(withItemHalves: true), to: scores)
  }

  private func writeScores(
    for user: UserVector, ofRows rows: Range<Int>,
    ready: (scorer: MLPScorer, itemHalves: [Float]?),
    to scores: UnsafeMutableBufferPointer<Float>
  ) {
    precondition(user.elements.count == userWidth, "an embedding of \(user.elements.count) numbers")
    precondition(rows.upperBound <= itemCount + 1, "\(rows) of \(itemCount) items")
    user.elements.withUnsafeBufferPointer { user in
      itemEmbeddings.withElements { embeddings in
        ready.scorer.writeScores(
          user: user, items: rows, embeddings: embeddings, halves: ready.itemHalves, to: scores)
      }
    }
  }

  /// Computes the items' halves of the first layer if they are to be kept: O(items x weights of the first layer).
  package func prepareScores() { _ = ready(withItemHalves: true) }

  // MARK: - Items

  /// Items are compared by their embeddings.
  package var itemVectorLength: Int { itemWidth }

  /// The embeddings of all items, without that of the unknown item.
  package func withItemVectors<Result, Failure: Error>(
    _ body: (UnsafeBufferPointer<Float>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try itemEmbeddings.withElements(in: itemWidth..<itemEmbeddings.count, body)
  }
}
