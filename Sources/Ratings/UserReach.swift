/// How a part of a database's plan comes to the rows that it reads.
///
/// A join may go by the user in one of its tables, and from there to the others; of a union each part has to. A table that is joined by a condition
/// of the query alone can't be told from one that is found from the user's rows. A later case is the greater one.
package enum UserReach: Comparable, Sendable {
  /// It reads no table.
  case nothing
  /// By something else, such as an index on another column.
  case other
  /// By an index on what tells the user.
  case user

  /// Of parts that are joined.
  package static func joined(_ parts: [Self]) -> Self { parts.max() ?? .nothing }

  /// Of parts whose rows are put together.
  package static func united(_ parts: [Self]) -> Self {
    parts.filter { $0 != .nothing }.min() ?? .nothing
  }
}
