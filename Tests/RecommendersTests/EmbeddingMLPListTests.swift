import ModelRegistry
import Ratings
import Recommenders
import TestEnvironment
import Testing

/// Lists from a model that is not a factor model.
@Suite struct EmbeddingMLPListTests {
  private let contents: EmbeddingMLPContents
  private let model: EmbeddingMLP

  init() throws {
    let base = RandomModel(itemCount: 1500).contents().catalogue
    var random = SplitMix64(seed: 5)
    func matrix(_ rows: Int, _ columns: Int) -> EmbeddingMLPTables.Matrix {
      EmbeddingMLPTables.Matrix(
        rowCount: rows, columnCount: columns,
        numbers: (0..<rows * columns).map { _ in Float.random(in: -1...1, using: &random) })
    }
    let ones = [Float](repeating: 1, count: 20)
    let zeros = [Float](repeating: 0, count: 20)
    contents = EmbeddingMLPContents(
      kind: "neural", catalogue: base,
      tables: EmbeddingMLPTables(
        userEmbeddings: matrix(base.users.count + 1, 6),
        itemEmbeddings: matrix(base.items.count + 1, 5),
        hiddenLayers: [
          EmbeddingMLPTables.HiddenLayer(
            weights: matrix(20, 11), scales: ones, biases: zeros, runningMeans: zeros,
            runningVariances: ones)
        ], outputWeights: matrix(1, 20).numbers, outputBias: 0))
    model = try EmbeddingMLP(
      SafetensorsFile(MappedFile(copying: contents.encoded(), named: "neural")))
  }

  @Test func recommendsTheBestUnseenItems() {
    let recommender = Recommender(model: model)
    let users = Array(0..<8)
    let batch = recommender.recommend(for: users, count: 12, threadCount: 2)
    for user in users {
      let known = model.user(user)
      let seen = Set(known.ratedItems.map { Int($0) })
      let expected = best(12, of: (0..<1500).filter { !seen.contains($0) }) {
        Double(model.score(for: known, item: ItemIndex($0)))
      }
      let found = recommender.recommend(for: user, count: 12)
      #expect(found.map(\.item.position) == expected)
      #expect(batch[user] == found)
      #expect(
        found.allSatisfy { $0.score == model.predict(for: known, item: $0.item) })
    }
  }

  @Test func comparesItemsByTheirEmbeddings() throws {
    let numbers = contents.tables.itemEmbeddings.numbers.map(Double.init)
    func embedding(_ item: Int) -> ArraySlice<Double> { numbers[(item + 1) * 5..<(item + 2) * 5] }
    func product(_ left: Int, _ right: Int) -> Double {
      zip(embedding(left), embedding(right)).reduce(0) { $0 + $1.0 * $1.1 }
    }
    let found = try Recommender(model: model).similar(
      to: ItemIndex(7), count: 9, minimumRatings: 0)
    let expected = best(9, of: (0..<1500).filter { $0 != 7 }) {
      product(7, $0) / (product(7, 7) * product($0, $0)).squareRoot()
    }
    #expect(found.map(\.item.position) == expected)
  }
}
