import Foundation
import TensorCore

/// SIGTERM with requests in flight: what was sent before it is answered, and the daemon exits with 0.
struct StopUnderLoad {
  private static let clientCount = 20
  private static let requestCount = 50
  private static let limit = Duration.seconds(30)

  /// Answers that did not come, and answers that were wrong.
  private(set) var lostCount = 0
  private(set) var wrongCount = 0
  /// What was lost or wrong first.
  private(set) var problem: String?
  /// From the signal to the end.
  let seconds: Double
  /// How it ended; nil when it had to be killed.
  let ending: ChildProgram.Ending?

  /// Has each of some clients send requests, then stops `daemon` while a flood goes on.
  init(_ daemon: LatentDaemon, target: Target, versions: KnownVersions) throws {
    var random = RandomStream(seed: 8, stream: 3)
    let clients = try (0..<Self.clientCount).map { _ in
      let connection = try ClientSocket(port: target.port, patience: 10)
      // Answered once: accepted, and not on its way through the backlog.
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
    // Silent for longer than the 20 ms after which a stop may take a client for idle.
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
