import Errors
import ModelRegistry
import Ratings
import Recommenders
import TestEnvironment
import Testing

/// Lists with all filters at once, for every form of model, compared to a naive scan of the catalogue.
@Suite struct FilteredListTests {
  /// A form of model, with an index if it has one.
  enum Form: CaseIterable {
    case factors, screened, coRated, popularity, itemItem, embeddingMLP, blend

    static let itemCount = 600

    /// Returns a model of this form with attributes.
    func open(seed: UInt64) throws -> any ScoredModel {
      var random = RandomModel(
        userCount: 8, itemCount: Self.itemCount, factorCount: 12,
        style: seed.isMultiple(of: 2) ? .uneven : .whole, seed: seed)
      if self == .popularity { random.ranking = .popularity }
      var contents = random.contents()
      var numbers = SplitMix64(seed: seed)
      contents.catalogue.attributes = (0..<Self.itemCount).map { row in
        let genre = ["Comedy", "Drama", "War"].randomElement(using: &numbers) ?? ""
        return [
          ItemAttribute(name: "genre", value: genre),
          ItemAttribute(name: "year", value: "\(1950 + row % 60)"),
        ]
      }
      switch self {
      case .factors, .screened, .popularity: return try contents.opened()
      case .coRated:
        // A third of the ratings.
        let offsets = contents.catalogue.ratedOffsets.map { Int($0) }
        let lists = (0..<8).map { user in
          contents.catalogue.ratedItems[offsets[user]..<offsets[user + 1]]
            .filter { Int($0) % 3 == user % 3 }
        }
        contents.catalogue.ratedItems = lists.flatMap(\.self)
        contents.catalogue.ratedOffsets = lists.reduce(into: [0]) {
          $0.append(($0.last ?? 0) + UInt64($1.count))
        }
        return try contents.opened()
      case .itemItem:
        let itemItem = ModelFileContents(
          kind: "item-item", catalogue: contents.catalogue,
          tables: Self.itemItem(contents.catalogue, using: &numbers))
        return try ItemItemModel(Self.file(itemItem.encoded()))
      case .embeddingMLP:
        var mlp = Self.embeddingMLP(seed)
        mlp.catalogue = contents.catalogue
        return try mlp.opened()
      case .blend:
        let parts: [(String, any ModelTables, Float)] = [
          ("item-item", Self.itemItem(contents.catalogue, using: &numbers), 0.6),
          ("dot-bias", contents.tables, 0.3),
          ("embedding-mlp", Self.embeddingMLP(seed).tables, 0.1),
        ]
        let blend = ModelFileContents(
          kind: "blend", catalogue: contents.catalogue,
          tables: BlendTables(
            parts.map {
              BlendTables.Part(
                kind: $0.0, tables: $0.1, scale: BlendScale(share: $0.2, mean: 1, deviation: 2))
            }))
        return try BlendModel(Self.file(blend.encoded()))
      }
    }

    private static func file(_ bytes: [UInt8]) throws -> SafetensorsFile {
      try SafetensorsFile(MappedFile(copying: bytes, named: "memory"))
    }

    private static func embeddingMLP(_ seed: UInt64) -> ModelFileContents<EmbeddingMLPTables> {
      RandomMLP(
        hiddenSizes: [16],
        contents: RandomContents(userCount: 8, itemCount: itemCount, seed: seed)
      ).make()
    }

    /// Returns weights from each item to some forty others.
    private static func itemItem(
      _ catalogue: ModelCatalogueContents, using random: inout SplitMix64
    ) -> ItemItemTables {
      var (offsets, targets, weights): ([UInt64], [UInt32], [Float]) = ([0], [], [])
      for item in 0..<itemCount {
        for target in 0..<itemCount
        where target != item && Int.random(in: 0..<15, using: &random) == 0 {
          targets.append(UInt32(target))
          // Few distinct weights, so that there are ties.
          weights.append(Float(Int.random(in: -3...8, using: &random)) / 8)
        }
        offsets.append(UInt64(targets.count))
      }
      return ItemItemTables(
        offsets: offsets, targets: targets, weights: weights,
        precisions: [Float](repeating: 1, count: itemCount),
        loss: ItemItemLoss(share: 1, lists: 1),
        inputOffsets: catalogue.ratedOffsets.map { Int($0) }, inputs: catalogue.ratedItems)
    }
  }

  /// Returns random options, and the rows that they admit.
  private static func options(
    _ random: inout SplitMix64
  ) throws -> (ListOptions, (Int) -> Bool) {
    var options = ListOptions(count: [1, 10, 700].randomElement(using: &random) ?? 1)
    var admits: [(Int) -> Bool] = []
    func ids(_ rows: some Sequence<Int>) -> [String] { rows.map { "\($0 * 10)" } }
    func some(_ share: Int) -> Set<Int> {
      Set((0..<Form.itemCount).filter { _ in Int.random(in: 0..<100, using: &random) < share })
    }
    if Bool.random(using: &random) {
      let rows = some([1, 30, 99].randomElement(using: &random) ?? 1)
      // An id unknown to the model.
      options.filters.excluded = ids(rows) + ["7"]
      admits.append { !rows.contains($0) }
    }
    if Bool.random(using: &random) {
      let rows = some([0, 2, 60].randomElement(using: &random) ?? 1)
      options.filters.only = ids(rows) + ["7"]
      admits.append { rows.contains($0) }
    }
    if Bool.random(using: &random) {
      let year = Int.random(in: 1950...2010, using: &random)
      options.filters.condition = try ItemCondition("year>=\(year)")
      admits.append { 1950 + $0 % 60 >= year }
    }
    options.includesRated = Bool.random(using: &random)
    return (options, { row in admits.allSatisfy { $0(row) } })
  }

  @Test(arguments: Form.allCases, 0..<4)
  func listsAreTheBestOfWhatIsLeft(_ form: Form, _ seed: Int) throws {
    var random = SplitMix64(seed: UInt64(seed) + 77)
    let model = try form.open(seed: UInt64(seed))
    let queries = RecommenderQueries(Recommender(model: model))
    if form == .screened { queries.prepare() }
    let available = Set((0..<Form.itemCount).filter { _ in Bool.random(using: &random) })
    let folder = try TemporaryFolder()
    let path = try folder.write(
      available.map { "\($0 * 10)\n" }.joined() + "7\n", to: "available.txt")
    let restricted = queries.restricted(
      to: try AvailableItems(path: path, of: model))
    for _ in 0..<25 {
      let (options, admits) = try Self.options(&random)
      for row in [0, 1, 5, nil] {
        let user = model.user(row)
        let isRated = row == nil || options.includesRated ? [] : Set(user.ratedItems)
        let counts = (0..<Form.itemCount).map { model.ratingCount(of: ItemIndex($0)) }
        for isRestricted in [false, true] {
          let left = (0..<Form.itemCount).filter {
            admits($0) && !isRated.contains(UInt32($0))
              && (!isRestricted || available.contains($0))
          }
          let expected = best(options.count, of: left) { item in
            row == nil || form == .popularity
              ? Double(counts[item]) : Double(model.score(for: user, item: ItemIndex(item)))
          }
          let found = try (isRestricted ? restricted : queries)
            .recommend(for: row.map { "\($0)" } ?? "99", options)
          #expect(found.items.map(\.id) == expected.map { ItemID(Int64($0 * 10)) })
        }
      }
    }
  }

  /// Conditions in frequent use get an index of their own; lists for many users create it at once.
  @Test(arguments: NumberStyle.allCases, [10, 400])
  func theIndexOfWhatFitsFindsTheSame(_ style: NumberStyle, count: Int) throws {
    var contents = RandomModel(itemCount: 2000, factorCount: 12, style: style, seed: 5).contents()
    contents.catalogue.attributes = (0..<2000).map { row in
      [ItemAttribute(name: "place", value: "\(row * 7919 % 1000)")]
    }
    let model = try contents.opened()
    let queries = RecommenderQueries(Recommender(model: model))
    queries.prepare()
    var options = ListOptions(count: count)
    // Half of the items or fewer; the first condition has no index.
    for bound in [600, 500, 300, 140] {
      options.filters.condition = try ItemCondition("place<\(bound)")
      options.filters.excluded = ["0", "70", "140"]
      let lists = try queries.recommend(toRows: 0..<8, options, threadCount: 2) { $0 }
        .flatMap(\.self)
      for user in 0..<8 {
        let rated = contents.rated(user)
        let left = (0..<2000).filter {
          $0 * 7919 % 1000 < bound && !rated.contains($0) && ![0, 7, 14].contains($0)
        }
        let vector = model.user(user)
        let expected = best(count, of: left) {
          Double(model.score(for: vector, item: ItemIndex($0)))
        }.map { ItemID(Int64($0 * 10)) }
        #expect(lists[user].items.map(\.id) == expected)
        #expect(try queries.recommend(for: "\(user)", options).items.map(\.id) == expected)
      }
    }
  }

  /// Similar items with filters are what the filters leave of the whole list, which other tests compare to its formula.
  /// An item that may not be listed can still be asked about.
  @Test(arguments: Form.allCases, 0..<2)
  func similarItemsAreThoseOfWhatIsLeft(_ form: Form, _ seed: Int) throws {
    var random = SplitMix64(seed: UInt64(seed) + 5)
    let model = try form.open(seed: UInt64(seed))
    let queries = RecommenderQueries(Recommender(model: model))
    if seed == 1 { queries.prepare() }
    let available = Set((0..<Form.itemCount).filter { _ in Bool.random(using: &random) })
    let folder = try TemporaryFolder()
    let path = try folder.write(
      available.map { "\($0 * 10)\n" }.joined(), to: "available.txt")
    let restricted = queries.restricted(to: try AvailableItems(path: path, of: model))
    var listed = 0
    for item in [4, 8, 11, 34, 599] {
      for minimum in [0, 12] {
        let all = try queries.similar(to: "\(item * 10)", count: 600, minimumRatings: minimum)
          .items.map(\.id)
        for _ in 0..<6 {
          let (options, admits) = try Self.options(&random)
          let left = (0..<Form.itemCount).filter { $0 != item && admits($0) }
          for (queries, rows) in [(queries, left), (restricted, left.filter(available.contains))] {
            let ids = Set(rows.map { ItemID(Int64($0 * 10)) })
            let found = try queries.similar(
              to: "\(item * 10)", count: options.count, minimumRatings: minimum, options.filters)
            #expect(found.items.map(\.id) == Array(all.filter(ids.contains).prefix(options.count)))
            listed += found.items.count
          }
        }
      }
    }
    #expect(listed > 100)
  }
}

/// Files of the items that may be listed.
@Suite struct AvailableItemsTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func read(_ text: String, type: IdentifierType = .integer) throws -> AvailableItems {
    let model = try RandomContents(userCount: 3, itemCount: 5, itemType: type).make().opened()
    return try AvailableItems(path: folder.write(text, to: "ids.txt"), of: model)
  }

  @Test func blankLinesWhiteSpaceAndAMarkArePassedOver() throws {
    let model = try RandomModel(itemCount: 5).open()
    let path = try folder.write("\u{FEFF}10\r\n\n  0020 \t\r\n77\n\n40", to: "ids.txt")
    let items = try AvailableItems(path: path, of: model)
    #expect(items.count == 3 && items.unknownCount == 1)
    let recommender = RecommenderQueries(Recommender(model: model)).restricted(to: items)
    let found = try recommender.recommend(for: "9", ListOptions(count: 9)).items
    #expect(
      Set(found.map(\.id)) == [10, 20, 40].map { ItemID($0) }.reduce(into: []) { $0.insert($1) })
  }

  @Test(arguments: [
    ("", "contains no ids", nil), ("\n \r\n", "contains no ids", nil), ("1\nx\n", "'x' is not", 2),
    (String(repeating: "9", count: 200_000), "a line of more than", 1),
  ])
  func whatHoldsNoIDsIsRefused(_ text: String, _ problem: String, _ line: Int?) throws {
    let error = #expect(throws: RecommendingError.self) { try read(text) }
    #expect(error?.code == .badItemFile && error?.problem.hasPrefix(problem) == true)
    #expect(error?.place.hasSuffix(line.map { "ids.txt:\($0)" } ?? "ids.txt") == true)
  }

  @Test func whatIsNoFileIsRefused() throws {
    let model = try RandomModel(itemCount: 5).open()
    for path in [folder.path, folder.path("none"), "/dev/zero"] {
      let error = #expect(throws: RecommendingError.self) {
        try AvailableItems(path: path, of: model)
      }
      #expect(error?.code == .badItemFile && error?.place == path)
    }
  }

  /// Ids that cross the boundaries of the reader's chunks.
  @Test func aLargeFileIsReadWhole() throws {
    let ids = (0..<20_000).map { $0 * 7 }
    let model = try RandomModel(itemCount: 9000, factorCount: 1).open()
    let path = try folder.write(ids.map { "\($0)\n" }.joined(), to: "ids.txt")
    let items = try AvailableItems(path: path, of: model)
    let known = ids.count { $0 < 90_000 && $0 % 10 == 0 }
    #expect(items.count == known && items.unknownCount == ids.count - known)
  }

  @Test func theyAreFoundAgainAmongOtherRows() throws {
    let (small, large) = (
      try RandomModel(itemCount: 5).open(), try RandomModel(itemCount: 9).open()
    )
    let path = try folder.write("10\n80\n", to: "ids.txt")
    let items = try AvailableItems(path: path, of: large)
    let others = items.found(in: small, insteadOf: large)
    #expect(others.count == 1 && others.unknownCount == 1)
    #expect(others.found(in: large, insteadOf: small).count == 1)
  }
}
