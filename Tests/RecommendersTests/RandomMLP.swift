import ModelRegistry
import Recommenders
import TestEnvironment

/// An embedding MLP of random numbers, and its score by definition.
struct RandomMLP {
  var userWidth = 7
  var itemWidth = 9
  var hiddenSizes = [40, 33]
  var contents = RandomContents()

  func make() -> EmbeddingMLPContents {
    let base = contents.make()
    var random = SplitMix64(seed: contents.seed + 100)
    func floats(_ count: Int, _ range: ClosedRange<Float> = -1...1) -> [Float] {
      (0..<count).map { _ in Float.random(in: range, using: &random) }
    }
    func matrix(_ rows: Int, _ columns: Int) -> EmbeddingMLPTables.Matrix {
      EmbeddingMLPTables.Matrix(
        rowCount: rows, columnCount: columns, numbers: floats(rows * columns))
    }
    let users = matrix(contents.userCount + 1, userWidth)
    let items = matrix(contents.itemCount + 1, itemWidth)
    var width = userWidth + itemWidth
    var layers: [EmbeddingMLPTables.HiddenLayer] = []
    for size in hiddenSizes {
      layers.append(
        EmbeddingMLPTables.HiddenLayer(
          weights: matrix(size, width), scales: floats(size), biases: floats(size),
          runningMeans: floats(size), runningVariances: floats(size, 0.1...2)))
      width = size
    }
    return EmbeddingMLPContents(
      kind: "neural", catalogue: base.catalogue,
      tables: EmbeddingMLPTables(
        userEmbeddings: users, itemEmbeddings: items, hiddenLayers: layers,
        outputWeights: floats(width), outputBias: 0.25, outputRange: contents.outputRange))
  }
}

extension EmbeddingMLPContents {
  /// Opens the model from bytes in memory, as a reader would.
  func opened() throws -> EmbeddingMLP {
    try EmbeddingMLP(SafetensorsFile(MappedFile(copying: encoded(), named: "memory")))
  }

  /// Returns the score of rows of the embeddings, in double precision.
  func score(_ user: Int, _ item: Int) -> Double {
    func row(_ matrix: EmbeddingMLPTables.Matrix, _ row: Int) -> [Double] {
      matrix.numbers[row * matrix.columnCount..<(row + 1) * matrix.columnCount].map(Double.init)
    }
    var values = row(tables.userEmbeddings, user) + row(tables.itemEmbeddings, item)
    for layer in tables.hiddenLayers {
      values = (0..<layer.weights.rowCount).map { output in
        let sum = zip(row(layer.weights, output), values).reduce(0) { $0 + $1.0 * $1.1 }
        let deviation = (Double(layer.runningVariances[output]) + 1e-5).squareRoot()
        return (max(sum, 0) - Double(layer.runningMeans[output])) / deviation
          * Double(layer.scales[output]) + Double(layer.biases[output])
      }
    }
    return zip(values, tables.outputWeights).reduce(Double(tables.outputBias)) {
      $0 + $1.0 * Double($1.1)
    }
  }
}
