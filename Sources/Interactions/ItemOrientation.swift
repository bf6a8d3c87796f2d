package import Ratings

/// The ratings of a table ordered by (item, user): who rated an item, and how. Made when something
/// needs it; 8 bytes a rating and 8 an item.
package struct ItemOrientation: Sendable {
  /// Where each item's ratings begin, and at last their number: `itemCount + 1` positions.
  package let itemOffsets: [Int]
  /// The user's row of each rating, ascending within an item.
  package let users: [UInt32]
  /// The value of each rating.
  package let values: [Float]

  /// Reorders `table` by one counting sort: O(count + items).
  package init(_ table: InteractionTable) {
    let starts = offsets(of: table.items, count: table.itemCount)
    var next = starts
    var users = [UInt32](repeating: 0, count: table.count)
    var values = [Float](repeating: 0, count: table.count)
    for position in 0..<table.count {
      let item = Int(table.items[position])
      users[next[item]] = table.users[position]
      values[next[item]] = table.values[position]
      next[item] += 1
    }
    itemOffsets = starts
    self.users = users
    self.values = values
  }

  /// The positions of an item's ratings.
  package func positions(of item: ItemIndex) -> Range<Int> {
    itemOffsets[item.position]..<itemOffsets[item.position + 1]
  }
}
