import Errors

/// The fixed settings of a store.
package struct StoreSettings: Equatable, Sendable {
  /// nil until the first import.
  package var userType: IdentifierType?
  /// nil until the first import.
  package var itemType: IdentifierType?
  /// nil if any finite value is allowed.
  package var scale: RatingScale?
  /// The kind of feedback; nil until the first import of any, and in stores older than this setting.
  package var feedback: Feedback?

  package init(
    userType: IdentifierType? = nil, itemType: IdentifierType? = nil, scale: RatingScale? = nil,
    feedback: Feedback? = nil
  ) {
    self.userType = userType
    self.itemType = itemType
    self.scale = scale
    self.feedback = feedback
  }
}

/// The validation that all stores share, with the same messages.
extension StoreSettings {
  /// Returns these settings with the given id types fixed; nil leaves one unchanged. Throws
  /// ``StoreErrorCode/settingsConflict`` if a type is already fixed otherwise.
  package func fixingTypes(
    user: IdentifierType?, item: IdentifierType?, store: String
  ) throws(StoreError) -> StoreSettings {
    for (what, fixed, asked) in [("user", userType, user), ("item", itemType, item)] {
      guard let fixed, let asked, fixed != asked else { continue }
      throw StoreError(
        .settingsConflict, "the store's \(what) ids are of type \(fixed), not \(asked)",
        place: store,
        remedy: "Import them as \(fixed), or use another store.")
    }
    var fixed = self
    (fixed.userType, fixed.itemType) = (user ?? userType, item ?? itemType)
    return fixed
  }

  /// Returns these settings with the kind of feedback fixed. Throws ``StoreErrorCode/settingsConflict`` if
  /// the store has the other kind.
  package func fixingFeedback(
    _ feedback: Feedback, store: String
  ) throws(StoreError) -> StoreSettings {
    if let known = self.feedback, known != feedback {
      throw StoreError(
        .settingsConflict, "the store holds \(known) feedback, not \(feedback)", place: store,
        remedy: "Omit the kind, or use another store.")
    }
    var fixed = self
    fixed.feedback = feedback
    return fixed
  }

  /// Returns these settings with the scale fixed, given the extremes of the ratings in the store, if any.
  /// Throws ``StoreErrorCode/settingsConflict`` if there is another scale already, or a rating is outside
  /// this one.
  package func fixingScale(
    _ scale: RatingScale, extremes: (lowest: Float, highest: Float)?, store: String
  ) throws(StoreError) -> StoreSettings {
    if let fixed = self.scale, fixed != scale {
      throw StoreError(
        .settingsConflict, "the store's scale is \(fixed), not \(scale)", place: store,
        remedy: "Omit the scale, or use another store.")
    }
    if let extremes, !scale.contains(extremes.lowest) || !scale.contains(extremes.highest) {
      throw StoreError(
        .settingsConflict,
        "the store holds ratings from \(extremes.lowest) to \(extremes.highest), outside \(scale)",
        place: store, remedy: "Give a scale that covers them, or use another store.")
    }
    var fixed = self
    fixed.scale = scale
    return fixed
  }

  /// Throws if the store has a scale: sums of values would leave it.
  package func checkAdding(store: String) throws(StoreError) {
    guard let scale else { return }
    throw StoreError(
      .settingsConflict, "the store has a scale, \(scale), which sums would exceed", place: store,
      remedy: "Add to a store of counts that has no scale.")
  }

  /// Returns the error of a pair whose values add up to more than a `Float` can hold.
  package static func sumIsNotFinite(
    user: UserID, item: ItemID, store: String
  ) -> StoreError {
    StoreError(
      .badValue, "the sum of the values overflows a 32-bit float",
      place: "\(store), user \(user), item \(item)", remedy: "Check the values.")
  }

  /// Throws unless all of `batch` can be stored: ids are valid and of the fixed types, values are finite and
  /// on the scale.
  package func check(_ batch: borrowing RatingBatch, store: String) throws(StoreError) {
    precondition(
      batch.users.count == batch.count && batch.items.count == batch.count
        && batch.times.count == batch.count, "columns of different length")
    try check(batch.users.type, against: userType, "user", store: store)
    try check(batch.items.type, against: itemType, "item", store: store)
    try Self.check(batch.users, "user", store: store)
    try Self.check(batch.items, "item", store: store)
    for position in 0..<batch.count {
      let value = batch.values[position]
      if value.isFinite && (scale?.contains(value) ?? true) { continue }
      let rating = batch[position]
      throw StoreError(
        .badValue,
        value.isFinite
          ? "the rating \(value) is outside the scale \(scale.map(String.init) ?? "")"
          : "the rating \(value) is not finite",
        place: "\(store), user \(rating.user), item \(rating.item)", remedy: "Correct the value.")
    }
  }

  /// Throws unless all of `items` can be stored: ids are valid and of the fixed type, texts have no NUL.
  package func check(_ items: [Item], store: String) throws(StoreError) {
    for item in items {
      try check(item.id.type, against: itemType, "item", store: store)
      if case .text(let text) = item.id.value {
        try Self.check(Array(text.utf8)[...], "item", store: store)
      }
      let texts = [item.title ?? ""] + item.attributes.flatMap { [$0.name, $0.value] }
      guard texts.contains(where: { $0.utf8.contains(0) }) else { continue }
      throw StoreError(
        .badValue, "a title or an attribute holds a NUL character",
        place: "\(store), item \(item.id)", remedy: "Remove the character.")
    }
  }

  private func check(
    _ type: IdentifierType, against fixed: IdentifierType?, _ what: String, store: String
  ) throws(StoreError) {
    guard type != fixed else { return }
    throw StoreError(
      .settingsConflict,
      fixed.map { "the store's \(what) ids are of type \($0), not \(type)" }
        ?? "the type of \(what) ids is not fixed",
      place: store, remedy: "Import ratings with ids of the store's types.")
  }

  private static func check(
    _ column: IdentifierColumn, _ what: String, store: String
  ) throws(StoreError) {
    guard case .texts(let texts) = column else { return }
    for position in 0..<texts.count {
      try check(texts.bytes[texts.range(at: position)], what, store: store)
    }
  }

  /// Rejects NUL because Postgres can't store it.
  private static func check(
    _ utf8: ArraySlice<UInt8>, _ what: String, store: String
  ) throws(StoreError) {
    let problem: String
    if utf8.isEmpty {
      problem = "is empty"
    } else if utf8.count > identifierByteLimit {
      problem = "is longer than \(identifierByteLimit) bytes"
    } else if utf8.contains(0) {
      problem = "holds a NUL character"
    } else {
      return
    }
    throw StoreError(
      .badValue, "the \(what) id \(problem)",
      place: "\(store), \(what) \(String(decoding: utf8.prefix(64), as: UTF8.self))",
      remedy: "Correct the id.")
  }
}

/// The lowest and the highest value a rating may have, both inclusive.
///
/// Set once for a store and enforced from then on. A store without a scale accepts any finite value.
package struct RatingScale: Equatable, Sendable, Codable, CustomStringConvertible {
  package let minimum: Float
  package let maximum: Float

  /// Creates the scale from `minimum` to `maximum`; nil unless both are finite and minimum < maximum.
  package init?(minimum: Float, maximum: Float) {
    guard minimum.isFinite, maximum.isFinite, minimum < maximum else { return nil }
    self.minimum = minimum
    self.maximum = maximum
  }

  /// Parses `0.5..5`; nil if it is malformed or the bounds are not in order. Three dots are rejected: `0...5`
  /// would be read as 0 to 0.5.
  package init?(_ text: String) {
    guard let dots = text.firstRange(of: ".."), !text.contains("..."),
      let minimum = Float(text[..<dots.lowerBound]), let maximum = Float(text[dots.upperBound...])
    else { return nil }
    self.init(minimum: minimum, maximum: maximum)
  }

  /// Returns whether `value` is on the scale; NaN never is.
  package func contains(_ value: Float) -> Bool { value >= minimum && value <= maximum }

  /// The scale as written on the command line: `0.5..5.0`.
  package var description: String { "\(minimum)..\(maximum)" }
}
