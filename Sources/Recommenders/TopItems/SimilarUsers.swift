package import Ratings

/// A user in a list and how alike they are.
package struct ScoredUser: Hashable, Sendable {
  package let user: UserIndex
  package let score: Float
}

/// What makes two users of a model alike.
package enum UserSimilarity: String, Sendable {
  /// The cosine of their vectors.
  case cosine
  /// How many items both have rated, over the root of the product of how many each has: the cosine of what they
  /// have rated, 1 for an item and else 0.
  case sharedItems = "shared items"
}

extension Recommender {
  /// What makes two users of the model alike: their factors where these rank items; else the items that both have
  /// rated, since factors that predict ratings say little of what people see, and weights between items nothing of
  /// people.
  package var userSimilarity: UserSimilarity {
    model.userVectorLength > 0 ? .cosine : .sharedItems
  }

  /// The `count` users most like the one in a row, without that one; see ``similarUsers(to:but:count:)``. Traps when there is
  /// no such user.
  package func similarUsers(to user: UserIndex, count: Int) -> [ScoredUser] {
    similarUsers(to: model.user(at: user), but: user, count: count)
  }

  /// The `count` users most like `user` by ``userSimilarity``, best first, without the one in the row `own`, where that is not nil; among
  /// equals the lower row first. Users who share nothing with `user` are not listed. O(users x factors), or O(rated items).
  /// Traps when the user's vector or rated items are not of this model, or `count` is negative.
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
