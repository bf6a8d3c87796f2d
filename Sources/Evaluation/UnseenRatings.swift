package import Interactions
import Ratings
package import Recommenders

extension SplitRatings {
  /// Returns for each held-out rating whether `model` has certainly not been trained on it: it does not know the
  /// rating, or its own `split` held it out of the ratings it knows.
  ///
  /// A split that depends on the rating alone holds out the same ratings as data arrives. A split by time or by user
  /// does not: a rating held out today may have been trained on before. So the split is repeated on the ratings that
  /// the model knows, plus those whose user or item it does not know, since all ratings of that user or item may have
  /// been held out. If the split cannot be repeated, because ratings lack times, every rating that the model knows
  /// counts as seen.
  ///
  /// Ratings that have since been removed, or given again at another time, are not accounted for. O(ratings); 12 more
  /// bytes per rating for splits by time or user.
  package func unseen(by model: any ScoredModel, trainedWith split: Split) -> [Bool] {
    let isAlone = split.goesByTheRatingAlone
    let table = isAlone ? heldOut.ratings : joined().training
    let (isKnown, mayBeKnown) = table.isKnown(to: model)
    let isHeldOut =
      (try? table.surelyHeldOut(by: split, of: isKnown, andPerhaps: mayBeKnown))
      ?? [Bool](repeating: false, count: table.count)
    let isUnseen = zip(isKnown, isHeldOut).map { !$0 || $1 }
    return isAlone ? isUnseen : table.positions(of: heldOut.ratings).map { isUnseen[$0] }
  }
}

extension InteractionTable {
  /// Returns for each rating whether `model` lists its item among its user's rated items, and whether this is uncertain
  /// because the model does not know the user or the item.
  fileprivate func isKnown(to model: any ScoredModel) -> (known: [Bool], perhaps: [Bool]) {
    let rows = ModelRows(of: self, in: model)
    var isKnown = [Bool](repeating: false, count: count)
    var mayBeKnown = [Bool](repeating: true, count: count)
    for (user, row) in rows.users.enumerated() {
      guard let row else { continue }
      let rated = model.catalogue.withRatedItems(by: row) { Set($0) }
      for position in positions(of: UserIndex(user)) {
        guard let item = rows.items[Int(items[position])] else { continue }
        isKnown[position] = rated.contains(item.rawValue)
        mayBeKnown[position] = false
      }
    }
    return (isKnown, mayBeKnown)
  }
}
