package import BitCollections
package import Ratings

/// Which items may stand in a list: the one filter in front of every way to find the best.
///
///     let comedies = model.catalogue.items(with: ItemAttribute(name: "genre", value: "Comedy"))
///     let filter = CandidateFilter.unrated(by: user).only(comedies).excluding(outOfStock)
package struct CandidateFilter: Sendable {
  /// Rows in ascending order that may not be listed.
  private var excluded: [UInt32] = []
  /// The rows that may be listed; nil for all.
  private var allowed: BitSet?
  /// The smallest of the selections that the rows are of, where they are of one.
  private(set) var selection: ItemSelection?

  private init() {}

  /// Lets all items through.
  package static let all = CandidateFilter()

  /// Lets the items through that the user has not rated.
  package static func unrated(by user: UserVector) -> CandidateFilter {
    all.excluding(ratedBy: user)
  }

  /// Leaves out what the user has rated too.
  package func excluding(ratedBy user: UserVector) -> CandidateFilter {
    excluding(rows: user.ratedItems)
  }

  /// Leaves out `items` too, which come in any order.
  package func excluding(_ items: some Sequence<ItemIndex>) -> CandidateFilter {
    excluding(rows: items.map(\.rawValue))
  }

  /// Lets nothing through but those of `items` that it lets through by now.
  package func only(_ items: BitSet) -> CandidateFilter {
    var filter = self
    filter.allowed = allowed?.intersection(items) ?? items
    return filter
  }

  /// Lets nothing through but those of `items` that it lets through by now.
  func only(_ items: ItemSelection) -> CandidateFilter {
    var filter = only(items.rows)
    if items.count < selection?.count ?? .max { filter.selection = items }
    return filter
  }

  /// Rows that are sorted already are only looked through.
  private func excluding(rows: [UInt32]) -> CandidateFilter {
    var filter = self
    let rows = excluded.isEmpty ? rows : excluded + rows
    let isSorted = rows.indices.dropFirst().allSatisfy { rows[$0 - 1] <= rows[$0] }
    filter.excluded = isSorted ? rows : rows.sorted()
    return filter
  }

  /// The rows below `itemCount` that may be listed, where the filter names some `limit` at most.
  func rows(of itemCount: Int, ifAtMost limit: Int) -> [UInt32]? {
    guard let allowed, allowed.count <= limit else { return nil }
    return allowed.prefix { $0 < itemCount }.map { UInt32($0) }.filter(admits)
  }

  /// Whether the item in `row` may be listed: O(log items left out).
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
