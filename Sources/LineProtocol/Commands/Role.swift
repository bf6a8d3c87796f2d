/// What somebody may ask for, each role what those before it may, too.
package enum Role: String, Sendable, CaseIterable, Comparable {
  /// Look-ups, and what is in service.
  case read
  /// Ratings as well.
  case write
  /// What changes the server, or tells of its other clients.
  case admin

  package static func < (one: Role, other: Role) -> Bool { one.rank < other.rank }

  private var rank: Int {
    switch self {
    case .read: 0
    case .write: 1
    case .admin: 2
    }
  }
}

extension CommandDescription.Group {
  /// What its commands need, unless they say otherwise.
  var role: Role {
    switch self {
    case .model, .server, .pubsub, .connection: .read
    case .ratings: .write
    }
  }
}
