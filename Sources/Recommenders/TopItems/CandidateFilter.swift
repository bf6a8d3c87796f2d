package import BitCollections
package import Ratings

/// A filter of the items that may be listed. All methods of finding the best items use it.
///
///     let comedies = model.catalogue.items(with: ItemAttribute(name: "genre", value: "Comedy"))
///     let filter = CandidateFilter.unrated(by: user).only(comedies).excluding(outOfStock)
package struct CandidateFilter: Sendable {
  /// The rows that must not be listed, ascending.
  private var excluded: [UInt32] = []
  /// The rows that may be listed; nil for all.
  private var allowed: BitSet?
  /// The smallest of the selections that were applied, if any.
  private(set) var selection: ItemSelection?

  private init() {}

  /// The filter that admits all items.
  package static let all = CandidateFilter()

  /// Returns a filter that admits the items that the user has not rated.
  package static func unrated(by user: UserVector) -> CandidateFilter {
    all.excluding(ratedBy: user)
  }

  /// Returns a filter that also excludes the items that the user has rated.
  package func excluding(ratedBy user: UserVector) -> CandidateFilter {
    excluding(rows: user.ratedItems)
  }

  /// Returns a filter that also excludes `items`, which may be in any order.
  package func excluding(_ items: some Sequence<ItemIndex>) -> CandidateFilter {
    excluding(rows: items.map(\.rawValue))
  }

  /// Returns the intersection of the filter with `items`.
  package func only(_ items: BitSet) -> CandidateFilter {
    var filter = self
    filter.allowed = allowed?.intersection(items) ?? items
    return filter
  }

  /// Returns the intersection of the filter with `items`.
  func only(_ items: ItemSelection) -> CandidateFilter {
    var filter = only(items.rows)
    if items.count < selection?.count ?? .max { filter.selection = items }
    return filter
  }

  /// Rows that are already sorted are only scanned.
  private func excluding(rows: [UInt32]) -> CandidateFilter {
    var filter = self
    let rows = excluded.isEmpty ? rows : excluded + rows
    let isSorted = rows.indices.dropFirst().allSatisfy { rows[$0 - 1] <= rows[$0] }
    filter.excluded = isSorted ? rows : rows.sorted()
    return filter
  }

  /// Returns the rows below `itemCount` that may be listed, if the filter is limited to at most `limit` named rows;
  /// otherwise nil.
  func rows(of itemCount: Int, ifAtMost limit: Int) -> [UInt32]? {
    guard let allowed, allowed.count <= limit else { return nil }
    return allowed.prefix { $0 < itemCount }.map { UInt32($0) }.filter(admits)
  }

  /// Returns whether the item in `row` may be listed: O(log excluded items).
  func admits(_ row: UInt32) -> Bool {
    if let allowed, !allowed.contains(Int(row)) { return false }
    var (low, high) = (0, excluded.count)
    while low < high {
      let middle = (low + high) / 2
      if excluded[middle] < row { low = middle + 1 } else { high = middle }
    }
    return low == excluded.count || excluded[low] != row
  }
}
