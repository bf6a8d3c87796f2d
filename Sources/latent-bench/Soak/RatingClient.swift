import TensorCore

/// A client that rates items for a user unknown to the model, and removes ratings. Each is acknowledged, and then
/// counts in the user's next list on any connection.
struct RatingClient {
  /// The minimum and maximum pause between two ratings, in milliseconds.
  private static let rest = (least: UInt32(50), most: UInt32(150))
  /// The number of ratings from which the oldest is removed.
  private static let ratedLimit = 12
  /// The increment of the user's number when another user takes over.
  private static let userStep = 1_000

  private let target: Target
  private let versions: KnownVersions
  private let figures: OrdinaryFigures
  private var random: RandomStream
  private var user: Int
  /// The items that the user has rated, oldest first.
  private var rated: [Int] = []
  private var connections: (rating: ClientSocket, asking: ClientSocket)?
  /// The newest version seen on the asking connection.
  private var oldest = 0
  private var phase = OrdinaryFigures.Phase.warmingUp

  init(number: Int, target: Target, versions: KnownVersions, figures: OrdinaryFigures) {
    self.target = target
    self.versions = versions
    self.figures = figures
    random = RandomStream(seed: 8, stream: 10_000 + UInt64(number))
    user = Rated.firstClient + number
  }

  /// Rates until `target` is over.
  mutating func run() {
    while !target.isOver {
      let rest = Self.rest
      target.pause(milliseconds: Int(rest.least + random.next(below: rest.most - rest.least)))
      phase = figures.phase
      do { try rateAndAsk() } catch {
        figures.record(phase) { $0.lose("\(error)") }
        // Whether the last rating was applied is unknown.
        (connections, rated, oldest) = (nil, [], 0)
        user += Self.userStep
      }
    }
  }

  private mutating func rateAndAsk() throws {
    let connections = try connections ?? connect()
    let isTakenBack = rated.count >= Self.ratedLimit
    let item = isTakenBack ? rated[0] : unratedItem()
    let (line, seconds) = try timed {
      try connections.rating.send(
        isTakenBack ? "UNRATE \(user) \(item)\n" : "RATE \(user) \(item) 4\n")
      return String(decoding: try connections.rating.receiveLine(), as: UTF8.self)
    }
    guard !line.contains("\"code\":\"BUSY\"") else {
      return figures.record(phase) { $0.refusedRatingCount += 1 }
    }
    guard line.contains("\"outcome\":\"\(isTakenBack ? "removed" : "added")\"") else {
      return figures.record(phase) { $0.fault("a rating was answered by \(line.prefix(200))") }
    }
    if isTakenBack { rated.removeFirst() } else { rated.append(item) }
    let question = Question.recommendRated(user: user, items: rated)
    try connections.asking.send(question.line)
    let answer = Answer(line: try connections.asking.receiveLine())
    let problem = versions.problem(of: answer, to: question, since: oldest)
    oldest = max(oldest, answer.version ?? 0)
    figures.record(phase) { figures in
      figures.ratingMilliseconds.append(seconds * 1e3)
      figures.answerCount += 2
      if let problem { figures.fault(problem) }
    }
  }

  private mutating func connect() throws -> (rating: ClientSocket, asking: ClientSocket) {
    let made = try (
      rating: ClientSocket(port: target.port, patience: 20),
      asking: ClientSocket(port: target.port, patience: 20)
    )
    connections = made
    return made
  }

  private mutating func unratedItem() -> Int {
    while true {
      let item = Int(random.next(below: target.items))
      if !rated.contains(item) { return item }
    }
  }
}

/// The users who rate; no model has learned them.
enum Rated {
  /// The first user of floods.
  static let firstFlooded = 1_000_000_000
  /// The first user of clients that check each answer.
  static let firstClient = 1_100_000_000
}
