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

  /// The `count` users most like `user` by ``userSimilarity``, best first, without `user`; among equals the lower row
  /// first. Users who share nothing with `user` are not listed. O(users x factors), or O(rated items). Traps when there is no such
  /// user, or `count` is negative.
  package func similarUsers(to user: UserIndex, count: Int) -> [ScoredUser] {
    precondition(count >= 0 && user.position < model.userCount)
    var top = TopSelection(count: min(count, model.userCount), filter: .all)
    func consider(_ row: Int, _ score: Double) {
      if row != user.position, score > 0 { top.consider(UInt32(row), score: score) }
    }
    switch userSimilarity {
    case .cosine:
      let length = model.userVectorLength
      model.withUserVectors { vectors in
        let own = vectors[row: user.position, length: length]
        let ownLength = euclideanLength(own)
        for row in 0..<model.userCount {
          let (product, square) = productAndSquare(own, vectors[row: row, length: length])
          let lengths = ownLength * square.squareRoot()
          if lengths > 0 { consider(row, product / lengths) }
        }
      }
    case .sharedItems:
      let catalogue = model.catalogue
      var isOwn = [Bool](repeating: false, count: model.itemCount)
      let ownCount = catalogue.withRatedItems(by: user) { rows in
        for row in rows { isOwn[Int(row)] = true }
        return rows.count
      }
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
