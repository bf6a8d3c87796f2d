import Errors
package import ModelRegistry
package import Ratings

/// An open item-item model: the tables of ``ItemItemTables`` in a mapped file, with its catalogue.
///
/// A user is represented by the items they have rated: the elements of a user's vector are the weights of the rated
/// items. The file is not trusted: whatever it contains, no lookup goes out of bounds.
package final class ItemItemModel: ScoredModel {
  /// Sparse weights between items:
  ///
  ///     item_weights          F32 [weights]          on a multiple of 64 bytes
  ///     item_weight_offsets   U64 [items + 1]        item j's: o[j] ..< o[j + 1]
  ///     item_weight_targets   U32 [weights]          rows of items, ascending for each item
  ///     item_precisions       F32 [items]            above 0; absent if items are compared by their weights
  ///     item_weight_loss      F32 [2]                fractions of weights and of lists that were kept
  ///     rated_is_learned      U8  [rated items]      1 if used for training, 0 if held out
  package static let form = RecommenderForm(
    name: "item-item", noun: "item-item model", alignedTensor: "item_weights",
    userRows: { tensor in
      switch tensor {
      case "rated_is_learned": .ratedItems
      case "item_weights", "item_weight_offsets", "item_weight_targets", "item_precisions",
        "item_weight_loss":
        RecommenderForm.UserRows.none
      default: nil
      }
    },
    open: { (file) throws(ModelFileError) in try ItemItemModel(file) })

  package let header: ModelHeader
  package let catalogue: ModelCatalogue
  private let targets: RowLists
  private let weights: TensorColumn<Float>
  private let precisions: TensorColumn<Float>?
  private let isLearned: TensorColumn<UInt8>
  /// The cost of leaving weights out.
  package let loss: ItemItemLoss

  /// Reads the model from an open file.
  ///
  /// Throws ``ModelFileError`` if it is not an item-item model, was written by a newer Latent, or lacks a tensor of
  /// the right type and shape.
  package init(_ file: SafetensorsFile) throws(ModelFileError) {
    header = try ModelHeader(file, form: Self.form)
    let reader = TensorReader(file: file)
    // There is one more offset than owners, so at least 1 in a valid file.
    let itemCount = max(try reader.dimensions(of: "item_weight_offsets", rank: 1)[0] - 1, 0)
    let userCount = max(try reader.dimensions(of: "rated_offsets", rank: 1)[0] - 1, 0)
    catalogue = try ModelCatalogue(reader, userCount: userCount, itemCount: itemCount)
    precisions =
      reader.has("item_precisions")
      ? try reader.column("item_precisions", [itemCount]) : nil
    targets = try RowLists(
      reader, offsets: "item_weight_offsets", rows: "item_weight_targets", count: itemCount,
      itemCount: itemCount)
    weights = try reader.column("item_weights", [targets.totalCount])
    isLearned = try reader.column("rated_is_learned", [catalogue.ratedItemCount])
    let loss: TensorColumn<Float> = try reader.column("item_weight_loss", [2])
    self.loss = ItemItemLoss(share: loss[0], lists: loss[1])
  }

  package func verifyContents() throws(ModelFileError) {
    try catalogue.verifyContents(place: path)
    try targets.verify(place: path)
    try weights.verifyFinite("item_weights", place: path)
    if let precisions {
      try precisions.verifyFinite("item_precisions", place: path)
      if let flaw = (precisions.withElements { $0.firstIndex { $0 <= 0 } }) {
        throw .badContents("row \(flaw) of item_precisions is not above 0", place: path)
      }
    }
    if let flaw = (isLearned.withElements { $0.firstIndex { $0 > 1 } }) {
      throw .badContents("row \(flaw) of rated_is_learned is neither 0 nor 1", place: path)
    }
    guard (0...1).contains(loss.share), (0...1).contains(loss.lists) else {
      throw .badContents("item_weight_loss is not two shares from 0 to 1", place: path)
    }
  }

  package var learnedFacts: [ModelFact] {
    [
      ModelFact("weights", label: "weights between items", .integer(targets.totalCount)),
      ModelFact(
        "weights_kept", label: "share of weights kept", .number(Double(loss.share), decimals: 4)),
      ModelFact(
        "lists_kept", label: "share of top-10 lists kept",
        .number(Double(loss.lists), decimals: 4)),
    ]
  }

  // MARK: - Users

  /// An unknown user has rated nothing.
  package func user(at row: UserIndex?) -> UserVector {
    guard let row else { return UserVector(elements: []) }
    let rated = catalogue.withRatedItems(by: row) { Array($0) }
    let marks = isLearned.withElements(in: catalogue.ratedRange(of: row)) { marks in
      marks.map { Float($0) }
    }
    // The lists may differ in length in a damaged file.
    let elements = (0..<rated.count).map { $0 < marks.count ? marks[$0] : 0 }
    return UserVector(elements: elements, ratedItems: rated)
  }

  /// Each rated item counts 1, whatever the value of its rating.
  package func user(of ratings: [ItemRating]) -> UserVector {
    UserVector(
      elements: [Float](repeating: 1, count: ratings.count),
      ratedItems: ratings.map(\.item.rawValue).sorted())
  }

  package var ratedValues: RatedValues { .ignored }

  // MARK: - Scores

  /// The sum of the weights from the user's items to this one; 0 for a nil item. O(rated items x log weights of an
  /// item).
  package func score(for user: UserVector, item: ItemIndex?) -> Float {
    guard let item else { return 0 }
    precondition(item.position < itemCount)
    var score: Float = 0
    withWeights(of: user, in: item.position..<item.position + 1) { _, weight in score += weight }
    return score
  }

  package func writeScores(
    for user: UserVector, of items: Range<Int>, to scores: UnsafeMutableBufferPointer<Float>
  ) {
    precondition(scores.count == items.count)
    scores.update(repeating: 0)
    withWeights(of: user, in: items) { place, weight in scores[place] += weight }
  }

  /// Calls `body` with each weight from the user's items, in their order, to an item in `items`: with the position of
  /// that item in `items`, and the weight.
  @inline(__always)
  private func withWeights(
    of user: UserVector, in items: Range<Int>, _ body: (_ place: Int, _ weight: Float) -> Void
  ) {
    precondition(
      user.elements.count == user.ratedItems.count,
      "\(user.elements.count) elements of \(user.ratedItems.count) rated items")
    let (low, high) = (UInt32(items.lowerBound), UInt32(items.upperBound))
    targets.withAllRows { targets in
      weights.withElements { weights in
        for (source, element) in zip(user.ratedItems, user.elements) where element != 0 {
          let list = self.targets.range(at: Int(source))
          var position = lowerBound(of: low, in: targets, list)
          while position < list.upperBound, targets[position] < high {
            // Targets may be out of order in a damaged file.
            if targets[position] >= low {
              body(Int(targets[position] - low), element * weights[position])
            }
            position += 1
          }
        }
      }
    }
  }

  /// The weights themselves; those of items that were not used for training are 0.
  package func shares(
    for user: UserVector, of ratings: [ItemRating]?, in item: ItemIndex
  ) -> [RatingShare]? {
    zip(user.ratedItems, user.elements).map { row, element in
      let source = UserVector(elements: [element], ratedItems: [row])
      return RatingShare(item: row, amount: score(for: source, item: item))
    }
  }

  package var explainsScores: Bool { true }

  // MARK: - Items

  /// There are no vectors to compare items by.
  package var itemVectorLength: Int { 0 }

  package func withItemVectors<Result, Failure: Error>(
    _ body: (UnsafeBufferPointer<Float>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try body(UnsafeBufferPointer(start: nil, count: 0))
  }

  /// The weights from the item to others or, if precisions P are known, `w sqrt(P(j, j) / P(i, i))` for the weight w
  /// from i to j: the association of two items given all others (Lauritzen, "Graphical Models", 1996, section 5.1.3).
  /// O(weights of an item).
  package func similarItems(to item: ItemIndex) -> [ScoredItem]? {
    weights(from: item)?.filter { $0.item != item }.map { other, weight in
      let ratio = precisions.map { $0[other.position] / $0[item.position] } ?? 1
      return ScoredItem(item: other, score: weight * ratio.squareRoot())
    }
  }

  package func weights(from item: ItemIndex) -> [(item: ItemIndex, weight: Float)]? {
    targets.withAllRows { targets in
      weights.withElements { weights in
        self.targets.range(at: item.position).compactMap { position in
          Int(targets[position]) < itemCount
            ? (ItemIndex(targets[position]), weights[position]) : nil
        }
      }
    }
  }
}

/// Returns the first position in `range` of ascending rows that is not below `row`.
private func lowerBound(
  of row: UInt32, in rows: UnsafeBufferPointer<UInt32>, _ range: Range<Int>
) -> Int {
  var (low, high) = (range.lowerBound, range.upperBound)
  while low < high {
    let middle = (low + high) / 2
    if rows[middle] < row { low = middle + 1 } else { high = middle }
  }
  return low
}
