/// What a user may ask for; each role includes those before it.
package enum Role: String, Sendable, CaseIterable, Comparable {
  /// Look-ups, and what is in service.
  case read
  /// Ratings as well.
  case write
  /// What changes the server, or shows its other clients.
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
  /// The role its commands need by default.
  var role: Role {
    switch self {
    case .model, .server, .pubsub, .connection: .read
    case .ratings: .write
    }
  }
}
