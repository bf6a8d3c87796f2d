import Daemon
import Foundation
import ModelRegistry
import NIOCore
import Recommenders
import Synchronization
import TestEnvironment
import Testing

struct HotSwapTests {
  @Test func everyRequestSeesOneVersionWhileVersionsChange() async throws {
    try await TestServer.run { running in
      let isDone = Flag()
      async let asked = withThrowingTaskGroup(of: Int.self) { group in
        for _ in 0..<4 {
          group.addTask {
            try await running.talk { client in
              var last = 0
              var count = 0
              while !isDone.isSet || count == 0 {
                try client.send(String(repeating: "PREDICT 1 10\n", count: 50))
                for _ in 0..<50 {
                  let line = try client.receiveLine() ?? "closed"
                  // Version v predicts 4 + v - 1; both must be of the same model.
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

  @Test func whatWasAskedBeforeIsAnsweredAnewByTheNextModel() async throws {
    try await TestServer.run { running in
      for address in running.server.addresses {
        let client = try await onThread { try running.connect(over: address) }
        // Twice: the second answer comes from the cache.
        func ask(_ request: String = "PREDICT 1 10") async throws -> [String?] {
          try await onThread {
            try client.send("\(request)\n\(request)\n")
            return [try client.receiveLine(), try client.receiveLine()]
          }
        }
        for version in 1...3 {
          let contents = Catalogue.contents(shift: Float(version - 1))
          try await running.server.serve(TestServer.served(contents, version: version))
          let answer =
            #"{"user":1,"item":10,"title":"The Long Rain","version":\#(version),"#
            + #""prediction":\#(Float(3 + version))}"#
          #expect(try await ask() == [answer, answer])
        }
        try await running.server.serve(nil)
        #expect(try await ask().allSatisfy { $0?.contains("NO_MODEL") == true })
      }
    }
  }

  @Test func withoutAModelSaysSoUntilThereIsOne() async throws {
    try await TestServer.run(about: nil) { running in
      let ask: @Sendable (String) async throws -> String? = { request in
        try await running.talk { client in
          try client.send(request + "\n")
          return try client.receiveLine()
        }
      }
      #expect(try await ask("RECOMMEND 1")?.contains("NO_MODEL") == true)
      #expect(try await ask("INFO model")?.contains("\"model\":null") == true)
      #expect(try await ask("PING") == "\"PONG\"")
      try await running.server.serve(TestServer.served(Catalogue.contents()))
      #expect(try await ask("PREDICT 1 10")?.contains("\"prediction\":4.0") == true)
      #expect(
        try await ask("INFO model")?.contains(
          #""model_created_at":"2026-01-01T00:00:00Z","#
            + #""model_in_service_since":"2026-01-02T00:00:00Z""#) == true)
      running.server.setSwapProblem("version 2 does not open", of: "recommender")
      #expect(
        try await ask("INFO model")?.contains("\"last_swap_error\":\"version 2 does not open\"")
          == true)
      try await running.server.serve(nil)
      #expect(try await ask("PREDICT 1 10")?.contains("NO_MODEL") == true)
    }
  }

  @Test func theOldModelGoesWhenAnotherIsInService() async throws {
    try await TestServer.run(about: nil) { running in
      weak var old: ServedModel?
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

/// If a file contains values that are not numbers, the daemon must not return them.
struct DamagedModelTests {
  @Test(arguments: [Float.nan, .infinity, -.infinity])
  func whatIsNotFiniteIsNeverSent(_ number: Float) throws {
    var contents = Catalogue.contents()
    contents.tables.userBiases[0] = number
    contents.tables.itemFactors[0] = number
    var conversation = Conversation(about: try TestServer.served(contents), version: "0")
    let requests = ["PREDICT 1 20", "RECOMMEND 1", "PREDICT 1 10", "SIMILAR 10", "SIMILAR 20"]
    for request in requests + ["*2\r\n$9\r\nRECOMMEND\r\n$1\r\n1\r"] {
      for _ in 0..<2 {
        var input = ByteBuffer(string: request + "\n")
        var output = ByteBuffer()
        _ = conversation.answer(&input, into: &output)
        let answer = String(buffer: output)
        #expect(!answer.contains("nan") && !answer.contains("inf") && !answer.contains("null"))
        #expect(
          answer.contains("DAMAGED_MODEL") || request.hasPrefix("SIMILAR"), "\(request): \(answer)")
      }
    }
    var input = ByteBuffer(string: "PREDICT 2 20\n")
    var output = ByteBuffer()
    _ = conversation.answer(&input, into: &output)
    #expect(String(buffer: output).contains("\"prediction\":3.75"))
  }
}

/// A flag that is set once and seen by all threads.
private final class Flag: Sendable {
  private let value = Mutex(false)
  var isSet: Bool { value.withLock { $0 } }
  func set() { value.withLock { $0 = true } }
}

extension ModelWatcher.Finding {
  /// The version that was opened, if any.
  var version: Int? {
    switch self {
    case .opened(let model), .fellBack(let model?, _): model.facts.version
    case .unchanged, .recovered, .failed, .fellBack(nil, _): nil
    }
  }

  /// Why another version is not served, if that is new, as logged.
  var problem: String? {
    switch self {
    case .failed(let problem), .fellBack(_, let problem): problem.description
    case .unchanged, .recovered, .opened: nil
    }
  }

  /// What is wrong with the version in service if nothing replaces it.
  var failure: ModelWatcher.Problem? {
    if case .failed(let problem) = self { problem } else { nil }
  }

  /// Whether there is nothing new.
  var isUnchanged: Bool {
    if case .unchanged = self { true } else { false }
  }
}
