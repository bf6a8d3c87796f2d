import Errors
import Foundation
import ModelRegistry
import Ratings
import Recommenders
import TensorCore
import TestEnvironment
import Testing

@Suite struct EmbeddingMLPTests {
  static let shapes: [(users: Int, items: Int, hidden: [Int])] = [
    (7, 9, [40, 33]), (1, 1, [1]), (3, 70, [32]), (64, 5, [64, 31, 17]), (2, 2, [5, 5, 5, 5]),
  ]

  private func scores(_ model: EmbeddingMLP, _ user: Int?, _ items: Range<Int>) -> [Float] {
    [Float](unsafeUninitializedCapacity: items.count) { buffer, count in
      model.writeScores(
        for: model.user(user), of: items,
        to: UnsafeMutableBufferPointer(rebasing: buffer[..<items.count]))
      count = items.count
    }
  }

  @Test(arguments: shapes) func scoresAsTheDefinitionReads(
    _ shape: (users: Int, items: Int, hidden: [Int])
  ) throws {
    let contents = RandomMLP(
      userWidth: shape.users, itemWidth: shape.items, hiddenSizes: shape.hidden
    ).make()
    let model = try contents.opened()
    try model.verifyContents()
    #expect(model.hiddenSizes == shape.hidden && model.userCount == 37 && model.itemCount == 53)
    for user in 0...model.userCount {
      let known = model.user(user == 0 ? nil : user - 1)
      for item in 0...model.itemCount {
        let itemIndex = item == 0 ? nil : ItemIndex(item - 1)
        let found = Double(model.score(for: known, item: itemIndex))
        let expected = contents.score(user, item)
        #expect(abs(found - expected) < 2e-4 * max(1, abs(expected)), "\(user), \(item)")
      }
    }
  }

  /// The score does not depend on what else is computed, or on whether all items were prepared.
  @Test func aScoreIsTheSameToTheLastBit() throws {
    let contents = RandomMLP(contents: RandomContents(itemCount: 101)).make()
    let fresh = try contents.opened()
    let prepared = try contents.opened()
    prepared.prepareScores()
    for user in [nil, 0, 36] {
      let all = scores(prepared, user, 0..<101)
      #expect(all.map(\.bitPattern) == scores(fresh, user, 0..<101).map(\.bitPattern))
      for range in [0..<1, 3..<50, 100..<101, 7..<7] {
        #expect(scores(prepared, user, range) == Array(all[range]))
      }
      let single = try contents.opened()
      for item in 0..<101 {
        #expect(single.score(for: single.user(user), item: ItemIndex(item)) == all[item])
        #expect(prepared.score(for: prepared.user(user), item: ItemIndex(item)) == all[item])
      }
    }
  }

  /// A small file that would need many times its size in cached item halves gives the same scores.
  @Test func halvesThatWouldTakeTooMuchMemoryAreNotKept() throws {
    let small = RandomMLP(userWidth: 1, itemWidth: 1, hiddenSizes: [4096])
    #expect(try small.make().opened().keepsItemHalves)
    var large = small
    large.contents = RandomContents(userCount: 2, itemCount: 20_000)
    let model = try large.make().opened()
    #expect(!model.keepsItemHalves)
    model.prepareScores()
    let found = scores(model, 1, 15_000..<15_100)
    for (place, score) in found.enumerated() {
      #expect(model.score(for: model.user(1), item: ItemIndex(15_000 + place)) == score)
    }
  }

  @Test func opensWhateverFormAFileIsOf() throws {
    let folder = try TemporaryFolder()
    let neural = folder.path + "/neural.safetensors"
    let factors = folder.path + "/factors.safetensors"
    try RandomMLP().make().write(to: neural)
    try RandomContents().make().write(to: factors)
    #expect(try RecommenderForm.open(SafetensorsFile(neural)) is EmbeddingMLP)
    #expect(try RecommenderForm.open(SafetensorsFile(factors)) is FactorModel)
    let error = #expect(throws: ModelFileError.self) { try FactorModel.open(neural) }
    #expect(error?.code == .foreign && error?.problem.contains("neural-model") == true)
    let model = try RecommenderForm.open(SafetensorsFile(neural))
    #expect(model.kind == "neural" && model.itemVectorLength == 9)
    #expect(model.outputRange == OutputRange(lower: 0, upper: 5.5))
    let prediction = model.predict(for: model.user(3), item: ItemIndex(4))
    let score = model.score(for: model.user(3), item: ItemIndex(4))
    #expect(abs(prediction - 5.5 / (1 + exp(-score))) < 1e-5)
  }

  @Test func lendsItemsWithoutTheUnknownOne() throws {
    let contents = RandomMLP().make()
    let vectors = try contents.opened().withItemVectors { Array($0) }
    #expect(vectors == Array(contents.tables.itemEmbeddings.numbers[9...]))
  }

  // MARK: - Hostile files

  /// Opens the file of a small network, with one tensor replaced or omitted.
  private func open(
    replacing replacement: OutgoingTensor? = nil, without missing: String? = nil
  ) throws -> EmbeddingMLP {
    let contents = RandomMLP(
      userWidth: 2, itemWidth: 3, hiddenSizes: [4, 2],
      contents: RandomContents(userCount: 2, itemCount: 3)
    ).make()
    let file = try SafetensorsFile(MappedFile(copying: contents.encoded(), named: "good"))
    var tensors: [OutgoingTensor] = []
    for name in file.tensorNames where name != missing && name != replacement?.name {
      let tensor = try #require(file.tensor(named: name))
      let copy =
        switch tensor.elementType {
        case .float32: OutgoingTensor(name, tensor.shape, try tensor.copy(as: Float.self))
        case .uint32: OutgoingTensor(name, tensor.shape, try tensor.copy(as: UInt32.self))
        case .uint64: OutgoingTensor(name, tensor.shape, try tensor.copy(as: UInt64.self))
        case .int64: OutgoingTensor(name, tensor.shape, try tensor.copy(as: Int64.self))
        default: OutgoingTensor(name, tensor.shape, try tensor.copy(as: UInt8.self))
        }
      tensors.append(copy)
    }
    let bytes = try SafetensorsWriter.encode(
      tensors + (replacement.map { [$0] } ?? []), metadata: file.metadata)
    return try EmbeddingMLP(SafetensorsFile(MappedFile(copying: bytes, named: "hostile")))
  }

  private func code(_ body: () throws -> Void) -> ModelFileErrorCode? {
    do {
      try body()
      return nil
    } catch {
      return (error as? ModelFileError)?.code
    }
  }

  @Test func theUnalteredFileIsGood() throws { try open().verifyContents() }

  @Test(arguments: [
    "embeds.0.weight", "embeds.1.weight", "layers.0.0.weight", "layers.0.2.bias",
    "layers.0.2.running_mean", "layers.1.2.running_var", "layers.2.0.weight", "layers.2.0.bias",
    "user_ids", "rated_items",
  ]) func missingTensorsAreNamed(_ name: String) {
    let error = #expect(throws: ModelFileError.self) { try open(without: name) }
    #expect(error?.code == .missingTensor)
  }

  @Test func wrongShapesAreRefused() {
    func zeros(_ name: String, _ shape: Shape) -> OutgoingTensor {
      OutgoingTensor(name, shape, [Float](repeating: 0, count: shape.elementCount))
    }
    let wrong = [
      zeros("embeds.0.weight", [3, 5]), zeros("embeds.0.weight", [0, 2]),
      zeros("embeds.0.weight", [3, 0]), zeros("embeds.1.weight", [9, 3]),
      zeros("embeds.1.weight", [12]), zeros("layers.0.0.weight", [4, 6]),
      zeros("layers.0.0.weight", [1 << 16, 5]), zeros("layers.0.2.weight", [5]),
      zeros("layers.1.0.weight", [2, 3]), zeros("layers.2.0.weight", [2, 2]),
      zeros("layers.2.0.bias", [2]), OutgoingTensor("layers.2.0.bias", [Int64(1)]),
    ]
    for tensor in wrong {
      #expect(code { _ = try open(replacing: tensor) } == .wrongTensor, "\(tensor.name)")
    }
    #expect(code { _ = try open(without: "layers.0.2.weight") } == .wrongTensor)
  }

  @Test func contentsThatMakeNoSenseAreFoundAndScoreAllTheSame() throws {
    let bad: [(name: String, values: [Float], shape: Shape)] = [
      ("layers.0.2.running_var", [1, -1, 1, 1], [4]),
      ("layers.1.2.weight", [.nan, 1], [2]), ("layers.2.0.bias", [.infinity], [1]),
      ("embeds.1.weight", Array(repeating: .nan, count: 12), [4, 3]),
      ("layers.0.0.weight", Array(repeating: .infinity, count: 20), [4, 5]),
    ]
    for (name, values, shape) in bad {
      let model = try open(replacing: OutgoingTensor(name, shape, values))
      let error = #expect(throws: ModelFileError.self) { try model.verifyContents() }
      #expect(error?.code == .badContents && error?.problem.contains(name) == true)
      #expect(scores(model, 1, 0..<3).count == 3)
    }
  }
}
