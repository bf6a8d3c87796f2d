import Errors
import Foundation
import ModelRegistry
import Ratings
import Recommenders
import TensorCore
import TestEnvironment
import Testing

/// Models that are combined in one file.
struct BlendModelTests {
  /// A blend of random models of three forms with a common catalogue.
  struct RandomBlend {
    var userType = IdentifierType.integer
    var itemCount = 53
    var seed: UInt64 = 1
    let scales = [
      BlendScale(share: 0.5, mean: 3.5, deviation: 2),
      BlendScale(share: 0.3, mean: -1, deviation: 0.5),
      BlendScale(share: 0.2, mean: 0, deviation: 4),
    ]

    var base: RandomContents {
      RandomContents(
        itemCount: itemCount, userType: userType, outputRange: nil, hasAttributes: true, seed: seed)
    }

    var catalogue: ModelCatalogueContents { base.make().catalogue }

    /// The parts, each as a model file of its own.
    func parts() -> [any ModelContents] {
      let factors = base.make()
      return [
        factors,
        ModelFileContents(
          kind: "item-item", catalogue: factors.catalogue, tables: itemItem(factors)),
        RandomMLP(contents: base).make(),
      ]
    }

    func make() -> ModelFileContents<BlendTables> {
      let factors = base.make()
      let tables: [(String, any ModelTables)] = [
        ("dot-bias", factors.tables), ("item-item", itemItem(factors)),
        ("neural", RandomMLP(contents: base).make().tables),
      ]
      return ModelFileContents(
        kind: "blend", catalogue: factors.catalogue,
        tables: BlendTables(
          zip(tables, scales).map { BlendTables.Part(kind: $0.0, tables: $0.1, scale: $1) }))
    }

    /// Returns weights for a third of all pairs. The training ratings are every other of a user's items.
    private func itemItem(_ contents: FactorModelContents) -> ItemItemTables {
      var random = SplitMix64(seed: seed + 9)
      var (offsets, targets, weights) = ([UInt64(0)], [UInt32](), [Float]())
      for item in 0..<UInt32(itemCount) {
        for other in 0..<UInt32(itemCount)
        where other != item && Int.random(in: 0..<3, using: &random) == 0 {
          targets.append(other)
          weights.append(Float.random(in: -1...1, using: &random))
        }
        offsets.append(UInt64(targets.count))
      }
      var (inputOffsets, inputs) = ([0], [UInt32]())
      for user in 0..<contents.catalogue.users.count {
        let rated = contents.catalogue.ratedItems[
          Int(
            contents.catalogue.ratedOffsets[user])..<Int(contents.catalogue.ratedOffsets[user + 1])
        ]
        inputs += rated.enumerated().filter { $0.offset % 2 == 0 }.map(\.element)
        inputOffsets.append(inputs.count)
      }
      return ItemItemTables(
        offsets: offsets, targets: targets, weights: weights,
        precisions: [Float](repeating: 1, count: itemCount), loss: ItemItemLoss(share: 1, lists: 1),
        inputOffsets: inputOffsets, inputs: inputs)
    }
  }

  private static func open(_ bytes: [UInt8]) throws -> BlendModel {
    try BlendModel(SafetensorsFile(MappedFile(copying: bytes, named: "blend")))
  }

  @Test func scoresAreTheSumOfTheStandardisedOnes() throws {
    let blend = RandomBlend()
    let model = try Self.open(blend.make().encoded())
    try model.verifyContents()
    let parts = try blend.parts().map { try $0.opened() }
    for row in [nil] + (0..<model.userCount).map({ $0 }) {
      let user = model.user(row)
      let others = parts.map { $0.user(row) }
      for item in [nil] + (0..<model.itemCount).map({ ItemIndex($0) }) {
        var expected = 0.0
        for ((part, user), scale) in zip(zip(parts, others), blend.scales) {
          let score = Double(part.score(for: user, item: item))
          expected += Double(scale.share) * (score - Double(scale.mean)) / Double(scale.deviation)
        }
        #expect(abs(Double(model.score(for: user, item: item)) - expected) < 1e-5)
      }
    }
  }

  @Test func scoresAreTheSameToTheBitHoweverTheyAreAskedFor() throws {
    let model = try Self.open(RandomBlend().make().encoded())
    for row in 0..<model.userCount {
      let user = model.user(row)
      let single = (0..<model.itemCount).map { model.score(for: user, item: ItemIndex($0)) }
      #expect(model.scores(for: user, ofRows: (0..<UInt32(model.itemCount)).map { $0 }) == single)
      for range in [0..<model.itemCount, 7..<30, 5..<5] {
        var found = [Float](repeating: .nan, count: range.count)
        found.withUnsafeMutableBufferPointer { model.writeScores(for: user, of: range, to: $0) }
        #expect(found == Array(single[range]))
      }
    }
  }

  /// More items than are scored in one pass.
  @Test func listsAreTheBestOfAll() throws {
    let model = try Self.open(RandomBlend(itemCount: 1100).make().encoded())
    let recommender = Recommender(model: model)
    for row in 0..<5 {
      let user = model.user(row)
      let rated = Set(user.ratedItems)
      let rows = (0..<model.itemCount).filter { !rated.contains(UInt32($0)) }
      let expected = best(10, of: rows) { Double(model.score(for: user, item: ItemIndex($0))) }
      #expect(recommender.recommend(for: row, count: 10).rows == expected)
    }
  }

  @Test func tellsWhatItIsMadeOf() throws {
    let blend = RandomBlend()
    let model = try Self.open(blend.make().encoded())
    let facts = Dictionary(uniqueKeysWithValues: model.facts.map { ($0.name, $0.value) })
    #expect(facts["parts"] == .text("dot-bias, item-item, neural"))
    #expect(facts["shares"] == .text("0.5, 0.3, 0.2"))
    let first = try blend.parts()[0].opened()
    #expect(
      try Recommender(model: model).similar(to: ItemIndex(3), count: 5, minimumRatings: 0)
        == Recommender(model: first).similar(to: ItemIndex(3), count: 5, minimumRatings: 0))
  }

  @Test(arguments: [IdentifierType.integer, .text], [0, 17, 36])
  func aUserCanBeTakenOut(_ type: IdentifierType, _ row: Int) throws {
    let contents = RandomBlend(userType: type).make()
    let bytes = try contents.encoded()
    let whole = try Self.open(bytes)
    let user: UserID = contents.catalogue.users.identifier(at: row)
    let folder = try TemporaryFolder()
    let path = folder.path("model.safetensors")
    let rest = try #require(
      try ModelWithoutUser(SafetensorsFile(MappedFile(copying: bytes, named: "memory")), user))
    _ = try rest.write(to: path)
    let left = try BlendModel(SafetensorsFile(path))
    try left.verifyContents()
    #expect(left.userCount == whole.userCount - 1 && left.users.index(of: user) == nil)
    for other in 0..<left.userCount {
      let id = left.users.identifier(at: UserIndex(other))
      #expect(left.user(other) == whole.user(at: whole.users.index(of: id)))
    }
  }

  // MARK: - Hostile files

  private static func altered(
    replacing replacement: OutgoingTensor? = nil, without missing: String? = nil,
    metadata changes: [String: String?] = [:]
  ) throws -> BlendModel {
    let file = try SafetensorsFile(
      MappedFile(copying: RandomBlend().make().encoded(), named: "memory"))
    let tensors = file.tensorNames.filter { $0 != missing }.compactMap { name in
      name == replacement?.name
        ? replacement
        : file.tensor(named: name).map { tensor in
          OutgoingTensor(tensor.name, tensor.elementType, tensor.shape) {
            (stream) throws(ModelFileError) in
            try stream.append(tensor, 0..<tensor.shape.elementCount)
          }
        }
    }
    var metadata = file.metadata
    for (key, value) in changes { metadata[key] = value }
    return try open(SafetensorsWriter.encode(tensors, metadata: metadata))
  }

  @Test(arguments: [
    "part_scales", "part.0.factor-model.item_factors", "part.1.item-item.rated_is_learned",
    "part.2.neural-model.embeds.0.weight", "rated_items", "user_ids",
  ])
  func aMissingTensorIsNamed(_ name: String) {
    #expect(HostileModelTests.code { _ = try Self.altered(without: name) } == .missingTensor)
  }

  @Test func partsThatAreNoneAreRefused() throws {
    let scales = RandomBlend().scales.flatMap { [$0.share, $0.mean, $0.deviation] }
    func code(_ changes: [String: String?], _ tensor: OutgoingTensor? = nil) -> ModelFileErrorCode?
    {
      HostileModelTests.code { _ = try Self.altered(replacing: tensor, metadata: changes) }
    }
    #expect(code([:]) == nil)
    #expect(code(["part.1.latent.form": "blend"]) == .wrongTensor)
    #expect(code(["part.1.latent.form": "picture-model"]) == .wrongTensor)
    #expect(code(["part.1.latent.form": nil]) == .wrongTensor)
    #expect(code(["part.1.latent.form": "factor-model"]) == .missingTensor)
    #expect(code(["part.0.latent.ranking": "popularity"]) == .wrongTensor)
    #expect(code(["part.0.latent.ranking": "whim"]) == .badContents)
    #expect(code(["part.2.latent.kind": nil]) == .badContents)
    #expect(code(["latent.form": "factor-model"]) == .foreign)
    for count in [0, 1 << 20] {
      let many = OutgoingTensor(
        "part_scales", [count, 3], [Float](repeating: 1, count: 3 * count))
      #expect(code([:], many) == .wrongTensor)
    }
    #expect(code([:], OutgoingTensor("part_scales", scales)) == .wrongTensor)
    // A fourth part that does not exist.
    #expect(
      code([:], OutgoingTensor("part_scales", [4, 3], scales + [1, 0, 1])) == .wrongTensor)
  }

  @Test(
    arguments: [
      [-1, 0, 1], [.nan, 0, 1], [1, .infinity, 1], [1, 0, 0], [1, 0, -1], [1, 0, .nan],
    ] as [[Float]])
  func scalesThatAreNoneAreFoundAndCrashNothing(_ scale: [Float]) throws {
    let model = try Self.altered(
      replacing: OutgoingTensor("part_scales", [3, 3], scale + [1, 0, 1, 1, 0, 1]))
    #expect(HostileModelTests.code { try model.verifyContents() } == .badContents)
    _ = Recommender(model: model).recommend(for: 0, count: 5)
  }

  @Test func badContentsOfAPartAreFound() throws {
    let model = try Self.altered(
      replacing: OutgoingTensor("part.0.factor-model.global_mean", [Float.nan]))
    #expect(HostileModelTests.code { try model.verifyContents() } == .badContents)
  }

  /// It may have a row per user.
  @Test func aTensorOfAPartThatIsUnknownIsNotPassedOn() throws {
    for name in [
      "part.0.factor-model.user_moods", "part.0.moods.x", "part.0.blend.part_scales", "user_moods",
    ] {
      let contents = RandomBlend().make()
      let file = try SafetensorsFile(MappedFile(copying: contents.encoded(), named: "memory"))
      let bytes = try SafetensorsWriter.encode(
        contents.tables.tensors(with: contents.catalogue)
          + file.tensorNames.filter { !$0.hasPrefix("part") }.compactMap { file.tensor(named: $0) }
          .map { tensor in
            OutgoingTensor(tensor.name, tensor.elementType, tensor.shape) {
              (stream) throws(ModelFileError) in
              try stream.append(tensor, 0..<tensor.shape.elementCount)
            }
          } + [OutgoingTensor(name, [Float(1), 2])], metadata: file.metadata)
      let user: UserID = contents.catalogue.users.identifier(at: 0)
      let rest = try #require(
        try ModelWithoutUser(SafetensorsFile(MappedFile(copying: bytes, named: "newer")), user))
      let folder = try TemporaryFolder()
      #expect(HostileModelTests.code { _ = try rest.write(to: folder.path("model")) } == .tooNew)
    }
  }

  @Test func alteredFilesGiveAnErrorOrOpen() throws {
    var random = SplitMix64(seed: 22)
    let whole = try RandomBlend(userType: .text).make().encoded()
    let dataStart = 8 + Int(whole.withUnsafeBytes { $0.loadUnaligned(as: UInt64.self) })
    var opened = 0
    for _ in 0..<2000 {
      var bytes = whole
      let inData = Int.random(in: 0..<5, using: &random) > 0
      for _ in 0..<Int.random(in: 1...4, using: &random) {
        let position = Int.random(
          in: inData ? dataStart..<bytes.count : 0..<dataStart, using: &random)
        bytes[position] = [0, 1, 0x30, 0x7F, 0xFF].randomElement(using: &random) ?? 0
      }
      guard let model = try? Self.open(bytes) else { continue }
      opened += 1
      try? model.verifyContents()
      let recommender = Recommender(model: model)
      for row in 0..<3 { _ = recommender.recommend(for: row, count: 5) }
      _ = try? recommender.similar(to: ItemIndex(1), count: 3)
    }
    #expect(opened > 1000)
  }
}
