import Daemon
import Foundation
import ModelFiles
import Synchronization
import Testing

struct HotSwapTests {
  @Test func everyRequestSeesOneVersionWhileVersionsChange() async throws {
    try await TestServer.run { running in
      let isDone = Flag()
      let address = running.tcp
      async let asked = withThrowingTaskGroup(of: Int.self) { group in
        for _ in 0..<4 {
          group.addTask {
            try await onThread {
              let client = try SocketClient(address)
              var last = 0
              var count = 0
              while !isDone.isSet || count == 0 {
                try client.send(String(repeating: "PREDICT 1 10\n", count: 50))
                for _ in 0..<50 {
                  let line = try client.receiveLine() ?? "closed"
                  // Version v predicts 4 + v - 1: both must be of one model.
                  guard let version = Self.version(in: line),
                    line.hasSuffix("\"prediction\":\(Float(3 + version))}"), version >= last
                  else {
                    Issue.record("\(line) after version \(last)")
                    return count
                  }
                  last = version
                  count += 1
                }
              }
              return count
            }
          }
        }
        return try await group.reduce(0, +)
      }
      for version in 2...60 {
        let contents = Catalogue.contents(shift: Float(version - 1))
        try await running.server.serve(TestServer.served(contents, version: version))
      }
      isDone.set()
      #expect(try await asked > 0)
    }
  }

  static func version(in line: String) -> Int? {
    guard let start = line.range(of: "\"version\":")?.upperBound else { return nil }
    return Int(line[start...].prefix { $0.isNumber })
  }

  @Test func withoutAModelSaysSoUntilThereIsOne() async throws {
    try await TestServer.run(about: nil) { running in
      let address = running.tcp
      let ask: @Sendable (String) async throws -> String? = { request in
        try await onThread {
          let client = try SocketClient(address)
          try client.send(request + "\n")
          return try client.receiveLine()
        }
      }
      #expect(try await ask("RECOMMEND 1")?.contains("NO_MODEL") == true)
      #expect(try await ask("INFO model")?.contains("\"model\":null") == true)
      #expect(try await ask("PING") == "\"PONG\"")
      try await running.server.serve(TestServer.served(Catalogue.contents()))
      #expect(try await ask("PREDICT 1 10")?.contains("\"prediction\":4.0") == true)
      running.server.setSwapProblem("version 2 does not open")
      #expect(
        try await ask("INFO model")?.contains("\"last_swap_error\":\"version 2 does not open\"")
          == true)
    }
  }

  @Test func theOldModelGoesWhenAnotherIsInService() async throws {
    try await TestServer.run(about: nil) { running in
      weak var old: RecommenderAnswers?
      do {
        let first = try TestServer.served(Catalogue.contents())
        old = first
        try await running.server.serve(first)
      }
      #expect(old != nil)
      try await running.server.serve(TestServer.served(Catalogue.contents(shift: 1), version: 2))
      #expect(old == nil)
    }
  }
}

/// Set once, seen by all threads.
private final class Flag: Sendable {
  private let value = Mutex(false)
  var isSet: Bool { value.withLock { $0 } }
  func set() { value.withLock { $0 = true } }
}

struct ModelWatcherTests {
  @Test func findsEachPublishedVersionOnce() throws {
    let models = try PublishedModels()
    var watcher = ModelWatcher(models.versions)
    #expect(watcher.look(preparing: true).version == nil)
    try models.publish(Catalogue.contents())
    #expect(watcher.look(preparing: true).version == 1)
    #expect(watcher.look(preparing: true).version == nil)
    _ = try models.write(Catalogue.contents(shift: 1))
    #expect(watcher.look(preparing: true).version == nil)
    try models.versions.promote(2)
    #expect(watcher.look(preparing: false).version == 2)
    _ = try models.versions.rollback()
    #expect(watcher.look(preparing: false).version == 1)
  }

  @Test func saysOnceThatAVersionDoesNotOpenAndTakesItUpWhenItDoes() throws {
    let models = try PublishedModels()
    try models.publish(Catalogue.contents())
    var watcher = ModelWatcher(models.versions)
    #expect(watcher.look(preparing: true).version == 1)
    let broken = try models.write(Catalogue.contents())
    let path = models.versions.modelPath(of: broken)
    let good = try Data(contentsOf: URL(fileURLWithPath: path))
    let replace: (Data) throws -> Void = { data in
      try FileManager.default.removeItem(atPath: path)
      try data.write(to: URL(fileURLWithPath: path))
    }
    try models.versions.promote(broken)
    try replace(Data("not a model".utf8))
    guard case .failed(let problem) = watcher.look(preparing: true) else {
      Issue.record("a broken version was not found out")
      return
    }
    #expect(problem.contains("model.safetensors"))
    guard case .unchanged = watcher.look(preparing: true) else {
      Issue.record("the same problem was found twice")
      return
    }
    try replace(good)
    #expect(watcher.look(preparing: true).version == 2)
  }
}

extension ModelWatcher.Finding {
  /// The version that was opened, if one was.
  var version: Int? {
    if case .opened(let model) = self { model.facts.version } else { nil }
  }
}
