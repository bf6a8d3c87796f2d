import Foundation
import TestEnvironment
import Testing

/// Tests of `latent solve-block` through two pipes.
@Suite struct SolveBlockTests {
  private let problem = BlockProblem()

  /// Runs the program on `input`, with `script` at the end of its output pipe.
  private func run(
    _ input: Data, script: String = "cat > output"
  ) throws -> (result: Program.Result, answers: [BlockMessage]) {
    let folder = try TemporaryFolder()
    try folder.write(Array(input), to: "input")
    let latent = Program(in: folder.path).path
    let result = try Program(path: "/bin/bash", in: folder.path).run([
      "-c", "set -o pipefail; cat input | \"$0\" solve-block --threads 2 | \(script)", latent,
    ])
    let output = try Data(contentsOf: URL(fileURLWithPath: folder.path("output")))
    return (result, BlockMessage.reading(output))
  }

  @Test func answersEachFrameUntilTheInputEnds() throws {
    let twice = (problem.all + problem.all).reduce(Data()) { $0 + $1.frame }
    let (result, answers) = try run(twice)
    #expect(result.exitCode == 0 && result.errors.isEmpty, "\(result.errors)")
    #expect(answers.map(\.tag) == [3, 4, 5, 6, 7, 8, 9, 3, 4, 5, 6, 7, 8, 9])
    #expect(answers.map(\.kind) == [1, 2, 8, 8, 9, 12, 12, 1, 2, 8, 8, 9, 12, 12])
    #expect(answers[3].payload == answers[10].payload)
    let nothing = try run(Data())
    #expect(nothing.result.exitCode == 0 && nothing.answers.isEmpty)
  }

  /// Earlier requests are still answered.
  @Test func whatIsNoFrameIsAnErrorThatSaysWhere() throws {
    let good = problem.gram.frame
    func altered(_ place: Int, _ value: UInt8) -> Data {
      var frame = problem.start.frame
      frame[place] = value
      return frame
    }
    let wrong: [(input: Data, words: String)] = [
      (problem.start.frame.dropLast(), "it ends after"), (altered(8, 7), "version 7"),
      (altered(150, 0xFF), "SHA-256"), (altered(22, 0xFF), "the limit is 17179869184"),
      (Data(count: 64), "does not start with a frame's signature"),
    ]
    for (input, words) in wrong {
      let (result, answers) = try run(good + input)
      #expect(result.exitCode == 1 && answers.map(\.kind) == [2])
      #expect(
        result.errors.hasPrefix("error: frame 2 of the input: ") && result.errors.contains(words),
        "\(result.errors)")
    }
    let (result, _) = try run(problem.solve.frame)
    #expect(result.exitCode == 1)
    #expect(
      result.errors
        == "error: the solve frame with tag 6: the other side's factors must be sent before it. "
        + "Write it with the client of this version of latent.\n")
  }

  /// A frame of eight gigabytes where there is room for six.
  @Test func aFrameThatHasNoRoomIsAnError() throws {
    var frame = problem.start.frame
    frame[20] = 2
    let folder = try TemporaryFolder()
    try folder.write(Array(frame), to: "input")
    let latent = Program(in: folder.path).path
    let result = try Program(path: "/bin/bash", in: folder.path).run([
      "-c", "ulimit -v 6000000; \"$0\" solve-block --threads 1 < input | cat", latent,
    ])
    #expect(
      result.errors.hasPrefix("error: frame 1 of the input: can't allocate 8589934"),
      "\(result.errors)")
  }

  /// The program does not outlive its reader: SIGPIPE ends it.
  @Test func endsWithItsReader() throws {
    let frame = problem.gram.frame
    let many = (0..<20_000).reduce(into: Data()) { bytes, _ in bytes += frame }
    let (result, _) = try run(many, script: "head -c 1 > output")
    #expect(result.exitCode != 0)
  }

  /// A killed process has answered nothing, or whole frames and the beginning of one. Its client sees the end of the
  /// stream.
  @Test func oneThatIsKilledLeavesAShortAnswer() throws {
    let folder = try TemporaryFolder()
    let latent = Program(in: folder.path)
    try folder.write(Array(problem.gram.frame), to: "input")
    let running = try Program(path: "/bin/bash", in: folder.path).start([
      "-c",
      // The input stays open, so the program waits for more.
      "mkfifo fifo; exec 3<>fifo; cat input >&3; exec \"$0\" solve-block <&3", latent.path,
    ])
    #expect(running.waitForOutput("LATENT"))
    running.send(SIGKILL)
    let result = running.finish()
    #expect(result.wasSignalled && result.exitCode == SIGKILL && result.errors.isEmpty)
  }
}
