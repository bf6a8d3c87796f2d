/// Which items may stand in a list, by the ids and the attributes that people know: what every question for a list of
/// items takes.
package struct ItemFilters: Sendable, Equatable {
  /// Ids of items that are not listed. One that the model does not know is no error: it is not listed
  /// anyway.
  package var excluded: [String] = []
  /// Ids of the only items that may be listed, known to the model or not; nil for all items.
  package var only: [String]?
  /// What must hold of the items' attributes; nil for nothing.
  package var condition: ItemCondition?

  /// All items.
  package init() {}
}
