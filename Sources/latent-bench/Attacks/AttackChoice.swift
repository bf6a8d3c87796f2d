import ArgumentParser

/// An attack by its name.
struct AttackChoice: ExpressibleByArgument {
  let attack: any Attack

  init(_ attack: any Attack) { self.attack = attack }

  init?(argument: String) {
    guard let choice = Self.all.first(where: { $0.attack.name == argument }) else { return nil }
    self = choice
  }

  /// All there are; a new one is a line here. The floods' connections are 20 together.
  static let all: [AttackChoice] =
    Flood.all.map { AttackChoice(FloodAttack(flood: $0, clientCount: 1, isReading: true)) }
    + ["blank-lines", "cut-echo", "recommend-varied"].compactMap { Flood(argument: $0) }.map {
      AttackChoice(FloodAttack(flood: $0, clientCount: 3, isReading: false))
    }
    + [
      AttackChoice(TooManyConnections()),
      AttackChoice(ConnectStorm()),
      AttackChoice(SlowSenders()),
      AttackChoice(NeverReading()),
      AttackChoice(HTTPPosts()),
      AttackChoice(HalfClosed()),
      AttackChoice(AbandonedTransactions()),
    ]

  static var allNames: String { all.map(\.attack.name).joined(separator: ", ") }
}
