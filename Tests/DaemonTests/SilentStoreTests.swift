import Daemon
import Errors
import Foundation
import Ratings
import RatingsSQLite
import Recommenders
import Synchronization
import TestEnvironment
import Testing

/// A server whose store does not answer look-ups of users as it should.
struct SilentStoreTests {
  /// A session whose look-ups of users a test controls.
  private final class ScriptedSession: RatingsSession {
    private let session: any RatingsSession
    private let onLookup: @Sendable () throws(StoreError) -> Void
    private let onSettings: @Sendable (_ number: Int) throws(StoreError) -> Void
    private let ended = Atomic(0)
    private let settingsAsked = Atomic(0)

    init(
      _ session: any RatingsSession,
      onLookup: @escaping @Sendable () throws(StoreError) -> Void = {},
      onSettings: @escaping @Sendable (_ number: Int) throws(StoreError) -> Void = { _ in }
    ) {
      (self.session, self.onLookup, self.onSettings) = (session, onLookup, onSettings)
    }

    /// The number of times its settings were requested.
    var settingsCount: Int { settingsAsked.load(ordering: .relaxed) }

    /// The number of look-ups that have ended.
    var endedCount: Int { ended.load(ordering: .relaxed) }

    func ratings(of user: UserID, limit: Int) throws(StoreError) -> [Rating] {
      defer { ended.add(1, ordering: .relaxed) }
      try onLookup()
      return try session.ratings(of: user, limit: limit)
    }

    func carryOut(_ changes: [RatingChange]) throws(StoreError) -> [RatingOutcome] {
      try session.carryOut(changes)
    }

    func settings() throws(StoreError) -> StoreSettings {
      try onSettings(settingsAsked.add(1, ordering: .relaxed).newValue)
      return try session.settings()
    }

    func hasForeignChanges() throws(StoreError) -> Bool { try session.hasForeignChanges() }
  }

  private let folder: TemporaryFolder
  private let store: SQLiteStore

  init() throws {
    folder = try TemporaryFolder()
    store = SQLiteStore(path: folder.path("ratings.sqlite"))
    _ = try store.migrate()
    try store.write { try $0.fixTypes(user: .integer, item: .integer) }
  }

  private func run(
    _ reading: ScriptedSession, writing: ScriptedSession? = nil, threads: Int = 2,
    _ body: (TestServer) async throws -> Void
  ) async throws {
    let log = LogLines()
    let ratings = LiveRatings(
      writing: writing ?? store.session(), reading: reading, of: store.name, log: log.logger)
    defer { ratings.stop() }
    var limits = ServerLimits()
    limits.answerThreads = threads
    let models = ServedModels(try TestServer.served(Catalogue.contents())).goingBy(ratings)
    try await TestServer.run(asking: models, limits: limits, body)
  }

  /// Only requests that need the store wait for it.
  @Test func whatNeedsNoStoreIsAnsweredMeanwhile() async throws {
    let gate = Gate()
    let reading = ScriptedSession(store.session()) { gate.wait() }
    try await run(reading, threads: 1) { server in
      try await onThread {
        defer { gate.open() }
        let waiting = try server.connect()
        try waiting.send("RECOMMEND 1 COUNT 1\n")
        gate.waitForArrival()
        let other = try server.connect()
        // The first request of its kind is not answered on an event loop.
        try other.send("SIMILAR 10 COUNT 1\n")
        let answer = try other.receiveLine()
        #expect(answer?.contains(#""items":["#) == true && reading.endedCount == 0)
        gate.open()
        #expect(try waiting.receiveLine()?.contains(#""item":10"#) == true)
        #expect(reading.endedCount == 1)
      }
    }
  }

  private static let silence = StoreError(
    .silent, "the server has said nothing", place: "nowhere", remedy: "Wait.")

  /// A silent store also reports no changes, and does not count as back because of that.
  @Test func aSilentStoreIsBackWhenItAnswers() async throws {
    let writing = ScriptedSession(
      store.session(),
      onSettings: { (number) throws(StoreError) in
        // It answers at the start, fails when asked again, and then answers.
        if number == 2 { throw Self.silence }
      })
    let reading = ScriptedSession(store.session()) { () throws(StoreError) in throw Self.silence }
    try await run(reading, writing: writing) { server in
      let isBack = try await server.talk { client in
        func answer(_ request: String) throws -> String {
          try client.send(request + "\n")
          return try client.receiveLine() ?? ""
        }
        #expect(try answer("RECOMMEND 1").contains(#""items":["#))
        return try waitFor { try answer("INFO store").contains(#""store_status":"up""#) }
      }
      #expect(isBack && writing.settingsCount == 3)
    }
  }

  /// Answers are then based on the models alone, which must be reported.
  @Test func lookUpsThatTheQueryFailsForAreCounted() async throws {
    let reading = ScriptedSession(store.session()) { () throws(StoreError) in
      throw StoreError(
        .badQuery, "column \"stars\" does not exist", place: "nowhere", remedy: "Correct it.")
    }
    try await run(reading) { server in
      let before = try await server.talk { try $0.ask("INFO store\n") }
      #expect(before.contains(#""failed_queries":0,"last_query_error":null"#), "\(before)")
      let answers = try await server.talk { try $0.ask("RECOMMEND 1\nRECOMMEND 2\nINFO store\n") }
      #expect(answers.components(separatedBy: #""items":["#).count == 3)
      #expect(
        answers.contains(
          #""failed_queries":2,"last_query_error":"column \"stars\" does not exist""#),
        "\(answers)")
      #expect(answers.contains(#""store_status":"up""#))
      let metrics = try await MetricsTests.scrape(server)
      #expect(metrics["latent_store_failed_queries_total"] == 2)
    }
  }
}
