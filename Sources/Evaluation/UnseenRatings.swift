package import Interactions
import Ratings
package import Recommenders

extension SplitRatings {
  /// The held-out ratings that `model` has certainly not learned from: those that it does not know, and those
  /// that its own `split` held out of what it knows.
  ///
  /// A split that goes by the rating alone holds the same out as ratings come in. One by time or by user
  /// does not: what is held out today may have been learned from before. That is found out by dividing once
  /// more what the model knows, with what it does not know of since all of a user or an item was held out.
  /// Where that can't be done, as ratings lack times, a rating that it knows counts as learned from.
  /// Ratings that were removed since, or given anew at another time, are not made up for. O(ratings); 12 bytes a rating more for splits by
  /// time or user.
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
  /// For each rating whether `model` lists its item among those that its user has rated, and whether that
  /// can't be told, as the model does not know the user or the item.
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
