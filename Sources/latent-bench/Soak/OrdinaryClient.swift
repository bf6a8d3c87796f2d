import Foundation
import TensorCore

/// A client that asks, waits, and checks each answer against the expected one.
struct OrdinaryClient {
  /// The minimum and maximum pause between requests, and the average, in milliseconds.
  private static let rest = (least: UInt32(20), most: UInt32(60))
  static let pace = 40.0

  /// The form of a request.
  private enum Form {
    case lines, arrays
  }

  private let form: Form
  private let target: Target
  private let versions: KnownVersions
  private let figures: OrdinaryFigures
  private var random: RandomStream
  private var connection: ClientSocket?
  /// The newest version seen on this connection.
  private var oldest = 0
  /// The phase in which the pending request was sent.
  private var phase = OrdinaryFigures.Phase.warmingUp

  init(number: Int, target: Target, versions: KnownVersions, figures: OrdinaryFigures) {
    form = number.isMultiple(of: 2) ? .lines : .arrays
    self.target = target
    self.versions = versions
    self.figures = figures
    random = RandomStream(seed: 8, stream: 100 + UInt64(number))
  }

  /// Sends requests until `target` is over.
  mutating func run() {
    while !target.isOver {
      let rest = Self.rest
      usleep(1_000 * rest.least + random.next(below: 1_000 * (rest.most - rest.least)))
      guard let connection = connection ?? connect() else { continue }
      phase = figures.phase
      do {
        switch random.next(below: 10) {
        case 0: try askSeveral(on: connection)
        case 1 where form == .arrays: try askAtOnce(on: connection)
        default: try askOne(on: connection)
        }
      } catch {
        figures.record(phase) { $0.lose("\(error)") }
        self.connection = nil
      }
    }
  }

  private mutating func connect() -> ClientSocket? {
    connection = try? ClientSocket(port: target.port, patience: 20)
    oldest = 0
    return connection
  }

  private mutating func askOne(on connection: ClientSocket) throws {
    let question = nextQuestion()
    let (answer, seconds) = try timed {
      try connection.send(text(of: question))
      return try receive(from: connection)
    }
    check(answer, to: question)
    if case .predict = question { figures.record(phase) { $0.milliseconds.append(seconds * 1e3) } }
  }

  /// Sends a pipeline.
  private mutating func askSeveral(on connection: ClientSocket) throws {
    let questions = (0..<5).map { _ in nextQuestion() }
    try connection.send(questions.map { text(of: $0) }.joined())
    for question in questions { check(try receive(from: connection), to: question) }
  }

  /// Sends a transaction, which one version answers as a whole.
  private mutating func askAtOnce(on connection: ClientSocket) throws {
    let user = Int(random.next(below: UInt32(KnownModel.listedCount)))
    let questions: [Question] = [
      .recommend(user: user), .predict(user: user, item: Int(random.next(below: target.items))),
    ]
    try connection.send(
      RESPReply.request(["MULTI"]) + questions.map(\.array).joined() + RESPReply.request(["EXEC"]))
    let replies = try (0..<4).map { _ in try RESPReply(from: connection) }
    guard replies.prefix(3) == [.word("OK"), .word("QUEUED"), .word("QUEUED")],
      case .array(let answers) = replies[3], answers.count == questions.count
    else {
      figures.record(phase) { $0.fault("MULTI and EXEC were answered by \(replies)") }
      return
    }
    let listed = Answer(reply: answers[0])
    check(listed, to: questions[0])
    check(Answer(reply: answers[1], by: listed.version), to: questions[1])
  }

  private mutating func nextQuestion() -> Question {
    Question.random(&random, users: Int(target.users), items: Int(target.items))
  }

  private func text(of question: Question) -> String {
    form == .lines ? question.line : question.array
  }

  private func receive(from connection: ClientSocket) throws -> Answer {
    switch form {
    case .lines: Answer(line: try connection.receiveLine())
    case .arrays: Answer(reply: try RESPReply(from: connection))
    }
  }

  private mutating func check(_ answer: Answer, to question: Question) {
    let problem = versions.problem(of: answer, to: question, since: oldest)
    oldest = max(oldest, answer.version ?? 0)
    figures.record(phase) { figures in
      figures.answerCount += 1
      if let version = answer.version { figures.versions.insert(version) }
      if let problem { figures.fault(problem) }
    }
  }
}
