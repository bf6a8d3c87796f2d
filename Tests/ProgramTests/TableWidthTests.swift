import Foundation
import TestEnvironment
import Testing

/// Tests that tables on a terminal fit its width, whatever their contents, without losing a figure.
@Suite(
  .enabled(
    if: FileManager.default.isExecutableFile(atPath: scriptPath),
    "needs the program script, which runs others on a terminal"))
struct TableWidthTests {
  let folder: TemporaryFolder
  let program: Program

  init() throws {
    folder = try TemporaryFolder()
    program = Program(in: folder.path)
    let result = try program.run(["import", ProjectFolder.fixture("catalogue")])
    try #require(result.exitCode == 0, "\(result.errors)")
    let trained = try program.run(
      [
        "train", "--model", "popularity", "--predictor", "bias-only", "--publish", "--quiet",
      ])
    try #require(trained.exitCode == 0, "\(trained.errors)")
  }

  /// Returns the lines that a command writes to a terminal of `columns` columns, without its messages.
  private func lines(_ command: String, columns: Int) throws -> [String] {
    let line = "stty cols \(columns); NO_COLOR=1 \(program.path) \(command) 2>/dev/null"
    let result = try Program(path: scriptPath, in: folder.path).run(["-qec", line, "/dev/null"])
    return result.output.split(separator: "\r\n", omittingEmptySubsequences: false).map(String.init)
  }

  private static let commands = [
    "models list", "models show", "evaluate --slices --by genre", "compare 1 1",
    "train --model bias-only --quiet", "doctor --daemon 127.0.0.1:1", "items --count 5",
    "recommend --user 1", "similar --item 1", "ratings --user 1", "users", "export --user 1",
    "stats", "map --count 5",
  ]

  @Test(arguments: commands, [80, 60])
  func noLineIsLonger(_ command: String, _ columns: Int) throws {
    let lines = try lines(command, columns: columns)
    #expect(lines.allSatisfy { $0.count <= columns }, "\(lines.joined(separator: "\n"))")
    // Everything except titles is printed in full.
    let whole = try program.run(command.split(separator: " ").map(String.init))
    func words(_ text: String) -> Set<Substring> {
      Set(text.split { !($0.isNumber || $0 == "." || $0 == "@" || $0.isLetter) })
    }
    guard
      !["items", "recommend", "similar", "ratings", "doctor", "stats", "map"]
        .contains(where: command.hasPrefix),
      command != "models show", !command.hasPrefix("train")
    else { return }
    #expect(words(whole.output).isSubset(of: words(lines.joined(separator: " "))))
  }

  /// A truncated remedy is useless.
  @Test func whatDoctorFindsIsWrapped() throws {
    let shown = try lines("doctor --daemon 127.0.0.1:1", columns: 60).joined(separator: " ")
    let words = shown.split { $0.isWhitespace }.joined(separator: " ")
    #expect(words.contains("Start one with `latent serve`."), "\(words)")
  }

  /// Ids are texts of any length.
  @Test func longIdentifiersAreWrapped() throws {
    let user = String(repeating: "long-", count: 40)
    let file = try folder.write("user,item,rating\n\(user),b,3\n", to: "long.csv")
    #expect(try program.run(["import", file, "--store", "sqlite:long.sqlite"]).exitCode == 0)
    let lines = try lines("users --store sqlite:long.sqlite", columns: 60)
    #expect(lines.count > 4 && lines.allSatisfy { $0.count <= 60 }, "\(lines)")
    #expect(lines.dropFirst().joined().filter { $0.isLetter } == user.filter { $0.isLetter })
  }

  /// Columns that do not fit go below, where each row repeats what it belongs to.
  @Test func columnsWithoutRoomStandBelow() throws {
    let lines = try lines("models list", columns: 60)
    let headings = lines.filter { $0.hasPrefix("name ") }
    #expect(headings.count > 1 && headings.allSatisfy { $0.contains("version") })
    #expect(lines.count { $0.hasPrefix("recommender") } == headings.count)
    #expect(lines.contains(""))
  }
}

/// The program of util-linux that runs others on a terminal.
private let scriptPath = "/usr/bin/script"
