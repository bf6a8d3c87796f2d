import Foundation

/// A peer's script: prints JSON lines.
struct Peer {
  /// As the shell reads it: `python ../shared/peers/topk_search.py`.
  let command: String
  /// Handed over as `OMP_NUM_THREADS`, for scripts that do not take a number of threads themselves.
  var threadCount: Int?

  /// Runs the script and answers its lines that fit `Line`. None when it can't be run or fails: that
  /// is said on standard error, and the comparison is left out.
  func run<Line: Decodable>(_ arguments: [String], as line: Line.Type) throws -> [Line] {
    let output: String
    do {
      output = try ChildProgram(
        command: command, arguments,
        environment: threadCount.map { ["OMP_NUM_THREADS": String($0)] } ?? [:]
      ).finish()
    } catch let failure as ChildFailure {
      Progress.say("the peer is left out: \(failure)")
      return []
    }
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    let lines = output.split(separator: "\n").compactMap {
      try? decoder.decode(line, from: Data($0.utf8))
    }
    if lines.isEmpty { Progress.say("the peer is left out: it printed no figures") }
    return lines
  }
}
