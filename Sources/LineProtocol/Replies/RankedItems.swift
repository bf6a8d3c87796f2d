/// Items, or users, best first. JSON includes everything; RESP as much as was asked for, in the shapes that Redis
/// clients know from ZRANGE.
package struct RankedItems: Sendable, Equatable {
  /// How much RESP includes of each item.
  package enum Detail: Sendable {
    /// A list of ids.
    case identifiers
    /// Ids and scores, alternating in RESP2 and in pairs in RESP3, as in the reply to ZRANGE ... WITHSCORES.
    case scores
    /// Everything in the JSON form, as a map.
    case everything
  }

  /// An item or a user.
  package struct Entry: Sendable, Equatable {
    package let identifier: ReplyIdentifier
    package let title: String?
    /// The number of ratings, if the list is ranked by it or shows it.
    package let ratingCount: Int?
    /// The number of those ratings shared with the subject of the list.
    package let sharedCount: Int?
    /// The score it is ranked by; `nil` if that is its number of ratings, which is then used where a number is asked
    /// for.
    package let score: Float?
    /// The predicted rating, if that is not the score.
    package let prediction: Float?
    /// Whether it has no ratings, and is known by its content alone.
    package let isCold: Bool

    /// The number that the list is ranked by, used for the score where a number is asked for.
    var rankingNumber: Float { score ?? Float(ratingCount ?? 0) }

    package init(
      _ identifier: ReplyIdentifier, title: String? = nil, ratingCount: Int? = nil,
      sharedCount: Int? = nil, score: Float?, prediction: Float? = nil,
      isCold: Bool = false
    ) {
      self.identifier = identifier
      self.title = title
      self.ratingCount = ratingCount
      self.sharedCount = sharedCount
      self.score = score
      self.prediction = prediction
      self.isCold = isCold
    }
  }

  /// What JSON has before the items: for whom they are, by which version.
  package let context: [ReplyField]
  package let entries: [Entry]
  package let detail: Detail
  /// The name of an entry: `item` or `user`.
  package let noun: String

  package init(
    context: [ReplyField], entries: [Entry], detail: Detail, noun: String = "item"
  ) {
    self.noun = noun
    self.context = context
    self.entries = entries
    self.detail = detail
  }

  /// The full reply, as a map of the context and the items.
  var everything: Reply {
    let items = entries.map { entry in
      var fields = [ReplyField(noun, .identifier(entry.identifier))]
      if let title = entry.title { fields.append(ReplyField("title", .text(title))) }
      if let count = entry.ratingCount {
        fields.append(ReplyField("ratings", .integer(Int64(count))))
      }
      if let count = entry.sharedCount {
        fields.append(ReplyField("shared", .integer(Int64(count))))
      }
      if let score = entry.score { fields.append(ReplyField("score", .number(score))) }
      if let prediction = entry.prediction {
        fields.append(ReplyField("prediction", .number(prediction)))
      }
      if entry.isCold { fields.append(ReplyField("cold", .integer(1))) }
      return Reply.map(fields)
    }
    return .map(context + [ReplyField("\(noun)s", .list(items))])
  }
}
