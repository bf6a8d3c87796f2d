import Errors
package import Learning
package import Ratings
package import Recommenders
package import TensorCore

/// Items without ratings whose content is known (cold items). A regression from the content of rated items lets a model
/// recommend them before their first rating.
///
/// The rated items' rows of a model stay bit-identical. A row predicted from content is closer to the mean of all items
/// than rows learned from ratings, and the closer the less the content explains. Cold items therefore do not crowd out
/// the others.
package struct ColdItems: Sendable {
  /// The content vectors of rated and of cold items.
  package let content: ItemContent
  /// The cold items, ordered by id. Each has a vector.
  package let items: [Item]

  /// Selects those of `items` that have content and for which `isRated` is false.
  package init(
    _ content: ItemContent, of items: some Collection<Item>, isRated: (ItemID) -> Bool
  ) {
    self.content = content
    self.items = items.filter { content.row(of: $0.id) != nil && !isRated($0.id) }
      .sorted { $0.id < $1.id }
  }

  /// A model extended with cold items.
  package struct Learned: Sendable {
    /// The model's tables, with rows for cold items.
    package let tables: any ModelTables
    /// The model's catalogue, with cold items.
    package let catalogue: ModelCatalogueContents
    /// The number of rated items that the regression was fitted to.
    package let learnedFrom: Int
    /// The cross-validated fraction of the variation between items that content explains, from 0 to 1.
    package let explained: Double
  }

  /// Adds the items to the `tables` of a trained model with the catalogue `catalogue`. Throws ``TrainingError``:
  /// `badOption` if the model does not support cold items, `badData` if too few rated items have content, `diverged` if
  /// a number of the model is not finite. Traps if an item is in the catalogue.
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
        "only \(rows.warm.count) of the \(catalogue.items.count) rated items have content, and at least "
          + "\(ContentRegression.leastCount) are needed", place: "cold items",
        remedy: "Provide content for rated items, too: the model learns from them.")
    }
    let (added, explained) = try tables.adding(rows, in: context)
    return Learned(
      tables: added, catalogue: catalogue.adding(rows, self, in: context),
      learnedFrom: rows.warm.count, explained: explained)
  }
}

/// Tables to which cold items can be added.
protocol ColdItemTables: ModelTables {
  /// Returns the tables with a row for each item of `rows`, and the cross-validated fraction of the variation between
  /// items that content explains.
  func adding(
    _ rows: ColdRows, in context: ComputeContext
  ) throws(TrainingError) -> (tables: any ModelTables, explained: Double)
}

/// The rows of a model's items and of cold items in the combined order, and their content.
struct ColdRows: Sendable {
  /// A rated item with content.
  struct Warm: Sendable {
    /// The item's row in the trained model.
    let row: Int
    /// The row of its content.
    let content: Int
    /// Its number of ratings.
    let ratingCount: Int
  }

  /// The number of items of both kinds.
  let count: Int
  /// The new row of each item of the trained model.
  let learnedRows: [Int]
  /// The rows of the cold items, ascending.
  let coldRows: [Int]
  /// The rated items with content, ordered by row.
  let warm: [Warm]
  /// The content row of each cold item.
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

  /// Merges per-item numbers of the trained model and of cold items, `length` per item, in the combined order.
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

  /// Returns the rated items as weighted observations. `writeTargets` writes the targets of an item, given its row in
  /// the trained model.
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
  /// Returns the catalogue with cold items.
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
  /// The model does not support items without ratings.
  package static func withoutColdItems(_ model: String) -> TrainingError {
    TrainingError(
      .badOption,
      "can't be used with \(model), which learns nothing about items that content could predict",
      place: "cold-items",
      remedy: "Train one of \(TrainerRegistry.names(with: .coldItems)), or omit it.")
  }
}
