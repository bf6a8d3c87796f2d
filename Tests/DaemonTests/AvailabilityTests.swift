import Daemon
import Errors
import Foundation
import Ratings
import Recommenders
import TestEnvironment
import Testing

/// The items that may be listed, read from a file that changes.
struct AvailabilityTests {
  let folder: TemporaryFolder
  var path: String { folder.path("available.txt") }

  init() throws { folder = try TemporaryFolder() }

  private func write(_ ids: [Int]) throws {
    try folder.write(ids.map { "\($0)\n" }.joined(), to: "available.txt")
  }

  /// Returns the ids of the whole list for a known user.
  private func list(_ model: ServedModel?) throws -> [String] {
    let queries = try #require(model?.queries as? RecommenderQueries)
    return try queries.recommend(for: "3", ListOptions(count: 99)).items
      .map(\.id.description).sorted()
  }

  @Test func aChangeIsTakenUpWhenItHasComeToRest() throws {
    try write([10, 20])
    var watcher = AvailabilityWatcher(path: path)
    let (served, problem) = watcher.restrict(try TestServer.served(Catalogue.contents()))
    #expect(problem == nil)
    #expect(try list(served) == ["10", "20"])
    #expect(served?.facts.availableItemCount == 2)
    #expect(watcher.look().served == nil)
    try write([20, 30, 40, 99])
    #expect(watcher.look().served == nil)  // The first check that finds the change.
    guard case .changed(let next, let unknownCount) = watcher.look() else {
      Issue.record("a change is not taken up")
      return
    }
    #expect(try list(next) == ["20", "30", "40"] && unknownCount == 1)
    #expect(watcher.look().served == nil)
  }

  @Test func aFileThatIsNoGoodChangesNothing() throws {
    try write([10, 20])
    var watcher = AvailabilityWatcher(path: path)
    _ = watcher.restrict(try TestServer.served(Catalogue.contents()))
    try folder.write("10\nx\n", to: "available.txt")
    _ = watcher.look()
    guard case .failed(let error) = watcher.look() else {
      Issue.record("a bad file is taken up")
      return
    }
    #expect(error.place.hasSuffix(":2"))
    // The problem is reported once; the next model lists what the previous one did.
    guard case .unchanged = watcher.look() else {
      Issue.record("the same problem was found twice")
      return
    }
    let (served, problem) = watcher.restrict(
      try TestServer.served(Catalogue.contents(shift: 1), version: 2))
    #expect(try problem != nil && list(served) == ["10", "20"])
    try FileManager.default.removeItem(atPath: path)
    _ = watcher.look()
    guard case .failed = watcher.look() else {
      Issue.record("that the file is gone is not said")
      return
    }
    try write([50])
    _ = watcher.look()
    #expect(try list(watcher.look().served) == ["50"])
  }

  @Test func withoutAFileThatWasEverGoodNothingIsListed() throws {
    var watcher = AvailabilityWatcher(path: path)
    let (served, problem) = watcher.restrict(try TestServer.served(Catalogue.contents()))
    #expect(served == nil && problem?.code == .badItemFile)
    try write([50])
    _ = watcher.look()
    #expect(try list(watcher.look().served) == ["50"])
  }

  /// The second answer of each kind comes from the cache, until the file changes.
  @Test func aRetiredItemIsInNoAnswer() async throws {
    try write([10, 20, 60])
    var watcher = AvailabilityWatcher(path: path)
    let served = watcher.restrict(try TestServer.served(Catalogue.contents())).served
    try await TestServer.run(asking: served) { running in
      let questions = [
        "RECOMMEND 3 COUNT 9", "RECOMMEND 99 COUNT 9", "RECOMMEND 3 ONLY 2 10 50",
        "SIMILAR 20 MINRATINGS 0",
      ]
      func answers() async throws -> [String] {
        try await running.talk { client in
          try (questions + questions).map { question in
            try client.send("\(question)\n")
            return try client.receiveLine() ?? "closed"
          }
        }
      }
      for answer in try await answers() {
        #expect(answer.contains(#""item":10"#) && !answer.contains(#"{"item":50"#), "\(answer)")
      }
      try write([20, 60])
      _ = watcher.look()
      let next = try #require(watcher.look().served as ServedModel?)
      try await running.server.serve(next)
      for answer in try await answers() { #expect(!answer.contains(#"{"item":10"#), "\(answer)") }
      #expect(
        try await running.talk { try $0.ask("INFO model\n") }.contains(#""available_items":2"#))
    }
  }
}

extension AvailabilityWatcher.Finding {
  /// The model to serve, if it changed.
  fileprivate var served: ServedModel? {
    if case .changed(let model, _) = self { model } else { nil }
  }
}
