/// The items that may appear in a list, by id and attributes. Every query for a list of items takes these filters.
package struct ItemFilters: Sendable, Equatable {
  /// The ids of items that must not be listed. Unknown ids are ignored, as they cannot be listed anyway.
  package var excluded: [String] = []
  /// The ids of the only items that may be listed, known to the model or not; nil for all items.
  package var only: [String]?
  /// The condition on the items' attributes; nil for none.
  package var condition: ItemCondition?

  /// Creates filters that admit all items.
  package init() {}
}
