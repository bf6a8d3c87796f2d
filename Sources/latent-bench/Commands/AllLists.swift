import ArgumentParser
import Foundation
import Recommenders

/// `latent-bench lists`: the lists of all users, written to a file.
struct AllLists: SizedBench {
  static let configuration = CommandConfiguration(
    commandName: "lists",
    abstract: "`latent recommend --all --out FILE.csv`: lists of ten written per second.",
    discussion: """
      Times the whole program, from its start until the file has its final name. Peer: --peer \
      "python ../shared/peers/implicit_lists.py", a batch of 5,000 users that is not written to a \
      file.
      """)

  static let usualSize = (users: 50_000, items: 62_000, factors: 64)
  static let leastSize = (users: 100, items: 20, factors: 1)

  @OptionGroup var size: ModelSizeOptions<AllLists>

  @Option(help: "Runs of each side, in turn.")
  var rounds = 5

  @OptionGroup var sides: PeerOptions

  /// A line of output of the peer's script.
  private struct PeerLine: Decodable {
    let peer: String
    let batchPerSecond: Double
  }

  func validate() throws {
    guard rounds >= 1 else { throw ValidationError("--rounds must be at least 1.") }
  }

  func run() throws {
    let folder = try ScratchFolder()
    Progress.say("writing a model of \(size.users) users")
    _ = try size.model.publish(in: folder.path)
    var (own, peer): ([Double], [Double]) = ([], [])
    for round in 1...rounds {
      Progress.say("round \(round) of \(rounds)")
      own.append(try listsASecond(folder))
      peer += try sides.run(
        [
          "--items", "\(size.items)", "--factors", "\(size.factors)", "--threads",
          "\(sides.threads)",
        ], as: PeerLine.self
      ).filter { $0.peer == "implicit" }.map(\.batchPerSecond)
    }
    let report = Report(conditions: size.conditions(["threads": String(sides.threads)]))
    try report.compare(
      "lists.written", Samples(own), with: peer.isEmpty ? [] : [("implicit", Samples(peer))],
      unit: "lists/s", bar: .atLeast(2.5))
  }

  private func listsASecond(_ folder: ScratchFolder) throws -> Double {
    let path = folder.path("lists.csv")
    let (_, seconds) = try timed {
      try ChildProgram(
        ChildProgram.sibling("latent"),
        [
          "recommend", "--all", "--out", path, "--models", folder.path, "--threads",
          "\(sides.threads)",
        ]
      ).finish()
    }
    let lines = try Data(contentsOf: URL(fileURLWithPath: path)).count { $0 == 0x0A }
    guard lines == size.users * min(10, size.items - 10) + 1 else {
      throw ChildFailure(description: "latent wrote \(lines) lines")
    }
    return Double(size.users) / seconds
  }
}
