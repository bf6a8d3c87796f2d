import Errors
import Testing

@Suite struct ExplainedErrorTests {
  enum Code: String, ErrorCode { case damaged }

  static func error(_ problem: String) -> ExplainedError<Code> {
    ExplainedError(.damaged, problem, place: "a.file", remedy: "Fetch it again.")
  }

  @Test func saysWhereWhatAndTheRemedy() {
    #expect(Self.error("it ends early").description == "a.file: it ends early. Fetch it again.")
  }

  @Test(arguments: ["Is it running?", "No such thing.", "Stop!"])
  func leavesASentenceThatEndsAsItIs(_ problem: String) {
    #expect(Self.error(problem).description == "a.file: \(problem) Fetch it again.")
  }

  @Test func cannotDriveATerminal() {
    let problem = Self.error("named \u{1B}[2J\u{7}\r, line\ntwo").problem
    #expect(problem == "named \u{FFFD}[2J\u{FFFD}\u{FFFD}, line\ntwo")
  }

  @Test func endsSomewhere() {
    #expect(Self.error(String(repeating: "x", count: 1_000_000)).problem.count == 4000)
  }
}
