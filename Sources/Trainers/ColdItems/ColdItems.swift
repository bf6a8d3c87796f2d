import Errors
package import Learning
package import Ratings
package import Recommenders
package import TensorCore

/// Items that nobody has rated, and whose content is known: what is learned of the content of rated items puts them in a
/// model's lists before their first rating.
///
/// The rated items' rows of a model come out as they were, to the bit. A row that is expected by content alone lies nearer to
/// the mean of all items than those that were learned from ratings, the less the content tells the nearer, so that such items
/// don't crowd out the others.
package struct ColdItems: Sendable {
  /// The vectors of rated items and of those without ratings.
  package let content: ItemContent
  /// The items without ratings, in the order of their ids; each has a vector.
  package let items: [Item]

  /// Those of `items` that `isRated` does not say are rated, and of which there is content.
  package init(
    _ content: ItemContent, of items: some Collection<Item>, isRated: (ItemID) -> Bool
  ) {
    self.content = content
    self.items = items.filter { content.row(of: $0.id) != nil && !isRated($0.id) }
      .sorted { $0.id < $1.id }
  }

  /// What is learned of content.
  package struct Learned: Sendable {
    /// The model's tables, with rows for the items without ratings.
    package let tables: any ModelTables
    /// Its catalogue, with the items.
    package let catalogue: ModelCatalogueContents
    /// How many rated items it was learned from.
    package let learnedFrom: Int
    /// The share of what tells items apart that content explained, of items that were left out: from 0 to 1.
    package let explained: Double
  }

  /// Adds the items to what a trainer learned, whose catalogue is `catalogue`. Throws ``TrainingError``: `badOption` where items
  /// without ratings can't be added to such a model, `badData` where there are too few rated items with content to learn from,
  /// `diverged` where a number of the model is not finite. Traps where an item is in the catalogue.
  package func added(
    to tables: any ModelTables, _ catalogue: ModelCatalogueContents, in context: ComputeContext
  ) throws(TrainingError) -> Learned {
    guard let tables = tables as? any ColdItemTables else {
      throw .withoutColdItems(type(of: tables).form.name)
    }
    let rows = ColdRows(self, in: catalogue)
    guard rows.warm.count >= ContentRegression.leastCount else {
      throw TrainingError(
        .badData,
        "only \(rows.warm.count) of the \(catalogue.items.count) rated items have content, and it takes "
          + "\(ContentRegression.leastCount) to learn from", place: "cold items",
        remedy: "Give content of rated items, too: what ratings they have is what is learned.")
    }
    let (added, explained) = try tables.adding(rows, in: context)
    return Learned(
      tables: added, catalogue: catalogue.adding(rows, self, in: context),
      learnedFrom: rows.warm.count, explained: explained)
  }
}

/// Tables to which items without ratings can be added.
protocol ColdItemTables: ModelTables {
  /// The tables with a row for each item of `rows`, and the share of what tells items apart that content explained of items
  /// that were left out.
  func adding(
    _ rows: ColdRows, in context: ComputeContext
  ) throws(TrainingError) -> (tables: any ModelTables, explained: Double)
}

/// Where the items of a model and those without ratings stand among all, and their content.
struct ColdRows: Sendable {
  /// A rated item that has content.
  struct Warm: Sendable {
    /// Its row in the model as it was learned.
    let row: Int
    /// Where its content stands.
    let content: Int
    /// How many ratings it has.
    let ratingCount: Int
  }

  /// How many items there are of both kinds.
  let count: Int
  /// The new row of each item of the model as it was learned.
  let learnedRows: [Int]
  /// The rows of the items without ratings, ascending.
  let coldRows: [Int]
  /// The rated items with content, in the order of their rows.
  let warm: [Warm]
  /// Where the content of the items without ratings stands.
  let coldContent: [Int]
  let content: ItemContent

  init(_ cold: ColdItems, in catalogue: ModelCatalogueContents) {
    content = cold.content
    var (learnedRows, coldRows) = ([Int](), [Int]())
    var warm: [Warm] = []
    var next = 0
    for row in 0..<catalogue.items.count {
      let id = catalogue.items.identifier(at: row, of: ItemEntity.self)
      while next < cold.items.count, cold.items[next].id < id {
        coldRows.append(learnedRows.count + coldRows.count)
        next += 1
      }
      precondition(next == cold.items.count || cold.items[next].id != id, "\(id) is rated")
      learnedRows.append(learnedRows.count + coldRows.count)
      if let content = content.row(of: id) {
        warm.append(
          Warm(row: row, content: content, ratingCount: Int(catalogue.itemRatingCounts[row])))
      }
    }
    while next < cold.items.count {
      coldRows.append(learnedRows.count + coldRows.count)
      next += 1
    }
    count = learnedRows.count + coldRows.count
    self.learnedRows = learnedRows
    self.coldRows = coldRows
    self.warm = warm
    coldContent = cold.items.compactMap { [content] in content.row(of: $0.id) }
  }

  /// Numbers of the model's items, `length` for each, with those of the items without ratings among them.
  func merged<Number>(_ learned: [Number], _ cold: [Number], length: Int = 1, zero: Number)
    -> [Number]
  {
    precondition(
      learned.count == learnedRows.count * length && cold.count == coldRows.count * length)
    var merged = [Number](repeating: zero, count: count * length)
    for (rows, numbers) in [(learnedRows, learned), (coldRows, cold)] {
      for (number, row) in rows.enumerated() {
        for place in 0..<length { merged[row * length + place] = numbers[number * length + place] }
      }
    }
    return merged
  }

  /// The rated items as observations, weighted so; `writeTargets` writes what is to be expected of an item by its row in the
  /// model as it was learned.
  func observations(
    targetCount: Int, weight: @escaping @Sendable (Warm) -> Float,
    writeTargets: @escaping @Sendable (Int, UnsafeMutableBufferPointer<Float>) -> Void
  ) -> ContentRegression.Observations {
    ContentRegression.Observations(
      count: warm.count, width: content.width, targetCount: targetCount,
      weight: { [warm] in weight(warm[$0]) },
      writeContent: { [warm, content] observation, memory in
        for (place, number) in content.vector(at: warm[observation].content).enumerated() {
          memory[place] = number
        }
      },
      writeTargets: { [warm] in writeTargets(warm[$0].row, $1) })
  }
}

extension ModelCatalogueContents {
  /// The catalogue with items without ratings.
  fileprivate func adding(
    _ rows: ColdRows, _ cold: ColdItems, in context: ComputeContext
  ) -> ModelCatalogueContents {
    var ids = IdentifierColumn(type: items.type)
    var (learned, added) = (0, 0)
    for row in 0..<rows.count {
      if added < rows.coldRows.count, rows.coldRows[added] == row {
        ids.append(cold.items[added].id)
        added += 1
      } else {
        ids.append(items.identifier(at: learned, of: ItemEntity.self))
        learned += 1
      }
    }
    let attributes = attributes.isEmpty ? titles.map { _ in [] } : attributes
    var catalogue = ModelCatalogueContents(
      users: users, items: ids,
      itemRatingCounts: rows.merged(
        itemRatingCounts, cold.items.map { _ in 0 }, zero: 0),
      ratedOffsets: ratedOffsets, ratedItems: ratedItems.map { UInt32(rows.learnedRows[Int($0)]) },
      titles: rows.merged(titles, cold.items.map(\.title), zero: nil),
      attributes: rows.merged(attributes, cold.items.map(\.attributes), zero: []))
    catalogue.coldItems = ContentNeighbours(rows, in: context).contents
    return catalogue
  }
}

extension ExplainedError<TrainingErrorCode> {
  /// Items without ratings can't be added to such a model.
  package static func withoutColdItems(_ model: String) -> TrainingError {
    TrainingError(
      .badOption,
      "items without ratings can't be added to \(model): it learns nothing of an item that content could tell",
      place: "cold-items",
      remedy: "Learn one of \(TrainerRegistry.names(with: .coldItems)), or leave it out.")
  }
}
