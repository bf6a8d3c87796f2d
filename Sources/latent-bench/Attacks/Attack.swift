/// A kind of misbehaving client.
protocol Attack: Sendable {
  /// The name on the command line and in figures.
  var name: String { get }

  /// Attacks until `target` is over. Failed connections, and connections that the daemon closes, are expected and not
  /// errors.
  func run(against target: Target)
}

/// All attacks; add new ones here. The floods together have 33 connections.
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

/// A running attack, on one low-priority thread. It takes at most one processor, and only while nothing else needs it.
final class AttackUnderWay {
  let attack: any Attack
  let target: Target
  private let threads: ClientThreads

  /// Starts the attack.
  init(_ attack: any Attack, against target: Target) {
    self.attack = attack
    self.target = target
    threads = ClientThreads(until: target, niceness: 10) { _ in attack.run(against: target) }
  }

  /// Stops the attack, and waits until its connections are closed.
  func stop() { threads.stop() }
}
