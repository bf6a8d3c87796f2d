/// More connections than the daemon allows, kept open, the refused ones too; then all reset at once.
struct TooManyConnections: Attack {
  let name = "too-many-connections"
  /// Above the 1,024 that `latent serve` allows unless told otherwise.
  private static let connectionCount = 1_300

  func run(against target: Target) {
    while !target.isOver {
      var held: [ClientSocket] = []
      while held.count < Self.connectionCount, !target.isOver {
        guard let connection = target.connect() else { continue }
        connection.resetAtEnd()
        held.append(connection)
      }
      target.pause(milliseconds: 3_000)
      held = []
      target.pause(milliseconds: 1_000)
    }
  }
}
