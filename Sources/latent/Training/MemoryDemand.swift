import Foundation
import Interactions
import Trainers

/// The memory that a training is certain to take beyond its ratings, from the sizes that its options ask
/// for: all else that it takes comes on top.
struct MemoryDemand {
  /// What takes most of it, and so much in bytes.
  private let largest: (what: String, byteCount: Double)
  private let byteCount: Double

  /// What training with `options` on so many users, items and ratings takes.
  init(of options: TrainingOptions, users: Int, items: Int, ratings: Int) {
    let batch = Double(min(options.batch, max(ratings, 1)))
    let rows = Double(users + items)
    let parts: [(what: String, numbers: Double)]
    switch options.model {
    case .popularity, .biasOnly:
      parts = [("the biases", rows)]
    case .dotBias:
      // A number itself, three of the optimiser's, and the finished one; in a batch each row once.
      let length = Double(options.factors + 2)
      parts = [
        ("--factors \(options.factors)", 5 * rows * length),
        ("--batch \(options.batch)", min(2 * batch, rows) * length),
      ]
    case .neural:
      let widths = [users, items].map { NeuralNetwork.embeddingWidth(rowCount: $0 + 1) }
      let sizes = [widths[0] + widths[1]] + options.layers.sizes + [1]
      let weights = zip(sizes, sizes.dropFirst()).reduce(0.0) { $0 + Double($1.0 * $1.1) }
      let embeddings = Double(users * widths[0] + items * widths[1])
      // A number itself, its gradient and two of the optimiser's; what comes out of each layer, and its
      // gradient.
      parts = [
        ("the embeddings", 4 * embeddings), ("--layers \(options.layers)", 4 * weights),
        ("--batch \(options.batch)", 2 * batch * Double(sizes.reduce(0, +))),
      ]
    }
    let bytes = parts.map { (what: $0.what, byteCount: 4 * $0.numbers) }
    largest = bytes.max { $0.byteCount < $1.byteCount } ?? ("", 0)
    byteCount = bytes.reduce(0) { $0 + $1.byteCount }
  }

  /// Throws unless this process may have so much.
  func check(against limit: MemoryLimit = .ofThisProcess()) throws(CommandFailure) {
    guard byteCount > Double(limit.byteCount) else { return }
    throw CommandFailure(
      "the training takes at least \(Self.format(byteCount)), \(Self.format(largest.byteCount)) of it for "
        + "\(largest.what), and \(limit.source) \(Self.format(Double(limit.byteCount)))",
      remedy: "Ask for less, or train on fewer users and items.")
  }

  private static func format(_ byteCount: Double) -> String {
    String(format: "%.1f GiB", byteCount / Double(1 << 30))
  }
}

/// The most memory that a process may have.
struct MemoryLimit {
  let byteCount: UInt64
  /// Who says so, and a verb: "the machine has".
  let source: String

  /// The least of what the machine has, the process's control groups allow (cgroups, versions 1 and 2)
  /// and its own limit (`ulimit -v`) does. What can't be told sets no limit.
  static func ofThisProcess() -> MemoryLimit {
    var limits: [MemoryLimit] = []
    let pages = sysconf(Int32(_SC_PHYS_PAGES))
    if pages > 0 {
      limits.append(
        MemoryLimit(
          byteCount: UInt64(pages) * UInt64(sysconf(Int32(_SC_PAGESIZE))),
          source: "the machine has"))
    }
    limits += controlGroupLimits()
    var own = rlimit()
    if getrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &own) == 0 {
      limits.append(
        MemoryLimit(byteCount: UInt64(own.rlim_cur), source: "the process's limit (ulimit -v) is"))
    }
    return limits.min { $0.byteCount < $1.byteCount }
      ?? MemoryLimit(byteCount: .max, source: "there is")
  }

  /// The limits of the groups that the process is in, from its own to the root.
  private static func controlGroupLimits() -> [MemoryLimit] {
    let groups = (try? String(contentsOfFile: "/proc/self/cgroup", encoding: .utf8)) ?? "0::/"
    return groups.split(separator: "\n").flatMap { line -> [MemoryLimit] in
      let parts = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
      guard parts.count == 3 else { return [] }
      let isSecondVersion = parts[0] == "0" && parts[1].isEmpty
      guard isSecondVersion || parts[1].split(separator: ",").contains("memory") else { return [] }
      let root = isSecondVersion ? "/sys/fs/cgroup" : "/sys/fs/cgroup/memory"
      let file = isSecondVersion ? "memory.max" : "memory.limit_in_bytes"
      var group = parts[2].split(separator: "/")
      var limits: [MemoryLimit] = []
      while true {
        let path = ([Substring(root)] + group + [Substring(file)]).joined(separator: "/")
        if let text = try? String(contentsOfFile: path, encoding: .utf8),
          let byteCount = UInt64(text.prefix { $0.isNumber })
        {
          limits.append(MemoryLimit(byteCount: byteCount, source: "the control group allows"))
        }
        guard !group.isEmpty else { return limits }
        group.removeLast()
      }
    }
  }
}
