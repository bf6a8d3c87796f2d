/// One way to be a bad client.
protocol Attack: Sendable {
  /// What it is called on the command line and in figures.
  var name: String { get }

  /// Attacks until `target` says that it is over. Connections that fail, or that the daemon cuts, are
  /// what it is for, and no error.
  func run(against target: Target)
}

/// All attacks there are; a new one is a line here. The floods' connections are 33 together.
let allAttacks: [any Attack] =
  Flood.all.map { FloodAttack(flood: $0, clientCount: 1, isReading: true) }
  + Flood.all.filter {
    ["blank-lines", "cut-echo", "recommend-varied", "http-recommend"].contains($0.name)
  }.map {
    FloodAttack(flood: $0, clientCount: 3, isReading: false)
  } + [
    TooManyConnections.ofRequests, TooManyConnections.ofHTTP, ConnectStorm(),
    SlowSenders.ofRequests, SlowSenders.ofHTTP, NeverReading(clientCount: 400), HTTPPosts(),
    HalfClosed(),
    HalfOpen(clientCount: 100), AbandonedTransactions(),
  ]

/// An attack under way, on one thread of low priority: whatever it does, it takes one processor at
/// most, and that one only while nobody else has use for it.
final class AttackUnderWay {
  let attack: any Attack
  let target: Target
  private let threads: ClientThreads

  /// Starts it.
  init(_ attack: any Attack, against target: Target) {
    self.attack = attack
    self.target = target
    threads = ClientThreads(until: target, niceness: 10) { _ in attack.run(against: target) }
  }

  /// Ends it, and waits until its connections are closed.
  func stop() { threads.stop() }
}
