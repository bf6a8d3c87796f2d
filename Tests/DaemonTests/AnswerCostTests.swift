import Daemon
import LineProtocol
import NIOCore
import TestEnvironment
import Testing

/// The costs of answers that are tracked, whatever clients ask.
struct AnswerCostTests {
  private static func kind(
    _ request: String, _ models: ServedModels
  ) throws -> AnswerCosts.Kind {
    var (parser, input) = (RequestParser(), ByteBuffer(string: request + "\n"))
    try #require(parser.next(from: &input) == .request)
    let commands = CommandTable(DaemonCommand.all.map(\.description))
    let command = commands.all[try commands.position(of: parser.request[0])]
    return AnswerCosts.Kind(
      try CommandArguments(of: parser.request, for: command), to: models)
  }

  /// No text from a client creates a kind of its own.
  @Test func namesThatAreNotServedAreOneKind() throws {
    let models = ServedModels(names: ["first", "second"])
    func kind(_ request: String) throws -> AnswerCosts.Kind { try Self.kind(request, models) }
    let unknown = Set(try (0..<100).map { try kind("PREDICT 1 318 MODEL m\($0)") })
    #expect(unknown.count == 1)
    let served = try ["first", "second"].map { try kind("PREDICT 1 318 MODEL \($0)") }
    #expect(unknown.union(served).count == 3)
    #expect(try kind("PREDICT 7 20 MODEL second") == served[1])
    #expect(try kind("PREDICT 1 318") != served[0])
  }

  /// Errors are quick, but do not make a slow request run on an event loop.
  @Test func errorsSayNothingOfAnswers() async throws {
    let gate = Gate()
    let user = Argument.required("user")
    let command = DaemonCommand(
      "TRY", .model, [user], summary: "Takes its time.", complexity: "O(1)", since: "0.1",
      answer: .asking(ScriptedModel.self) { (_, _, arguments) throws(ErrorReply) in
        guard try arguments.text(user) != "nobody" else {
          throw ErrorReply(.unknownUser, "there is no such user", remedy: "Ask for another.")
        }
        return .status(gate.wait() ? "done" : "held up")
      })
    try await TestServer.run(
      asking: ScriptedModel().served, commands: DaemonCommand.all + [command], threadCount: 1
    ) { running in
      try await onThread {
        defer { gate.open() }
        let patient = try running.connect()
        for _ in 0..<10 {
          try patient.send("TRY nobody\n")
          #expect(try patient.receiveLine()?.contains("UNKNOWN_USER") == true)
        }
        try patient.send("TRY somebody\n")
        gate.waitForArrival()
        let other = try running.connect()
        try other.send("TRY nobody\nINFO clients\n")
        #expect(try other.receiveLine()?.contains("UNKNOWN_USER") == true)
        let waiting = try other.receiveLine()
        #expect(waiting?.contains("connected_clients") == true)
        gate.open()
        #expect(try patient.receiveLine() == "\"done\"")
      }
    }
  }
}
