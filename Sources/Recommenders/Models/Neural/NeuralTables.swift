/// What a trainer of the neural model learns: embeddings of users and items side by side, hidden
/// layers of [linear without bias, max(x, 0), batch norm], and one linear output with bias (fastai's
/// `EmbeddingNN`). The output goes through ``OutputRange`` where there is one.
package struct NeuralTables: Sendable, Equatable {
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

  /// A hidden layer: its weights, and the batch norm behind its max(x, 0).
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
  /// Where outputs are squeezed into; nil leaves them as they are.
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
}
