import Interactions
import ModelRegistry
import Ratings
import Recommenders
import TestEnvironment
import Testing
import Trainers

/// Tests the assembly of a model's contents from the trained tables and both parts of the ratings.
struct AssemblyTests {
  @Test(arguments: [Split.none, .random(share: 0.3, seed: 5), .sharePerUser(share: 0.5, seed: 1)])
  func ratedItemsAreThoseOfBothParts(split: Split) throws {
    var generator = SplitMix64(seed: 11)
    var pairs: [Int64: Set<Int64>] = [:]
    var batch = RatingBatch(userType: .integer, itemType: .integer)
    for _ in 0..<400 {
      let user = Int64.random(in: 0..<40, using: &generator)
      let item = Int64.random(in: -20..<20, using: &generator)
      pairs[user, default: []].insert(item)
      batch.append(Rating(user: UserID(user), item: ItemID(item), value: 3))
    }
    var builder = InteractionTableBuilder()
    try builder.append(batch)
    let ratings = try builder.finish().split(by: split)
    let training = ratings.training
    let tables = FactorTables(
      factorCount: 0, userFactors: [], itemFactors: [],
      userBiases: Array(repeating: 0, count: training.userCount),
      itemBiases: Array(repeating: 0, count: training.itemCount), globalMean: 0)
    let catalogue = ModelCatalogueContents(ratings: ratings) { row in
      let id = training.identifier(of: row)
      let parity = ItemAttribute(name: "row", value: row.position % 2 == 0 ? "even" : "odd")
      return Item(id: id, title: "title of \(id)", attributes: [parity])
    }
    let contents = FactorModelContents(kind: "test", catalogue: catalogue, tables: tables)

    let model = try FactorModel(
      SafetensorsFile(MappedFile(copying: contents.encoded(), named: "test")))
    try model.verifyContents()
    for row in 0..<model.userCount {
      let user = model.users.identifier(at: UserIndex(row))
      guard case .integer(let number) = user.value else { throw WrongType() }
      let rated = model.user(at: UserIndex(row)).ratedItems
      let known = Set(rated.map { model.items.identifier(at: ItemIndex($0)) })
      let expected = Set((pairs[number] ?? []).map { ItemID($0) })
        .filter { model.items.index(of: $0) != nil }
      #expect(known == expected)
    }
    let first = ItemIndex(0)
    #expect(model.title(of: first) == "title of \(model.items.identifier(at: first))")
    let odd = model.catalogue.items(with: ItemAttribute(name: "row", value: "odd"))
    #expect(Array(odd) == Array(stride(from: 1, to: model.itemCount, by: 2)))
  }

  struct WrongType: Error {}
}
