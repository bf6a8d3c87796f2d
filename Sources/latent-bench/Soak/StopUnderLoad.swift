import Foundation
import TensorCore

/// SIGTERM with requests in flight: requests sent before it are answered, and the daemon exits with 0.
struct StopUnderLoad {
  private static let clientCount = 20
  private static let requestCount = 50
  private static let limit = Duration.seconds(30)

  /// The numbers of missing and of wrong answers.
  private(set) var lostCount = 0
  private(set) var wrongCount = 0
  /// The first missing or wrong answer.
  private(set) var problem: String?
  /// The time from the signal to the daemon's end.
  let seconds: Double
  /// How it ended; nil if it had to be killed.
  let ending: ChildProgram.Ending?

  /// Has several clients send requests, then stops `daemon` during a flood.
  init(_ daemon: LatentDaemon, target: Target, versions: KnownVersions) throws {
    var random = RandomStream(seed: 8, stream: 3)
    let clients = try (0..<Self.clientCount).map { _ in
      let connection = try ClientSocket(port: target.port, patience: 10)
      // An answer shows that the connection is accepted and no longer in the backlog.
      try connection.send("PING\n")
      _ = try connection.receiveLine()
      let questions = (0..<Self.requestCount).map { _ in
        Question.prediction(&random, users: Int(target.users), items: Int(target.items))
      }
      return (connection, questions)
    }
    let flood = FloodAttack(flood: Flood.all[0], clientCount: 2, isReading: true)
    let underWay = AttackUnderWay(flood, against: target)
    defer { underWay.stop() }
    // The pause exceeds the 20 ms after which a stopping server may consider a client idle.
    usleep(100_000)
    for (connection, questions) in clients { try connection.send(questions.map(\.line).joined()) }
    let clock = ContinuousClock()
    let start = clock.now
    daemon.program.terminate()
    for (connection, questions) in clients {
      for (number, question) in questions.enumerated() {
        do {
          let answer = Answer(line: try connection.receiveLine())
          guard let fault = versions.problem(of: answer, to: question, since: 0) else { continue }
          wrongCount += 1
          problem = problem ?? fault
        } catch {
          lostCount += questions.count - number
          problem = problem ?? "\(questions.count - number) of \(questions.count) lost: \(error)"
          break
        }
      }
    }
    ending = daemon.program.end(within: Self.limit)
    seconds = (clock.now - start) / .seconds(1)
  }
}
