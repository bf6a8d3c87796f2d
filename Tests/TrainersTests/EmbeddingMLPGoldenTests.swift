import Foundation
import Interactions
import Layers
import Learning
import Recommenders
import TensorCore
import TestEnvironment
import Testing
import Trainers

/// Compares the network with fastai's neural model on the same numbers and batches. The constants are those of
/// `fixtures/learning/make_neural_golden.py`.
@Suite struct EmbeddingMLPGoldenTests {
  private struct Golden: Decodable {
    let names: [String]
    let shapes: [String: [Int]]
    let losses: [Float]
    let predictions: [Float]
    let sizes: [[Int]]
  }

  /// Records the losses.
  private final class Record: TrainingCallback {
    var losses: [Float] = []
    func stepDidEnd(_ progress: TrainingProgress) { losses.append(progress.result.loss ?? .nan) }
  }

  private let golden: Golden
  private let itemCount = 60

  init() throws {
    let file = URL(fileURLWithPath: ProjectFolder.fixture("learning/neural_golden.json"))
    golden = try JSONDecoder().decode(Golden.self, from: Data(contentsOf: file))
  }

  @Test func trainingIsFastais() throws {
    let ratings = try ratings()
    var options = EmbeddingMLPOptions()
    options.hiddenSizes = [20, 10]
    options.descent.epochCount = 2
    options.descent.batchSize = 16
    options.range = .stars
    let network = try start(users: ratings.userCount, options)
    let record = Record()
    let result = try EmbeddingMLPTrainer(options: options).train(
      on: ratings, in: TrainingContext([record], order: .byNumber), start: network)
    #expect(record.losses.count == 50)
    #expect(agree(record.losses, golden.losses, within: 1e-4))
    #expect(result.tables == network.tables())

    // With running statistics, and row 0 for an unknown user and item.
    let users = (0...UInt32(ratings.userCount)).map { $0 }
    let pass = ForwardPass(isTraining: false)
    let predictions = try network(
      users: users, items: users.map { 7 * $0 % UInt32(itemCount + 1) }, in: pass)
    #expect(agree(predictions.value.elements(), golden.predictions, within: 1e-3))
  }

  @Test func parametersAreFastais() throws {
    let network = try start(users: try ratings().userCount, options())
    // There are no parameters for continuous columns.
    let names = golden.names.filter { !$0.hasPrefix("bn_cont") }
    #expect(network.namedParameters().map(\.name) == names)
    var shapes = Dictionary(
      uniqueKeysWithValues: network.namedParameters().map {
        ($0.name, $0.parameter.value.shape.dimensions)
      })
    for (name, buffer) in network.namedBuffers() { shapes[name] = buffer.value.shape.dimensions }
    #expect(shapes == golden.shapes.filter { !$0.key.hasPrefix("bn_cont") })
  }

  @Test func embeddingsHaveFastaisSizes() {
    for pair in golden.sizes {
      #expect(EmbeddingMLPNetwork.embeddingWidth(rowCount: pair[0]) == pair[1], "\(pair)")
    }
    #expect(golden.sizes.count > 5)
  }

  private func options() -> EmbeddingMLPOptions {
    var options = EmbeddingMLPOptions()
    options.hiddenSizes = [20, 10]
    options.range = .stars
    return options
  }

  /// Returns the script's network. Tables are numbered like fastai's parameters, counting those without hashed numbers.
  private func start(users: Int, _ options: EmbeddingMLPOptions) throws -> EmbeddingMLPNetwork {
    let network = EmbeddingMLPNetwork(
      userCount: users, itemCount: itemCount, hiddenSizes: options.hiddenSizes,
      outputRange: OutputRange(lower: 0, upper: 5.5), seed: 0)
    for (name, parameter) in network.namedParameters() {
      let shape = parameter.value.shape
      let isEmbedding = name.hasPrefix("embeds")
      guard isEmbedding || shape.rank == 2 || name == "layers.2.0.bias" else { continue }
      let position = try #require(golden.names.firstIndex(of: name))
      let bound = isEmbedding ? 0.02 : 1 / Double(shape[-1]).squareRoot()
      parameter.value = Tensor(
        shape,
        (0..<UInt64(shape.elementCount)).map { counter in
          let bits = SplitMix64.number(at: UInt64(position + 1) << 32 + counter) >> 40
          return Float((Double(bits) / 0x1p24 - 0.5) * 2 * bound)
        })
    }
    return network
  }

  private func ratings() throws -> InteractionTable {
    var problem = RatingProblem()
    for pair in 0..<(40 * itemCount) where SplitMix64.number(at: 9 << 32 | UInt64(pair)) % 5 == 0 {
      guard problem.values.count < 400 else { break }
      let number = SplitMix64.number(at: 10 << 32 | UInt64(problem.values.count))
      problem.add(
        Int64(pair / itemCount), Int64(pair % itemCount), Float(number % 10) / 2 + 0.5)
    }
    let table = try problem.table()
    #expect(table.count == 400 && table.itemCount == itemCount)
    return table
  }
}
