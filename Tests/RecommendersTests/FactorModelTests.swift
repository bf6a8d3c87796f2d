import BitCollections
import Foundation
import ModelRegistry
import Ratings
import Recommenders
import TestEnvironment
import Testing

/// Written models read back the same through every accessor, compared to the contents in memory.
struct FactorModelTests {
  static let shapes: [RandomContents] = [
    RandomContents(),
    RandomContents(userType: .text, itemType: .integer, seed: 2),
    RandomContents(factorCount: 64, userType: .text, outputRange: nil, seed: 3),
    RandomContents(userCount: 1, itemCount: 1, factorCount: 1, seed: 4),
    RandomContents(factorCount: 0, itemType: .integer, seed: 5),
    RandomContents(userCount: 0, itemCount: 0, seed: 6),
    RandomContents(userCount: 0, itemCount: 9, factorCount: 3, userType: .text, seed: 7),
    RandomContents(userCount: 901, itemCount: 700, factorCount: 5, itemType: .integer, seed: 8),
  ]

  @Test(arguments: shapes)
  func whatIsWrittenComesBack(_ shape: RandomContents) throws {
    let contents = shape.make()
    let folder = try TemporaryFolder()
    let path = folder.path("model.safetensors")
    try contents.write(to: path)
    let model = try FactorModel.open(path)
    try model.verifyContents()

    #expect(model.kind == "dot-bias" && model.ranking == .score)
    #expect(model.outputRange == shape.outputRange && model.globalMean == 3.5)
    #expect(model.userCount == shape.userCount && model.itemCount == shape.itemCount)
    #expect(model.factorCount == shape.factorCount)
    #expect(model.users.type == shape.userType && model.items.type == shape.itemType)
    #expect(model.users.count == shape.userCount && model.items.count == shape.itemCount)
    #expect(model.catalogue.ratedItemCount == contents.catalogue.ratedItems.count)
    #expect(model.byteCount == (try Data(contentsOf: URL(fileURLWithPath: path)).count))

    let tables = contents.tables
    let width = shape.factorCount
    for row in 0..<shape.userCount {
      let user = UserIndex(row)
      let id = contents.catalogue.users.identifier(at: row, of: UserEntity.self)
      #expect(model.users.index(of: id) == user)
      #expect(model.users.identifier(at: user) == id)
      let rated = contents.catalogue.ratedItems[
        Int(contents.catalogue.ratedOffsets[row])..<Int(contents.catalogue.ratedOffsets[row + 1])]
      #expect(
        model.user(at: user)
          == UserVector(
            elements: Array(tables.userFactors[row * width..<(row + 1) * width]),
            bias: tables.userBiases[row], ratedItems: Array(rated)))
    }
    for row in 0..<shape.itemCount {
      let item = ItemIndex(row)
      let id = contents.catalogue.items.identifier(at: row, of: ItemEntity.self)
      #expect(model.items.index(of: id) == item)
      #expect(model.items.identifier(at: item) == id)
      #expect(
        model.score(for: model.user(at: nil), item: item)
          == tables.globalMean + tables.itemBiases[row])
      #expect(model.title(of: item) == contents.catalogue.titles[row])
      #expect(model.ratingCount(of: item) == Int(contents.catalogue.itemRatingCounts[row]))
    }
    #expect(model.withItemVectors { Array($0) } == tables.itemFactors)
    #expect(
      model.catalogue.withItemRatingCounts { Array($0) } == contents.catalogue.itemRatingCounts)
  }

  @Test func attributesComeBack() throws {
    let contents = RandomContents(hasAttributes: true).make()
    let model = try contents.opened()
    try model.verifyContents()
    for attribute in Set(contents.catalogue.attributes.joined()) {
      let expected = contents.catalogue.attributes.indices.filter {
        contents.catalogue.attributes[$0].contains(attribute)
      }
      #expect(Array(model.catalogue.items(with: attribute)) == expected)
    }
    for name in ["genre", "Genre", "yea"] {
      #expect(model.catalogue.items(with: ItemAttribute(name: name, value: "1995")).isEmpty)
    }
  }

  /// Such files were written before Latent's items had attributes.
  @Test func withoutAttributesTheFileHasNoTensorsOfThem() throws {
    var contents = RandomContents().make()
    let bytes = try contents.encoded()
    contents.catalogue.attributes = Array(repeating: [], count: 53)
    #expect(try contents.encoded() == bytes)
    let model = try contents.opened()
    #expect(model.catalogue.items(with: ItemAttribute(name: "genre", value: "Comedy")).isEmpty)
    let file = try SafetensorsFile(MappedFile(copying: bytes, named: "memory"))
    #expect(!file.tensorNames.contains { $0.contains("attribute") })
  }

  @Test(arguments: shapes)
  func predictionsFollowTheFormula(_ shape: RandomContents) throws {
    let contents = shape.make()
    let tables = contents.tables
    let model = try contents.opened()
    let users = [nil] + (0..<min(20, shape.userCount)).map(Optional.some)
    let items = [nil] + (0..<min(20, shape.itemCount)).map(Optional.some)
    for user in users {
      for item in items {
        var score = Double(tables.globalMean)
        if let user { score += Double(tables.userBiases[user]) }
        if let item { score += Double(tables.itemBiases[item]) }
        if let user, let item {
          for factor in 0..<shape.factorCount {
            score +=
              Double(tables.userFactors[user * shape.factorCount + factor])
              * Double(tables.itemFactors[item * shape.factorCount + factor])
          }
        }
        let expected = shape.outputRange == nil ? score : 5.5 / (1 + exp(-score))
        let predicted = model.predict(
          for: model.user(user), item: item.map { ItemIndex($0) })
        #expect(abs(Double(predicted) - expected) < 1e-5)
      }
    }
  }

  @Test func anUnknownIdHasNoRow() throws {
    let model = try RandomContents(userCount: 500, itemCount: 500).make().opened()
    let users = Set((0..<500).map { model.users.identifier(at: UserIndex($0)) })
    let items = Set((0..<500).map { model.items.identifier(at: ItemIndex($0)) })
    var random = SplitMix64(seed: 9)
    for _ in 0..<2000 {
      let user = UserID(Int64.random(in: -300...300, using: &random))
      #expect((model.users.index(of: user) != nil) == users.contains(user))
      let item = ItemID(
        String(decoding: [UInt8.random(in: 32..<127, using: &random)], as: UTF8.self))
      #expect((model.items.index(of: item) != nil) == items.contains(item))
    }
    #expect(model.users.index(of: UserID(.max)) == nil)
    #expect(model.users.index(of: UserID(.min)) == nil)
    #expect(model.users.index(of: UserID("7")) == nil)
    #expect(model.items.index(of: ItemID(7)) == nil)
    #expect(model.items.index(of: ItemID("")) == nil)
  }

  @Test func neighbouringIdsOfGreatSizeAreToldApart() throws {
    var contents = RandomContents(userCount: 5).make()
    let ids: [Int64] = [.min, .min + 1, 0, 1 << 62, 1 << 62 + 1]
    contents.catalogue.users = .integers(ids)
    let model = try contents.opened()
    for (row, id) in ids.enumerated() {
      #expect(model.users.index(of: UserID(id)) == UserIndex(row))
    }
    #expect(model.users.index(of: UserID(.min + 2)) == nil)
    #expect(model.users.index(of: UserID(1 << 62 + 2)) == nil)
  }

  @Test func theSameContentsGiveTheSameBytes() throws {
    let folder = try TemporaryFolder()
    let contents = RandomContents().make()
    try contents.write(to: folder.path("a"))
    try contents.write(to: folder.path("b"))
    let written = try Data(contentsOf: URL(fileURLWithPath: folder.path("a")))
    #expect(written == (try Data(contentsOf: URL(fileURLWithPath: folder.path("b")))))
    #expect(Array(written) == (try contents.encoded()))
  }

  @Test func misspeltTextIdsGetTheNearest() throws {
    var contents = RandomContents(userCount: 3, userType: .text).make()
    var users = IdentifierColumn(type: .text)
    for id in ["alice", "alina", "bob"] { users.append(UserID(id)) }
    contents.catalogue.users = users
    let model = try contents.opened()
    #expect(model.users.nearest(to: "alicia", count: 1) == [UserID("alice")])
    #expect(model.users.nearest(to: "alicia", count: 5).contains(UserID("bob")) == false)
    #expect(try RandomContents().make().opened().users.nearest(to: "1", count: 5).isEmpty)
  }

  @Test func popularityIsKept() throws {
    var contents = RandomContents(factorCount: 0).make()
    contents.tables.ranking = .popularity
    contents.kind = "popularity"
    let model = try contents.opened()
    #expect(model.ranking == .popularity && model.kind == "popularity")
  }

  @Test func theSigmoidStaysInTheRangeAndRises() throws {
    let range = try #require(OutputRange(lower: -1, upper: 3))
    let scores: [Float] = [-.infinity, -200, -3, -1, 0, 1, 3, 200, .infinity]
    let mapped = scores.map(range.sigmoid)
    #expect(mapped.allSatisfy { (-1...3).contains($0) })
    #expect(mapped == mapped.sorted())
    #expect(abs(range.sigmoid(0) - 1) < 1e-6)
    #expect(range.sigmoid(.nan).isNaN)
    #expect(OutputRange(lower: 1, upper: 1) == nil && OutputRange(lower: 0, upper: .nan) == nil)
  }

  @Test func aModelOfFormat1IsReadAndWrittenForEver() throws {
    let path = ProjectFolder.fixture("models/good-factor-model.safetensors")
    let model = try FactorModel.open(path)
    try model.verifyContents()
    #expect(model.users.index(of: UserID(1 << 40)) == UserIndex(1))
    #expect(model.items.index(of: ItemID("été")) == ItemIndex(2))
    #expect(model.title(of: ItemIndex(2)) == "L'Été" && model.title(of: ItemIndex(1)) == nil)
    #expect(model.user(1).ratedItems == [0, 1])
    let score = 0.75 + 0.125 + 0.5 + (1 * 0.5 + 0.5 * -1)
    let predicted = model.predict(for: model.user(0), item: ItemIndex(0))
    #expect(abs(Double(predicted) - 5.5 / (1 + exp(-score))) < 1e-5)

    var items = IdentifierColumn(type: .text)
    for id in ["alien", "brazil", "été"] { items.append(ItemID(id)) }
    let contents = FactorModelContents(
      kind: "dot-bias", users: .integers([-5, 1 << 40]), items: items,
      tables: FactorTables(
        factorCount: 2, userFactors: [1, 0.5, -0.5, 0.125],
        itemFactors: [0.5, -1, 0.25, 2, 1.5, 0], userBiases: [0.125, -1],
        itemBiases: [0.5, -0.25, 0], globalMean: 0.75,
        outputRange: OutputRange(lower: 0, upper: 5.5)),
      itemRatingCounts: [2, 1, 0], ratedOffsets: [0, 1, 3], ratedItems: [0, 0, 1],
      titles: ["Alien (1979)", nil, "L'Été"])
    let written = Data(try contents.encoded())
    #expect(written == (try Data(contentsOf: URL(fileURLWithPath: path))))
  }
}
