import ArgumentParser
import Evaluation
import Foundation
import Interactions
import Jobs
import Learning
import Ratings
import RatingsFiles
import RatingsSQLite
import Recommenders
import TensorCore
import Trainers

/// `latent-bench cold-items`: how well items' content ranks items whose ratings were all held out.
struct ColdItemsLearned: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "cold-items",
    abstract: "Items held out with all of their ratings, recommended by their content alone.",
    discussion: """
      Holds out a share of the items with all of their ratings, and trains models on the ratings \
      and content of the others. For each user who has rated held-out items, all items without \
      ratings are ranked. The figures are NDCG@10, recall@20, hit rate@10 and the mean place (0 \
      first, 1 last, 0.5 by chance) of those that the user has rated. The models are compared with \
      random orders and with the cosine similarity of an item's content to the mean content of the \
      user's items (content). For models that predict ratings, the error on the held-out items' \
      ratings is reported, and that of the same model if it knows nothing about the item. The \
      share of items without ratings in lists of ten from the whole catalogue (listed) is shown \
      with their share of all ratings.

      With --planted, ratings are synthetic: each user likes two of the classes in the table.
      """)

  @Argument(help: "A MovieLens folder; none with --planted.", completion: .directory)
  var ratings: String?

  @Option(
    help: ArgumentHelp(
      "Generate ratings for the items of this table; users like items by class.",
      valueName: "file"))
  var planted: String?

  @Option(help: "The column of the table with the items.")
  var itemColumn = "image"

  @Option(help: "The column of the table with the classes.")
  var classColumn = "label"

  @Option(
    help: ArgumentHelp(
      "The content of items: attributes, or a table of vectors.", valueName: "attributes|file"))
  var content = "attributes"

  @Option(parsing: .upToNextOption, help: "The kinds of models.")
  var models = ["item-item", "implicit-als", "svd", "bayes", "als", "dot-bias"]

  @Option(help: "The share of items to hold out.")
  var share = 0.2

  @Option(parsing: .upToNextOption, help: "Seeds: one selection of items each.")
  var seeds = [0, 1, 2]

  @Option(help: "Threads to compute with.")
  var threads = 2

  func validate() throws {
    guard (ratings == nil) != (planted == nil), share > 0, share < 1, !seeds.isEmpty else {
      throw ValidationError(
        "Give either a MovieLens folder or --planted, a --share between 0 and 1, and a seed.")
    }
    try TrainerRegistry.validate(models: models)
  }

  /// All ratings, and the known data of items.
  private struct Catalogue {
    var ratings: [Rating] = []
    var items: [ItemID: Item] = [:]
    var types: (user: IdentifierType, item: IdentifierType) = (.integer, .integer)
  }

  func run() throws {
    let catalogue = try planted.map { try plantedCatalogue($0) } ?? storedCatalogue()
    var figures: [String: [Double]] = [:]
    for seed in seeds {
      try judge(catalogue, seed: UInt64(seed)) { figure, side, value in
        figures["\(figure)\t\(side)", default: []].append(value)
      }
    }
    let report = Report(conditions: [
      "ratings": String(catalogue.ratings.count), "items": String(catalogue.items.count),
      "content": content == "attributes" ? content : "vectors", "held out": String(share),
    ])
    for (name, values) in figures.sorted(by: { $0.key < $1.key }) {
      let parts = name.split(separator: "\t")
      try report.write(
        "cold-items.\(parts[0])", side: String(parts[1]), Samples(values), unit: "mean",
        as: \.mean)
    }
  }

  private func judge(
    _ catalogue: Catalogue, seed: UInt64, _ add: (_ figure: String, _ side: String, Double) -> Void
  ) throws {
    var random = RandomStream(seed: seed, stream: 0)
    let ratedItems = Set(catalogue.ratings.map(\.item)).sorted()
    let heldOut = Set(ratedItems.filter { _ in Double.random(in: 0..<1, using: &random) < share })
    var batch = RatingBatch(userType: catalogue.types.user, itemType: catalogue.types.item)
    for rating in catalogue.ratings where !heldOut.contains(rating.item) { batch.append(rating) }
    var builder = InteractionTableBuilder()
    try builder.append(batch)
    let training = builder.finish()
    let rated = Set(ratedItems).subtracting(heldOut)
    let source: any ItemContentSource =
      content == "attributes" ? AttributeContent() : VectorContent(path: content)
    let sourced = try source.content(
      of: StoredItems(
        items: catalogue.items, rated: rated, type: catalogue.types.item, name: "the catalogue"))
    let cold = ColdItems(sourced.content, of: catalogue.items.values) { rated.contains($0) }
    let places = Dictionary(uniqueKeysWithValues: cold.items.enumerated().map { ($1.id, $0) })
    var relevant: [UserID: [(place: Int, value: Float)]] = [:]
    for rating in catalogue.ratings {
      guard let place = places[rating.item] else { continue }
      relevant[rating.user, default: []].append((place, rating.value))
    }
    let context = ComputeContext(threadCount: threads)
    let split = try training.split(by: .none)
    let users = (0..<split.training.userCount).filter {
      relevant[split.training.identifier(of: UserIndex($0))] != nil
    }
    func own(_ user: Int) -> [(place: Int, value: Float)] {
      relevant[split.training.identifier(of: UserIndex(user))] ?? []
    }
    func judge(_ side: String, _ scores: (Int) -> [Double]) {
      var sums = (ndcg: 0.0, recall: 0.0, hits: 0.0, place: 0.0)
      for user in users {
        let scores = scores(user)
        let liked = Set(own(user).map(\.place))
        // Break ties in an order that is independent of ids.
        let order = scores.indices.shuffled(using: &random).sorted { scores[$0] > scores[$1] }
        let list = JudgedList(
          items: order.map { ItemIndex($0) }, heldOut: Set(liked.map { ItemIndex($0) }),
          heldOutCount: liked.count, popularity: order.map { _ in 0 })
        sums.ndcg += list.ndcg(at: 10)
        sums.recall += list.recall(at: 20)
        sums.hits += list.isHit(at: 10) ? 1 : 0
        let ranks = order.indices.filter { liked.contains(order[$0]) }
        sums.place +=
          Double(ranks.reduce(0, +)) / Double(ranks.count) / Double(max(1, order.count - 1))
      }
      let count = Double(users.count)
      add("ndcg@10", side, sums.ndcg / count)
      add("recall@20", side, sums.recall / count)
      add("hit-rate@10", side, sums.hits / count)
      add("place", side, sums.place / count)
    }
    Progress.say("seed \(seed): \(cold.items.count) items without ratings, \(users.count) users")
    judge("random") { _ in cold.items.map { _ in Double.random(in: 0..<1, using: &random) } }
    let profiles = ContentProfiles(sourced.content, split.training, cold.items)
    judge("content") { profiles.scores(of: $0) }
    for name in models {
      guard let kind = TrainerRegistry.trainer(named: name) else { continue }
      Progress.say("training \(name)")
      let fitted = try kind.init(reading: [:]).fit(
        TrainingData(training: split.training), in: TrainingContext(compute: context))
      let start = ContinuousClock.now
      let learned = try cold.added(
        to: fitted.learned, ModelCatalogueContents(ratings: split) { _ in nil }, in: context)
      add("seconds", name, (ContinuousClock.now - start) / .seconds(1))
      add("explained", name, learned.explained)
      let model = try learned.tables.contents(
        kind: name, catalogue: learned.catalogue, ratingBounds: split.learnedBounds
      ).opened()
      let rows = cold.items.compactMap { model.items.index(of: $0.id)?.rawValue }
      judge(name) { user in
        model.scores(for: model.user(at: UserIndex(user)), ofRows: rows).map { Double($0) }
      }
      if model.predictsRatings {
        var (known, unknown, count) = (0.0, 0.0, 0.0)
        for user in users {
          let vector = model.user(at: UserIndex(user))
          for (place, value) in own(user) {
            func square(_ item: ItemIndex?) -> Double {
              let error = Double(model.predict(for: vector, item: item) - value)
              return error * error
            }
            known += square(ItemIndex(rows[place]))
            unknown += square(nil)
            count += 1
          }
        }
        add("rmse", name, (known / count).squareRoot())
        add("rmse.unknown", name, (unknown / count).squareRoot())
      }
      let recommender = Recommender(model: model)
      let isCold = Set(rows)
      var listed = (cold: 0, all: 0)
      for user in users {
        let vector = model.user(at: UserIndex(user))
        let list = recommender.recommend(for: vector, count: 10, filter: .unrated(by: vector))
        listed.all += list.count
        listed.cold += list.count { isCold.contains($0.item.rawValue) }
      }
      add("listed", name, Double(listed.cold) / Double(max(1, listed.all)))
    }
    add(
      "listed", "ratings",
      Double(relevant.values.reduce(0) { $0 + $1.count }) / Double(catalogue.ratings.count))
  }

  // MARK: - Ratings

  private func storedCatalogue() throws -> Catalogue {
    let folder = try MovieLensFolder(path: ratings ?? "")
    let scratch = try ScratchFolder()
    let store = SQLiteStore(path: scratch.path("ratings.sqlite"))
    _ = try store.migrate()
    var work = RatingsImport(ratings: [
      RatingsImport.RatingsInput(path: folder.ratingsPath, options: folder.ratingsOptions)
    ])
    work.items =
      folder.itemsPath.map {
        [RatingsImport.ItemsInput(path: $0, layout: folder.itemsLayout)]
      } ?? []
    _ = try work.run(into: store)
    var catalogue = Catalogue()
    try store.readRatings(from: .table) { batch in
      for position in 0..<batch.count { catalogue.ratings.append(batch[position]) }
    }
    try store.readItems { catalogue.items[$0.id] = $0 }
    return catalogue
  }

  /// Returns synthetic ratings of 600 users, each rating up to 30 items. Four in five are of two classes that the user
  /// likes, the others of any class. Liked classes get 4 or 5 stars, other classes 1 to 3.
  private func plantedCatalogue(_ path: String) throws -> Catalogue {
    let table = try TextTable(path: path)
    guard let item = table.header.firstIndex(of: itemColumn),
      let label = table.header.firstIndex(of: classColumn)
    else { throw ValidationError("\(path) has no column \(itemColumn) or \(classColumn)") }
    var catalogue = Catalogue()
    catalogue.types.item = .text
    var classes: [String: [ItemID]] = [:]
    for row in 0..<table.rowCount {
      let id = ItemID(table[row, item])
      catalogue.items[id] = Item(id: id)
      classes[table[row, label], default: []].append(id)
    }
    let names = classes.keys.sorted()
    let classOf = Dictionary(
      uniqueKeysWithValues: classes.flatMap { name, ids in ids.map { ($0, name) } })
    let all = names.flatMap { classes[$0] ?? [] }
    var random = RandomStream(seed: 2026, stream: 1)
    for user in 0..<600 {
      let liked = names.shuffled(using: &random).prefix(2)
      let pool = liked.flatMap { classes[$0] ?? [] }
      var own: Set<ItemID> = []
      for number in 0..<30 {
        let from = number % 5 == 0 ? all : pool
        let id = from[Int.random(in: from.indices, using: &random)]
        guard own.insert(id).inserted else { continue }
        let stars =
          liked.contains(classOf[id] ?? "")
          ? Int.random(in: 4...5, using: &random) : Int.random(in: 1...3, using: &random)
        catalogue.ratings.append(
          Rating(user: UserID(Int64(user)), item: id, value: Float(stars)))
      }
    }
    return catalogue
  }
}

/// The cosine similarity of items' content to the mean content of the items a user has rated.
private struct ContentProfiles {
  private let cold: [[Double]]
  private let training: InteractionTable
  private let warm: [[Double]?]

  init(_ content: ItemContent, _ training: InteractionTable, _ items: [Item]) {
    self.training = training
    var vectors = (0..<training.itemCount).map { row in
      content.row(of: training.identifier(of: ItemIndex(row))).map {
        content.vector(at: $0).map { Double($0) }
      }
    }
    let known = vectors.compactMap(\.self)
    let center = (0..<content.width).map { column in
      known.reduce(0) { $0 + $1[column] } / Double(max(1, known.count))
    }
    func unit(_ vector: [Double]) -> [Double] {
      let deviations = zip(vector, center).map { $0 - $1 }
      let length = deviations.reduce(0) { $0 + $1 * $1 }.squareRoot()
      return length > 0 ? deviations.map { $0 / length } : deviations
    }
    for row in vectors.indices { vectors[row] = vectors[row].map(unit) }
    warm = vectors
    cold = items.map { item in
      unit(content.row(of: item.id).map { content.vector(at: $0).map { Double($0) } } ?? center)
    }
  }

  func scores(of user: Int) -> [Double] {
    var profile = [Double](repeating: 0, count: cold.first?.count ?? 0)
    for position in training.positions(of: UserIndex(user)) {
      guard let vector = warm[Int(training.items[position])] else { continue }
      for column in profile.indices { profile[column] += vector[column] }
    }
    return cold.map { zip($0, profile).reduce(0) { $0 + $1.0 * $1.1 } }
  }
}
