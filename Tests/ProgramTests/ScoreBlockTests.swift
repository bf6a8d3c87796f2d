import Foundation
import TestEnvironment
import Testing

/// Tests of `latent score-block` through two pipes.
struct ScoreBlockTests {
  let folder: TemporaryFolder
  let program: Program

  /// Creates a model of few items with text ids, from frames.
  init() throws {
    folder = try TemporaryFolder()
    program = Program(in: folder.path)
    try folder.write("user,item,value\n-3,a,1\n7,a,1\n7,ö,1\n99,é,1\n99,ö,1\n", to: "ratings.csv")
    let imported = try program.run(["import", "ratings.csv"])
    try #require(imported.exitCode == 0, "\(imported.errors)")
    try BlockModelFiles.small.write(to: folder.path("model"))
    let result = try program.run([
      "assemble", "model", "--engine", "x", "--model", "implicit-als", "--factors", "2", "--split",
      "none",
    ])
    try #require(result.exitCode == 0, "\(result.errors)")
  }

  private let model = "latent-models/recommender/versions/000001/model.safetensors"

  private func run(
    _ input: Data, model: String? = nil
  ) throws -> (result: Program.Result, answers: [BlockMessage]) {
    try folder.write(Array(input), to: "input")
    let result = try Program(path: "/bin/bash", in: folder.path).run([
      "-c", "set -o pipefail; \"$0\" score-block \"$1\" --threads 2 < input | cat > output",
      program.path, model ?? self.model,
    ])
    let output = try Data(contentsOf: URL(fileURLWithPath: folder.path("output")))
    return (result, BlockMessage.reading(output))
  }

  private func score(
    _ users: BlockModelFiles.Identifiers, _ count: Int, length: UInt64, tag: UInt64 = 1
  ) -> BlockMessage {
    let (slots, arrays) = users.parts(0..<count)
    return BlockMessage(15, tag: tag, [UInt64(count), length, 0] + slots, arrays)
  }

  /// Lists hold unrated items, best first, for users in the order requested; an unknown user gets none.
  @Test func listsAreThoseOfTheModel() throws {
    let users = BlockModelFiles.Identifiers.integers([1 << 40, 12, -3])
    let (result, answers) = try run(score(users, 3, length: 10, tag: 4).frame)
    #expect(result.exitCode == 0 && result.errors.isEmpty, "\(result.errors)")
    let answer = try #require(answers.first)
    // (0, 2) has rated é and ö: a is left, at 0. (0.5, 1) has rated a: é at 0.75, ö at -1.
    #expect(answer.kind == 16 && answer.tag == 4)
    #expect(Array(answer.slots[..<5]) == [3, 3, 0, 1, 5])
    let bytes = answer.arrays[0]
    #expect(bytes.prefix(32) == BlockMessage.bytes([0, 1, 1, 3] as [UInt64]))
    #expect(bytes.dropFirst(64).prefix(24) == BlockMessage.bytes([1, 3, 5] as [UInt64]))
    #expect(bytes.dropFirst(128).prefix(5) == Data("aéö".utf8))
    let scores = answer.floats(3, from: 192)
    #expect(zip(scores, [0, 0.75, -1]).allSatisfy { abs($0 - $1) < 1e-6 }, "\(scores)")
    let short = try run(score(users, 3, length: 1).frame).answers
    #expect(short.first?.slots[1] == 2)
    let nothing = try run(score(users, 0, length: 1).frame)
    #expect(nothing.result.exitCode == 0 && nothing.answers.first?.slots[0] == 0)
  }

  @Test func usersOfAnotherTypeAreUnknown() throws {
    let (result, answers) = try run(score(.texts(["-3"]), 1, length: 5).frame)
    #expect(result.exitCode == 0 && answers.first?.slots[1] == 0, "\(result.errors)")
  }

  @Test func whatIsWrongIsSaid() throws {
    let good = score(.integers([7]), 1, length: 2)
    func with(_ slot: Int, _ value: UInt64) -> Data {
      var message = good
      message.slots[slot] = value
      return message.frame
    }
    for (input, words) in [
      (with(0, 100), "its arrays need more"), (with(1, 0), "items of a list is 0"),
      (with(1, 1001), "items of a list is 1001"), (with(3, 2), "types of id is 2"),
      (good.frame.dropLast(), "it ends after"),
      (BlockProblem().gram.frame, "it does not request lists"),
      (Data("x".utf8), "it ends after 1 of 64 bytes"),
      (
        BlockMessage(15, [1_500_000, 1000, 0], [Data(count: 12_000_000)]).frame,
        "it requests 1500000 lists of 1000 items"
      ),
    ] {
      let (result, answers) = try run(good.frame + input)
      #expect(result.exitCode == 1 && answers.count == 1, "\(words)")
      #expect(result.errors.contains(words), "\(result.errors)")
    }
    let missing = try run(good.frame, model: "nowhere").result
    #expect(missing.exitCode == 1 && missing.errors.contains("nowhere"), "\(missing.errors)")
    let foreign = try run(good.frame, model: "ratings.csv").result
    #expect(foreign.exitCode == 1 && foreign.errors.contains("ratings.csv"), "\(foreign.errors)")
  }

  /// Altered bytes anywhere are an error.
  @Test func randomDamageIsAnError() throws {
    var random = SplitMix64(seed: 6)
    let good = score(.integers([7, -3]), 2, length: 3).frame
    for _ in 0..<40 {
      var bytes = good
      bytes[Int.random(in: 0..<bytes.count, using: &random)] ^=
        1
        << UInt8.random(in: 0..<8, using: &random)
      let (result, answers) = try run(bytes)
      #expect(result.exitCode == 1 && answers.isEmpty && result.errors.hasPrefix("error: "))
    }
  }
}
