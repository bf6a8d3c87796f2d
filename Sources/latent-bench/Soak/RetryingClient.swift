import Foundation
import Synchronization
import TensorCore

/// A client of daemons that replace each other. It repeats some questions, checks each answer, and retries those for
/// which the stream ended before a byte of an answer.
struct RetryingClient {
  /// The observations of all such clients.
  struct Figures: Sendable {
    var answerCount = 0
    var wrongCount = 0
    /// Streams that ended within an answer.
    var cutCount = 0
    /// Questions that were retried.
    var retryCount = 0
    /// Questions that were not answered even so.
    var errorCount = 0
    /// Connections that could not be made.
    var refusedCount = 0
    var connectionCount = 0
    /// The longest time from sending until everything sent together was answered, in milliseconds; 0 if nothing was
    /// sent.
    var longestWait = 0.0
    /// The newest version that answered.
    var newestVersion = 0
    /// The first errors.
    var problems: [String] = []

    mutating func note(_ problem: String) {
      if problems.count < 10 { problems.append(String(problem.prefix(300))) }
    }
  }

  /// The number of questions of each client, and the number asked on one connection.
  private static let questionCount = 500
  private static let connectionLength = 2_000
  /// The timeout for answers and connections, in seconds.
  private static let patience = 20.0
  /// The number of questions between updates of the clients' shared figures.
  private static let reportLength = 1_000

  private let port: Int
  private let versions: KnownVersions
  private let depth: Int
  private let questions: [(question: Question, line: [UInt8])]
  /// For each question, the last answer found to be right, and its version.
  private var known: [(line: [UInt8], version: Int)?]
  private var next = 0
  private var connection: ClientSocket?
  private var connectionUse = 0
  /// The newest version seen on this connection.
  private var oldest = 0
  private var figures = Figures()

  /// Creates a client that asks `depth` questions at a time.
  init(number: Int, depth: Int, port: Int, users: Int, items: Int, versions: KnownVersions) {
    self.port = port
    self.versions = versions
    self.depth = depth
    var random = RandomStream(seed: 9, stream: 100 + UInt64(number))
    questions = (0..<Self.questionCount).map { _ in
      let question = Question.random(&random, users: users, items: items)
      return (question, Array(question.line.utf8))
    }
    known = questions.map { _ in nil }
  }

  /// Asks until `isOver`, adding its observations to `sum`.
  mutating func run(adding sum: borrowing Mutex<Figures>, until isOver: () -> Bool) {
    while !isOver() {
      while figures.answerCount + figures.errorCount < Self.reportLength, !isOver() {
        askSeveral()
      }
      sum.withLock { $0.add(figures) }
      figures = Figures()
    }
    sum.withLock { $0.add(figures) }
  }

  /// Sends the next questions together, and retries those left over when the stream ends.
  private mutating func askSeveral() {
    let asked = (0..<depth).map { (next + $0) % questions.count }
    next = (next + depth) % questions.count
    let clock = ContinuousClock()
    let start = clock.now
    if connectionUse >= Self.connectionLength { connection = nil }
    var waiting = asked[...]
    for isRetry in [false, true] where !waiting.isEmpty {
      if isRetry { figures.retryCount += waiting.count }
      guard let connection = connection ?? connect() else { break }
      connectionUse += waiting.count
      do {
        // If sending fails at the end of the stream, answers may have arrived before.
        let failure = Result { try connection.send(waiting.flatMap { questions[$0].line }) }
        while let question = waiting.first {
          do { check(try connection.receiveLine(), to: question) } catch {
            try failure.get()
            throw error
          }
          waiting.removeFirst()
        }
      } catch {
        self.connection = nil
        if connection.isWithinLine {
          figures.cutCount += 1
          figures.note("an answer was cut off: \(error)")
        }
        guard (error as? SocketFailure)?.isEndOfStream == true else {
          figures.note("no answer: \(error)")
          break
        }
        if isRetry { figures.note("no answer, even after a retry: \(error)") }
      }
    }
    figures.errorCount += waiting.count
    figures.longestWait = max(figures.longestWait, (clock.now - start) / .milliseconds(1))
  }

  private mutating func connect() -> ClientSocket? {
    do {
      let made = try ClientSocket(port: port, patience: Self.patience)
      figures.connectionCount += 1
      (connection, connectionUse, oldest) = (made, 0, 0)
      return made
    } catch {
      figures.refusedCount += 1
      figures.note("no connection: \(error)")
      usleep(1_000)
      return nil
    }
  }

  private mutating func check(_ line: [UInt8], to question: Int) {
    figures.answerCount += 1
    if let known = known[question], known.line == line, known.version >= oldest {
      oldest = known.version
      return
    }
    let answer = Answer(line: line)
    if let problem = versions.problem(of: answer, to: questions[question].question, since: oldest) {
      figures.wrongCount += 1
      figures.note("a wrong answer: \(problem)")
      return
    }
    guard let version = answer.version else { return }
    oldest = version
    known[question] = (line, version)
    figures.newestVersion = max(figures.newestVersion, version)
  }
}

extension RetryingClient.Figures {
  fileprivate mutating func add(_ other: Self) {
    answerCount += other.answerCount
    wrongCount += other.wrongCount
    cutCount += other.cutCount
    retryCount += other.retryCount
    errorCount += other.errorCount
    refusedCount += other.refusedCount
    connectionCount += other.connectionCount
    newestVersion = max(newestVersion, other.newestVersion)
    longestWait = max(longestWait, other.longestWait)
    for problem in other.problems { note(problem) }
  }
}
