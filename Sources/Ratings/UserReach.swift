/// How a part of a query plan reaches the rows it reads.
///
/// A join may find the user by an index in one of its tables, and the other tables from there; every part of
/// a union must find the user by itself. A table joined only by a condition of the query can't be told apart
/// from one found from the user's rows. Later cases compare greater.
package enum UserReach: Comparable, Sendable {
  /// It reads no table.
  case nothing
  /// It finds rows by something other than the user, such as an index on another column.
  case other
  /// It finds rows by an index on the user's column.
  case user

  /// Combines the parts of a join.
  package static func joined(_ parts: [Self]) -> Self { parts.max() ?? .nothing }

  /// Combines the parts of a union.
  package static func united(_ parts: [Self]) -> Self {
    parts.filter { $0 != .nothing }.min() ?? .nothing
  }
}
