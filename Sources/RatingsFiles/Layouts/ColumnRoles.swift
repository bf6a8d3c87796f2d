import Errors
import Ratings

/// Which columns of a file of ratings hold what, and why that is thought.
struct ColumnRoles: Equatable {
  /// Why a column was taken for what it is.
  enum Ground: String {
    case told = "as told"
    case name = "by name"
    case order = "by order"
    case numbers = "by its numbers"
    case times = "by its times"
    case remainder = "the one left"
  }

  /// A column, by its position from 0.
  struct Found: Equatable {
    var position: Int
    var ground: Ground
  }

  private(set) var user: Found?
  private(set) var item: Found?
  private(set) var value: Found?
  private(set) var time: Found?

  /// No column at all.
  init() {}

  subscript(_ role: RatingColumn) -> Found? {
    get {
      switch role {
      case .user: user
      case .item: item
      case .value: value
      case .time: time
      }
    }
    set {
      switch role {
      case .user: user = newValue
      case .item: item = newValue
      case .value: value = newValue
      case .time: time = newValue
      }
    }
  }

  /// Those that were found, in the usual order.
  private var taken: [Int] { RatingColumn.allCases.compactMap { self[$0]?.position } }
}

/// Finding out which columns hold what.
extension ColumnRoles {
  /// What makes several readings equally good: more than one column could be meant.
  struct Ambiguity: Error {
    /// The columns that could be meant, by position; empty where it is all of them.
    let positions: [Int]
  }

  /// Takes columns by what the header calls them, and what is missing by what is in them.
  ///
  /// The columns that remain then are user and item in this order, if they have any, as JSON's keys have not,
  /// and a value where it is the only one of numbers. Throws when columns remain that could be meant as well.
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
    // With user and item named, nothing is guessed: a column of numbers may be anything.
    guard user == nil || item == nil else { return }
    let rest = names.indices.filter { !taken.contains($0) }
    guard areOrdered || user != nil || item != nil else { throw Ambiguity(positions: rest) }
    try takeRemaining(rest, profiles)
  }

  private mutating func takeRemaining(
    _ columns: [Int], _ profiles: [ColumnProfile]
  ) throws(Ambiguity) {
    var columns = columns
    let isTime = { (column: Int) in column < profiles.count && profiles[column].isTime }
    let isNumeric = { (column: Int) in column < profiles.count && profiles[column].isNumeric }
    let missing = [RatingColumn.user, .item].filter { self[$0] == nil }
    if time == nil, columns.count > missing.count, columns.filter(isTime).count == 1,
      let column = columns.first(where: isTime)
    {
      time = Found(position: column, ground: .times)
      columns.removeAll { $0 == column }
    }
    if value == nil, columns.count == missing.count + 1 {
      let numeric = columns.filter(isNumeric)
      guard numeric.count == 1 else { throw Ambiguity(positions: columns) }
      value = Found(position: numeric[0], ground: .numbers)
      columns.removeAll { $0 == numeric[0] }
    }
    guard columns.count == missing.count else { throw Ambiguity(positions: columns) }
    for (role, column) in zip(missing, columns) {
      self[role] = Found(position: column, ground: missing.count == 1 ? .remainder : .order)
    }
  }

  /// Takes the columns of a file without a header: user, item, rating and time, as far as there are
  /// columns, unless what is in the third and fourth says otherwise. Throws where that leaves it open, as where
  /// times stand first or second.
  init(profiles: [ColumnProfile]) throws(Ambiguity) {
    guard (2...4).contains(profiles.count), !profiles[0].isTime, !profiles[1].isTime else {
      throw Ambiguity(positions: [])
    }
    user = Found(position: 0, ground: .order)
    item = Found(position: 1, ground: .order)
    if profiles.count == 3 {
      if profiles[2].isTime {
        time = Found(position: 2, ground: .times)
      } else {
        value = Found(position: 2, ground: .order)
      }
    }
    if profiles.count == 4 {
      if profiles[2].isTime, profiles[3].isNumeric, !profiles[3].isTime {
        (value, time) = (Found(position: 3, ground: .numbers), Found(position: 2, ground: .times))
      } else if !profiles[2].isNumeric, profiles[2].filled > 0, profiles[3].isNumeric {
        throw Ambiguity(positions: [])
      } else {
        value = Found(position: 2, ground: .order)
        time = Found(position: 3, ground: .order)
      }
    }
  }
}
