import Foundation
import TestEnvironment
import Testing

/// Tests of `latent-bench` from outside, at sizes too small to measure speed.
struct BenchTests {
  /// A line of the result: the measurement of one side, or the ratio of two.
  struct Line: Decodable {
    let figure: String
    let side: String?
    let value: Double?
    let unit: String?
    let runs: Int?
    let min: Double?
    let max: Double?
    let ratio: Double?
    let of: String?
    let to: String?
    let bar: String?
    let met: Bool?
    let conditions: [String: String]
  }

  /// Runs the benchmark with its own temporary folder, which must be empty afterwards.
  static func run(
    _ arguments: [String], environment: [String: String] = [:]
  ) throws -> (result: Program.Result, lines: [Line]) {
    let folder = try TemporaryFolder()
    let program = Program(
      "latent-bench", in: folder.path,
      environment: environment.merging(["TMPDIR": folder.path]) { $1 })
    let result = try program.run(arguments)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == [])
    let decoder = JSONDecoder()
    return (
      result,
      try result.output.split(separator: "\n").map {
        try decoder.decode(Line.self, from: Data($0.utf8))
      }
    )
  }

  @Test(arguments: [
    ["--no-such-option"], ["topk", "--rounds", "0"], ["collab"],
    ["collab", "ratings.csv", "--synthetic", "1000"], ["postgres"], ["resnet", "--network", "vgg"],
    ["fairness", "--flood", "rain"], ["fairness", "--clients", "21"],
    ["soak", "--attack", "rain"], ["soak", "--seconds", "0"], ["soak", "--raters", "-1"],
    ["connections", "--idle", "0"], ["connections", "--idle", "60001"],
    ["restarts", "--requests", "0"], ["restarts", "--clients", "0"],
    ["label-errors"], ["label-errors", "photos", "--folds", "1"],
  ])
  func aWrongUseEndsWith64(_ arguments: [String]) throws {
    let (result, lines) = try Self.run(arguments)
    #expect(result.exitCode == 64)
    #expect(lines.isEmpty)
  }

  @Test func figuresAreJSONLinesWithTheirSpread() throws {
    let (result, lines) = try Self.run([
      "topk", "--items", "500", "--factors", "8", "--rounds", "3",
    ])
    #expect(result.exitCode == 0)
    #expect(lines.map(\.figure) == ["topk.prepare", "topk.one", "topk.batch"])
    for line in lines {
      #expect(line.side == "latent")
      let value = try #require(line.value)
      #expect(try 0 < #require(line.min) && #require(line.min) <= value)
      #expect(try value <= #require(line.max))
      #expect(line.conditions["items"] == "500")
    }
    #expect(lines[1].runs == 3)
    #expect(lines[1].bar == "at most 0.15")
    #expect(try lines[1].met == (#require(lines[1].value) <= 0.15))
  }

  @Test func filtersAreComparedWithAPlainLookUp() throws {
    let (result, lines) = try Self.run([
      "filters", "--users", "300", "--items", "1000", "--factors", "4", "--rounds", "1",
    ])
    #expect(result.exitCode == 0, "\(result.errors)")
    let ratios = lines.filter { $0.ratio != nil }
    #expect(ratios.count == 7 && ratios.allSatisfy { $0.to == "plain" && $0.bar != nil })
  }

  @Test func listsWrittenAreComparedWithThePeersBatch() throws {
    let folder = try TemporaryFolder()
    let script = try folder.write(
      """
      [ "$*" = "--items 30 --factors 4 --threads 1" ] || exit 1
      echo '{"peer": "implicit", "ms_one": 1, "batch_per_second": 5}'
      echo '{"peer": "faiss flat", "ms_one": 1, "batch_per_second": 7}'
      """, to: "peer.sh")
    let (result, lines) = try Self.run([
      "lists", "--users", "100", "--items", "30", "--factors", "4", "--rounds", "2", "--threads",
      "1", "--peer", "sh \(script)",
    ])
    #expect(result.exitCode == 0, "\(result.errors)")
    #expect(lines.map(\.figure) == ["lists.written", "lists.written", "lists.written"])
    #expect(lines.filter { $0.side == "implicit" }.map(\.value) == [5])
    #expect(lines.last?.bar == "at least 2.5")
  }

  @Test(arguments: [("dot-bias", ""), ("embedding-mlp", "--nn")])
  func thePeerIsGivenTheSameSplitAndComparedByMedians(_ model: String, _ flag: String) throws {
    let folder = try TemporaryFolder()
    // Counts the rows it is given, so the test can check that none is missing.
    let script = try folder.write(
      """
      case "$*" in *\(flag)*) ;; *) exit 1 ;; esac
      rows=$(cat "$1" "$2" | grep -c '^[0-9]*,[0-9]*,[1-5].0$')
      for seconds in 100 300 200; do
        echo "{\\"peer\\": \\"fastai\\", \\"seconds\\": $seconds, \\"valid_mse\\": $rows}"
      done
      """, to: "peer.sh")
    let (result, lines) = try Self.run([
      "collab", "--model", model, "--synthetic", "1000", "--rounds", "1", "--seeds", "7", "--peer",
      "sh \(script)",
    ])
    #expect(result.exitCode == 0)
    #expect(lines.allSatisfy { $0.conditions["model"] == model })
    let peer = try #require(lines.first { $0.figure == "collab.seconds" && $0.side == "fastai" })
    #expect(peer.value == 200)
    #expect(peer.min == 100 && peer.max == 300 && peer.runs == 3)
    #expect(lines.first { $0.figure == "collab.mse" && $0.side == "fastai" }?.value == 1000)
    let own = try #require(
      lines.first { $0.figure == "collab.seconds" && $0.side == "latent" }?.value)
    let ratio = try #require(lines.first { $0.figure == "collab.seconds" && $0.ratio != nil })
    #expect(try abs(#require(ratio.ratio) - own / 200) <= 1e-4 * own / 200)
    #expect(ratio.of == "latent" && ratio.to == "fastai")
  }

  @Test func aNetworkIsComparedWithThePeersBestSetting() throws {
    let folder = try TemporaryFolder()
    let script = try folder.write(
      """
      [ "$*" = "--threads 1 --arch resnet18 --size 32" ] || exit 1
      for rate in 5 8 2; do
        echo "{\\"peer\\": \\"torch\\", \\"precision\\": \\"f32\\", \\"mode\\": \\"train\\", \\"batch\\": 2, \\"images_per_second\\": $rate}"
      done
      """, to: "peer.sh")
    let (result, lines) = try Self.run([
      "resnet", "--size", "32", "--batch", "2", "--rounds", "2", "--threads", "1", "--peer",
      "sh \(script)",
    ])
    #expect(result.exitCode == 0, "\(result.errors)")
    let own = lines.filter { $0.side == "latent" }
    #expect(
      own.map(\.figure) == [
        "resnet.train.f32", "resnet.train.f32.memory", "resnet.predict.f32", "resnet.predict.f32",
        "resnet.train.bf16", "resnet.train.bf16.memory", "resnet.predict.bf16",
        "resnet.predict.bf16", "resnet.predict.int8", "resnet.predict.int8",
      ])
    #expect(own.allSatisfy { ($0.value ?? 0) > 0 })
    #expect(lines.filter { $0.side == "torch" }.map(\.value) == [8])
    let ratio = try #require(lines.first { $0.ratio != nil })
    let rate = try #require(own.first?.value)
    #expect(try abs(#require(ratio.ratio) - rate / 8) <= 1e-3 * rate / 8)
    #expect(ratio.of == "latent" && ratio.to == "torch" && ratio.bar != nil)
  }

  @Test func aMissingPeerIsSaidAndItsFiguresAreLeftOut() throws {
    let (result, lines) = try Self.run([
      "topk", "--items", "100", "--factors", "4", "--rounds", "1", "--peer", "no-such-peer",
    ])
    #expect(result.exitCode == 0)
    #expect(result.errors.contains("no-such-peer"))
    #expect(lines.count == 3)
    #expect(lines.allSatisfy { $0.side == "latent" })
  }

  @Test func withoutRedisNothingIsCompared() throws {
    let (result, lines) = try Self.run(
      ["serve", "--items", "100", "--factors", "4", "--users", "10"], environment: ["PATH": ""])
    #expect(result.exitCode == 0)
    #expect(result.errors.contains("redis-server"))
    #expect(lines.isEmpty)
  }

  /// Scripts stand in for Redis and its benchmark, which reports 400 for Latent and 500 for Redis. It connects by TLS
  /// where that is to be measured.
  @Test(arguments: [false, true])
  func redisAndTheDaemonAreAskedAlike(byTLS isEncrypted: Bool) throws {
    let folder = try TemporaryFolder()
    for (name, script) in [
      ("redis-server", "echo 'Ready to accept connections'; exec sleep 600"), ("redis-cli", ""),
      (
        "redis-benchmark",
        #"""
        [ "$1 $2 $3" = "-h 127.0.0.1 -p" ] || exit 1
        port=$4 rate=500 authority=
        for word; do [ "$last" = --cacert ] && authority=$word; last=$word; done
        case "$*" in *ZRANGE*) ;; *)
          rate=400
          if [ -n "$authority" ]; then
            printf 'PING\nQUIT\n' | openssl s_client -quiet -verify_return_error -CAfile "$authority" \
              -connect "127.0.0.1:$port" 2>&1 | grep -q PONG || exit 1
          fi
        esac
        printf '"test","rps","latency"\n"%s","%s.00","1"\n' "$last" $rate
        """#
      ),
    ] {
      let path = try folder.write("#!/bin/sh\n" + script, to: name)
      chmod(path, 0o755)
    }
    let (result, lines) = try Self.run(
      ["serve", "--users", "10", "--items", "30", "--factors", "4", "--rounds", "2"]
        + ["--requests", "10"] + (isEncrypted ? ["--tls"] : []),
      environment: ["PATH": folder.path + ":/usr/bin:/bin"])
    #expect(result.exitCode == 0, "\(result.errors)")
    for figure in ["serve.warm", "serve.pipelined", "serve.afresh"] {
      let lines = lines.filter { $0.figure == figure }
      #expect(lines.map(\.value) == [400, 500, nil])
      #expect(lines.map(\.ratio) == [nil, nil, 0.8])
      // The bars apply to unencrypted connections only.
      #expect(lines.map { $0.bar == nil } == [true, true, isEncrypted])
      #expect(lines.allSatisfy { $0.conditions["tls"] == (isEncrypted ? "yes" : "no") })
    }
    // The script in Redis's place uses no processor time, so there is nothing to compare with.
    #expect(!lines.contains { $0.figure == "serve.warm.processor" })
    #expect(lines.contains { $0.figure == "serve.rate.processor" && $0.unit == "us" })
  }

  @Test func connectionsAreHeldAgainstWhatTheDaemonPromises() throws {
    let (result, lines) = try Self.run([
      "connections", "--idle", "300", "--active", "20", "--slow-readers", "10", "--half-open", "10",
      "--seconds", "0.3", "--users", "50", "--items", "1000", "--factors", "4", "--ignore-times",
    ])
    // With few connections, their memory can't be told apart from the daemon's other memory.
    let unmet = lines.filter { $0.met == false && $0.figure != "connections.each" }
    #expect(unmet.map(\.figure) == [], "\(result.errors)")
    #expect((result.exitCode == 0) == lines.allSatisfy { $0.met != false })
    let phases = ["quiet", "idle", "active", "too many", "half-open", "slow readers", "floods"]
    for figure in ["memory", "sockets", "p99", "floor", "refused", "dropped", "evicted"] {
      let sides = lines.filter { $0.figure == "connections.\(figure)" }.compactMap(\.side)
      #expect(sides.filter(phases.contains) == phases)
    }
    #expect(lines.first { $0.figure == "connections.told" }?.value == 1)
    #expect(result.errors.contains("TOO_MANY_CONNECTIONS the server has reached its limit of 372"))
    let refused = lines.filter { $0.figure == "connections.refused" && ($0.value ?? 0) > 0 }
    #expect(refused.map(\.side) == ["too many"])
    for (figure, side) in [("memory", "peak"), ("memory", "end"), ("descriptors", "end")] {
      #expect(
        lines.contains { $0.figure == "connections.\(figure)" && $0.side == side && $0.bar != nil })
    }
  }

  @Test func tooFewOpenFilesForTheConnectionsAreSaid() throws {
    let folder = try TemporaryFolder()
    let bench = Program("latent-bench", in: folder.path).path
    let result = try Program(path: "/bin/sh", in: folder.path).run([
      "-c", "ulimit -n 600 && exec \"$0\" connections --idle 500", bench,
    ])
    #expect(result.exitCode == 1 && result.output.isEmpty)
    #expect(result.errors.contains("raise the limit: ulimit -n 3328"), "\(result.errors)")
  }

  @Test(arguments: [(1, 1.0), (2, 4.0)])
  func aFloodIsMeasuredBesideQuietAndTheMachinesFloor(_ clients: Int, _ allowance: Double) throws {
    let (result, lines) = try Self.run([
      "fairness", "--flood", "info", "--flood", "recommend-varied", "--clients", String(clients),
      "--items", "1000", "--users", "10", "--factors", "4", "--rounds", "2", "--seconds", "0.05",
    ])
    #expect(result.exitCode == 0, "\(result.errors)")
    for (flood, reading) in [("info", "yes"), ("info", "no"), ("recommend-varied", "yes")] {
      let lines = lines.filter {
        $0.conditions["flood"] == flood && $0.conditions["reading"] == reading
      }
      #expect(
        lines.map { "\($0.figure) \($0.side ?? "")" } == [
          "fairness.median quiet", "fairness.median flooded", "fairness.median floor",
          "fairness.p99 quiet", "fairness.p99 flooded", "fairness.p99 floor",
          "fairness.memory flooded",
        ])
      #expect(lines.allSatisfy { $0.conditions["floodingClients"] == String(clients) })
      #expect(lines.allSatisfy { ($0.value ?? 0) > 0 && ($0.runs ?? 0) >= 2 })
      let (quiet, flooded) = (lines[3], lines[4])
      let bar = try allowance * max(5, 3 * #require(quiet.value))
      let stated = try Double(#require(flooded.bar).dropFirst("at most ".count))
      #expect(try abs(#require(stated) - bar) <= 1e-3 * bar)
      #expect(try flooded.met == (#require(flooded.value) <= #require(stated)))
    }
  }

  /// A soak test too small to measure speed.
  static let smallSoak = [
    "soak", "--clients", "6", "--items", "1000", "--users", "50", "--factors", "4",
  ]

  @Test(arguments: [[], ["--descriptors", "256"]])
  func aSoakHoldsEveryAnswerAndAllThatTheDaemonHoldsAgainstItsBars(_ options: [String]) throws {
    let attacks = [
      "half-closed", "connect-storm", "http-posts", "cut-echo", "never-reading", "rate-and-ask",
      "http-metrics", "half-open",
    ]
    let (result, lines) = try Self.run(
      Self.smallSoak + options + ["--seconds", "1", "--swaps", "3"]
        + attacks.flatMap { ["--attack", $0] })
    func value(_ figure: String, _ side: String) throws -> Double {
      try #require(lines.first { $0.figure == figure && $0.side == side }?.value)
    }
    // Durations depend on the machine and are not checked here.
    let timed: Set<String> = ["soak.p99", "soak.stop", "soak.health", "soak.rate.refused"]
    let unmet = lines.filter { $0.met == false && !timed.contains($0.figure) }
    #expect(unmet.map(\.figure) == [], "\(result.errors)")
    #expect((result.exitCode == 0) == lines.allSatisfy { $0.met != false })
    #expect(try value("soak.answers", "quiet") > 0 && value("soak.answers", "attacked") > 0)
    #expect(try value("soak.versions", "published") == 4)
    #expect(try value("soak.health", "answered") > 0)
    // Ratings were acknowledged, and the lists that followed took them into account.
    #expect(lines.contains { $0.figure == "soak.rate.median" && $0.side == "quiet" })
    for attack in attacks {
      #expect(try value("soak.attack.connections", attack) > 0)
      #expect(try value("soak.attack.sent", attack) > 0)
    }
    for (figure, sides) in [
      ("soak.wrong", ["quiet", "attacked", "after"]),
      ("soak.lost", ["quiet", "attacked", "after"]),
      ("soak.health", ["answered", "failed"]), ("soak.offences", attacks),
      ("soak.deaths", ["latent"]),
      ("soak.memory", ["peak", "end"]),
      ("soak.descriptors", ["end"]), ("soak.stale", ["latent"]), ("soak.stop.lost", ["latent"]),
      ("soak.stop.wrong", ["latent"]), ("soak.stop", ["latent"]), ("soak.stop.unclean", ["latent"]),
    ] {
      let barred = lines.filter { $0.figure == figure && $0.bar != nil }
      #expect(barred.map(\.side) == sides)
    }
  }

  @Test func restartsAndSwapsAreCountedAgainstTheirBars() throws {
    let (result, lines) = try Self.run([
      "restarts", "--requests", "5000", "--restarts", "2", "--swaps", "3", "--rollbacks", "2",
      "--clients", "3", "--users", "60", "--items", "1000", "--factors", "4", "--threads", "1",
    ])
    #expect(result.exitCode == 0, "\(result.errors)")
    let values = Dictionary(uniqueKeysWithValues: lines.map { ($0.figure, $0.value) })
    #expect(try #require(values["restarts.answers"] ?? nil) >= 5000)
    for figure in ["wrong", "cut", "unanswered", "refused"] {
      #expect(values["restarts." + figure] == 0)
    }
    #expect(values["restarts.done"] == 2 && values["restarts.versions"] == 4)
    #expect(lines.first { $0.figure == "restarts.rollback" }?.runs == 2)
  }

  @Test func aDaemonThatDiesFailsTheRestarts() throws {
    let folder = try TemporaryFolder()
    let program = Program("latent-bench", in: folder.path, environment: ["TMPDIR": folder.path])
    let running = try program.start([
      "restarts", "--requests", "100000000", "--restarts", "1000", "--swaps", "0", "--clients", "2",
      "--users", "60", "--items", "1000", "--factors", "4",
    ])
    #expect(running.waitForErrors("restart 1 of 1000"))
    for daemon in try Self.children(of: running.identifier) { kill(daemon.identifier, SIGKILL) }
    let result = running.finish()
    #expect(result.exitCode == 1)
    #expect(result.output.contains("\"figure\":\"restarts.refused\""))
  }

  @Test func aDaemonThatDiesFailsTheSoak() throws {
    let folder = try TemporaryFolder()
    let program = Program("latent-bench", in: folder.path, environment: ["TMPDIR": folder.path])
    let running = try program.start(
      Self.smallSoak + ["--seconds", "60", "--swaps", "0", "--attack", "half-closed"])
    #expect(running.waitForErrors("under attack"))
    for daemon in try Self.children(of: running.identifier)
    where daemon.arguments.contains("--cache") {
      kill(daemon.identifier, SIGKILL)
    }
    let result = running.finish()
    #expect(result.exitCode == 1)
    #expect(result.errors.contains("ended by signal 9"))
    #expect(result.errors.contains("soak.deaths"))
    #expect(result.output.contains("\"figure\":\"soak.deaths\""))
  }

  /// The running child processes of a process.
  static func children(
    of identifier: Int32
  ) throws -> [(identifier: Int32, arguments: [String])] {
    try FileManager.default.contentsOfDirectory(atPath: "/proc").compactMap { Int32($0) }
      .compactMap { child in
        // The parent's process id is the second field after the name, which ends with a parenthesis.
        guard
          let status = FileManager.default.contents(atPath: "/proc/\(child)/stat"),
          let fields = String(decoding: status, as: UTF8.self).split(separator: ")").last?
            .split(separator: " "), fields.count > 1, Int32(fields[1]) == identifier,
          let line = FileManager.default.contents(atPath: "/proc/\(child)/cmdline")
        else { return nil }
        return (child, line.split(separator: 0).map { String(decoding: $0, as: UTF8.self) })
      }
  }

  @Test func anInterruptedRunLeavesNothingBehind() throws {
    let folder = try TemporaryFolder()
    let script = try folder.write("echo under way >&2; exec sleep 600", to: "peer.sh")
    let scratch = folder.path("scratch")
    try FileManager.default.createDirectory(atPath: scratch, withIntermediateDirectories: true)
    let program = Program("latent-bench", in: folder.path, environment: ["TMPDIR": scratch])
    let running = try program.start([
      "collab", "--synthetic", "1000", "--seeds", "0", "--peer", "sh \(script)",
    ])
    #expect(running.waitForErrors("under way"))
    running.send(SIGTERM)
    // Returns only once the peer, which shares the standard error, has ended too.
    let result = running.finish()
    #expect(result.exitCode == 128 + SIGTERM)
    #expect(try FileManager.default.contentsOfDirectory(atPath: scratch) == [])
  }

  @Test(.enabled(if: Requirement.postgres.isMet, Comment(rawValue: Requirement.postgres.howToGet)))
  func postgresIsReadAndLeftAsItWas() throws {
    let (result, lines) = try Self.run([
      "postgres", "--store", Requirement.postgres.resolve(), "--fill", "5000", "--rounds", "1",
    ])
    #expect(result.exitCode == 0, "\(result.errors)")
    #expect(lines.allSatisfy { $0.conditions["rows"] == "5000" })
    #expect(lines.contains { $0.figure == "postgres.indexed" && $0.ratio != nil })
  }
}
