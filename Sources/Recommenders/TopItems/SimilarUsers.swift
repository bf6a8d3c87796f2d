package import Ratings

/// A user in a list, with the similarity as its score.
package struct ScoredUser: Hashable, Sendable {
  package let user: UserIndex
  package let score: Float
}

/// The measure of similarity between two users of a model.
package enum UserSimilarity: String, Sendable {
  /// The cosine of their vectors.
  case cosine
  /// The number of items both have rated, divided by the square root of the product of the numbers each has rated:
  /// the cosine of their binary rating vectors.
  case sharedItems = "shared items"
}

extension Recommender {
  /// The similarity of the model's users: the cosine of their factors if these rank items, and otherwise the items
  /// both have rated. Factors that predict ratings say little about what people see, and weights between items
  /// nothing about people.
  package var userSimilarity: UserSimilarity {
    model.userVectorLength > 0 ? .cosine : .sharedItems
  }

  /// Returns the `count` users most similar to the one in a row, without that user; see
  /// ``similarUsers(to:but:count:)``. Traps if there is no such user.
  package func similarUsers(to user: UserIndex, count: Int) -> [ScoredUser] {
    similarUsers(to: model.user(at: user), but: user, count: count)
  }

  /// Returns the `count` users most similar to `user` by ``userSimilarity``, best first, with ties in ascending row
  /// order. Excludes the user in the row `own`, if given, and users without a positive similarity. O(users x
  /// factors), or O(rated items). Traps if the user's vector or rated items do not belong to this model, or `count`
  /// is negative.
  package func similarUsers(
    to user: UserVector, but own: UserIndex?, count: Int
  ) -> [ScoredUser] {
    precondition(count >= 0)
    var top = TopSelection(count: min(count, model.userCount), filter: .all)
    func consider(_ row: Int, _ score: Double) {
      if row != own?.position, score > 0 { top.consider(UInt32(row), score: score) }
    }
    switch userSimilarity {
    case .cosine:
      let length = model.userVectorLength
      precondition(user.elements.count == length, "\(user.elements.count) elements, not \(length)")
      user.elements.withUnsafeBufferPointer { own in
        let ownLength = euclideanLength(own)
        model.withUserVectors { vectors in
          for row in 0..<model.userCount {
            let (product, square) = productAndSquare(own, vectors[row: row, length: length])
            let lengths = ownLength * square.squareRoot()
            if lengths > 0 { consider(row, product / lengths) }
          }
        }
      }
    case .sharedItems:
      let catalogue = model.catalogue
      var isOwn = [Bool](repeating: false, count: model.itemCount)
      for row in user.ratedItems { isOwn[Int(row)] = true }
      let ownCount = user.ratedItems.count
      for row in 0..<model.userCount {
        let (shared, count) = catalogue.withRatedItems(by: UserIndex(row)) { rows in
          (rows.reduce(0) { $0 + (isOwn[Int($1)] ? 1 : 0) }, rows.count)
        }
        if shared > 0 {
          consider(row, Double(shared) / (Double(ownCount) * Double(count)).squareRoot())
        }
      }
    }
    return top.ranked().map {
      ScoredUser(user: UserIndex($0.row), score: Float(min(1, $0.score)))
    }
  }
}
