import Errors
import Ratings

/// The roles of the columns in a file of ratings, with the reason for each.
struct ColumnRoles: Equatable {
  /// The reason for a column's role.
  enum Ground: String {
    case told = "as specified"
    case name = "by name"
    case order = "by order"
    case numbers = "by its numbers"
    case times = "by its times"
    case remainder = "by elimination"
  }

  /// A column, by its position from 0.
  struct Found: Equatable {
    var position: Int
    var ground: Ground

    /// Whether the role was neither specified nor derived from the column's name.
    var isGuess: Bool { [.order, .numbers, .remainder].contains(ground) }
  }

  private var columns: [RatingColumn: Found] = [:]

  /// Creates roles without columns.
  init() {}

  subscript(_ role: RatingColumn) -> Found? {
    get { columns[role] }
    set { columns[role] = newValue }
  }

  /// The positions of the columns found, in the usual order.
  var positions: [Int] { RatingColumn.allCases.compactMap { self[$0]?.position } }
}

/// Detection of the columns' roles.
extension ColumnRoles {
  /// Thrown if more than one column could have a role.
  struct Ambiguity: Error {
    /// The candidate columns, by position; empty if all are candidates.
    let positions: [Int]
  }

  /// Assigns columns by their names in the header, then missing ones by their contents.
  ///
  /// The columns left over become user and item in this order, if columns have an order, which JSON keys do
  /// not. The only numeric one becomes the value. Throws if other candidates remain.
  init(names: [String], areOrdered: Bool, profiles: [ColumnProfile]) throws(Ambiguity) {
    let readings = zip(names.indices, names).map { column, name in
      RatingColumnName(name).flatMap { reading in
        let isNumeric = column < profiles.count && profiles[column].isNumeric
        return reading.isResembling && !isNumeric ? nil : reading
      }
    }
    for role in RatingColumn.allCases {
      let candidates = readings.indices.filter { readings[$0]?.role == role }
      guard let best = candidates.compactMap({ readings[$0]?.rank }).min() else { continue }
      let found = candidates.filter { readings[$0]?.rank == best }
      guard found.count == 1 else { throw Ambiguity(positions: found) }
      self[role] = Found(position: found[0], ground: .name)
    }
    // If user and item are named, nothing is guessed: a numeric column may hold anything.
    guard self[.user] == nil || self[.item] == nil else { return }
    let rest = names.indices.filter { !positions.contains($0) }
    guard areOrdered || self[.user] != nil || self[.item] != nil else {
      throw Ambiguity(positions: rest)
    }
    try takeRemaining(rest, profiles)
  }

  private mutating func takeRemaining(
    _ columns: [Int], _ profiles: [ColumnProfile]
  ) throws(Ambiguity) {
    var columns = columns
    let isTime = { (column: Int) in column < profiles.count && profiles[column].isTime }
    let isNumeric = { (column: Int) in column < profiles.count && profiles[column].isNumeric }
    let missing = [RatingColumn.user, .item].filter { self[$0] == nil }
    if self[.time] == nil, columns.count > missing.count, columns.filter(isTime).count == 1,
      let column = columns.first(where: isTime)
    {
      self[.time] = Found(position: column, ground: .times)
      columns.removeAll { $0 == column }
    }
    if self[.value] == nil, columns.count == missing.count + 1 {
      let numeric = columns.filter(isNumeric)
      guard numeric.count == 1 else { throw Ambiguity(positions: columns) }
      self[.value] = Found(position: numeric[0], ground: .numbers)
      columns.removeAll { $0 == numeric[0] }
    }
    guard columns.count == missing.count else { throw Ambiguity(positions: columns) }
    for (role, column) in zip(missing, columns) {
      self[role] = Found(position: column, ground: missing.count == 1 ? .remainder : .order)
    }
  }

  /// Assigns the columns of a file without a header: user, item, rating and time, as far as there are
  /// columns, unless the contents of the third and fourth say otherwise. Throws if that is ambiguous, for
  /// instance with times in the first or second column.
  init(profiles: [ColumnProfile]) throws(Ambiguity) {
    guard (2...4).contains(profiles.count), !profiles[0].isTime, !profiles[1].isTime else {
      throw Ambiguity(positions: [])
    }
    self[.user] = Found(position: 0, ground: .order)
    self[.item] = Found(position: 1, ground: .order)
    switch profiles.count {
    case 3 where profiles[2].isTime:
      self[.time] = Found(position: 2, ground: .times)
    case 3:
      self[.value] = Found(position: 2, ground: .order)
    case 4 where profiles[2].isTime && profiles[3].isNumeric && !profiles[3].isTime:
      self[.value] = Found(position: 3, ground: .numbers)
      self[.time] = Found(position: 2, ground: .times)
    case 4 where !profiles[2].isNumeric && profiles[2].filled > 0 && profiles[3].isNumeric:
      throw Ambiguity(positions: [])
    case 4:
      self[.value] = Found(position: 2, ground: .order)
      self[.time] = Found(position: 3, ground: .order)
    default: break
    }
  }
}
