import Foundation
import GRDB
import ModelRegistry
import Ratings
import RatingsPostgres
import RatingsSQLite
import TestEnvironment
import Testing

/// Tests that the record of a training says what happened, and nothing else.
struct TrainingRecordTests {
  let folder: TemporaryFolder
  let program: Program
  let train = ["train", "--model", "bias-only", "--publish", "--quiet"]

  init() throws {
    folder = try TemporaryFolder()
    program = Program(in: folder.path)
    let result = try program.run(["import", ProjectFolder.fixture("catalogue")])
    try #require(result.exitCode == 0, "\(result.errors)")
  }

  private func lastRun() throws -> TrainingRun {
    try DatabaseQueue(path: folder.path("latent.sqlite")).read { database in
      let record = try String.fetchOne(
        database, sql: "select record from training_run order by run_id desc")
      return try TrainingRun(json: #require(record))
    }
  }

  private func manifest(_ version: Int) throws -> String {
    try String(
      contentsOfFile: folder.path(
        "latent-models/recommender/versions/00000\(version)/manifest.json"), encoding: .utf8)
  }

  @Test func aVersionThatIsInServiceIsRecordedSo() throws {
    #expect(try program.run(train).exitCode == 0)
    #expect(try lastRun().outcome == .published && lastRun().version == 1)
    // The manifest is written before publishing, and not rewritten.
    #expect(try manifest(1).contains("\"outcome\" : \"written\""))
    #expect(try lastRun().publishing == ["publish": "true"])
    let shown = try program.run(["models", "show", "--format", "csv"]).output
    #expect(shown.contains("published"), "\(shown)")
    #expect(try program.run(train).exitCode == 0)
    #expect(try lastRun().outcome == .unchanged)
  }

  /// The record keeps the reasons against a forced version, and the option that overruled them.
  @Test func aVersionThatWasForcedIsRecordedSo() throws {
    let force = ["train", "--model", "dot-bias", "--epochs", "1", "--publish", "--quiet"]
    #expect(try program.run(force).exitCode == 3)
    #expect(try lastRun().outcome == .refused && lastRun().overruled == nil)
    #expect(try program.run(force + ["--force", "--margin", "0.0001"]).exitCode == 0)
    let run = try lastRun()
    #expect(run.outcome == .published)
    #expect(run.publishing == ["publish": "true", "force": "true", "margin": "0.0001"])
    #expect(try #require(run.overruled?.first).contains("of the baseline"))
    #expect(try manifest(2).contains("of the baseline"))
    let shown = try program.run(["models", "show"]).output
    #expect(shown.contains("run overruled") && shown.contains("--force"), "\(shown)")
    // A version promoted by hand was not published by its run.
    #expect(try program.run(["train", "--model", "popularity", "--quiet"]).exitCode == 0)
    #expect(try program.run(["models", "promote", "3"]).exitCode == 0)
    let promoted = try program.run(["models", "show", "--format", "json"]).output
    #expect(promoted.contains("\"run_outcome\": \"written\""), "\(promoted)")
  }

  /// Obstacles to `current`: a folder, a file that is not a link, and a history that can't be written to.
  @Test(arguments: ["current/x", "current", "history/x"])
  func aVersionThatCanNotGoInServiceIsRecordedAsWritten(_ obstacle: String) throws {
    let parts = obstacle.split(separator: "/").map(String.init)
    let model = folder.path("latent-models/recommender")
    let place = model + "/" + parts[0]
    try FileManager.default.createDirectory(
      atPath: parts.count > 1 ? place : model, withIntermediateDirectories: true)
    if parts.count == 1 { try Data("x".utf8).write(to: URL(fileURLWithPath: place)) }
    let result = try program.run(train + ["--format", "json"])
    #expect(result.exitCode == 1 && !result.output.contains("published"))
    let run = try lastRun()
    #expect(run.outcome == .written || run.outcome == .failed, "\(run.outcome)")
    #expect(run.note.contains(parts[0]), "\(run.note)")
    if run.outcome == .written {
      #expect(run.version == 1)
      #expect(try manifest(1).contains("\"outcome\" : \"written\""))
      #expect(result.errors.contains("wrote version 1 of recommender, and could not put it"))
    }
    // Follow the remedy.
    try FileManager.default.removeItem(atPath: place)
    if run.outcome == .written {
      #expect(try program.run(["models", "promote", "1"]).exitCode == 0)
    }
    #expect(try program.run(train).exitCode == 0)
  }

  /// A flush fails after the rename that counts: the state on disk is reported and recorded.
  @Test(arguments: [
    (folder: "/versions", present: "/versions/000001", outcome: TrainingRun.Outcome.written),
    (folder: "", present: "/current", outcome: .published),
  ])
  func aFlushThatFailsBehindARenameUndoesNothing(
    _ moment: (folder: String, present: String, outcome: TrainingRun.Outcome)
  ) throws {
    let model = folder.path("latent-models/recommender")
    var failing = program
    failing.environment["LD_PRELOAD"] = try failingFlushes(
      of: model + moment.folder, onceThereIs: model + moment.present)
    let result = try failing.run(train)
    #expect(result.exitCode == 1)
    #expect(result.errors.contains("can't flush it: Input/output error"), "\(result.errors)")
    let isServed = moment.outcome == .published
    #expect(try lastRun().outcome == moment.outcome && lastRun().version == 1)
    #expect(try lastRun().note.contains("can't flush it"))
    let told =
      isServed ? "and put it in service, which a power cut" : "and could not put it in service"
    #expect(
      result.errors.contains("wrote version 1 of recommender") && result.errors.contains(told),
      "\(result.errors)")
    #expect(FileManager.default.fileExists(atPath: model + "/current") == isServed)
    #expect(try manifest(1).contains("\"version\" : 1"))
    // Follow the remedy.
    #expect(result.errors.contains("is fixed: latent models promote 1"))
    #expect(try program.run(["models", "promote", "1"]).exitCode == 0)
    #expect(try program.run(train).exitCode == 0)
    #expect(try lastRun().outcome == .unchanged)
  }

  /// Builds a library that makes `fsync` fail for the folder at `path` once something exists at `other`.
  private func failingFlushes(of path: String, onceThereIs other: String) throws -> String {
    let source = try folder.write(
      """
      #define _GNU_SOURCE
      #include <errno.h>
      #include <stdio.h>
      #include <string.h>
      #include <sys/syscall.h>
      #include <unistd.h>
      int fsync(int descriptor) {
        char link[64], path[4096];
        snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
        ssize_t length = readlink(link, path, sizeof path - 1);
        path[length > 0 ? length : 0] = 0;
        if (strcmp(path, "\(path)") == 0 && access("\(other)", F_OK) == 0) {
          errno = EIO;
          return -1;
        }
        return syscall(SYS_fsync, descriptor);
      }
      """, to: "flush.c")
    let library = folder.path("flush.so")
    let compiler = Program(path: "/usr/bin/env", in: folder.path)
    let built = try compiler.run(["clang", "-shared", "-fPIC", "-o", library, source])
    try #require(built.exitCode == 0, "\(built.errors)")
    return library
  }

  @Test func aRefusalIsRecordedWithItsReason() throws {
    let refused = try program.run(["train", "--publish", "--learning-rate", "1e-300", "--quiet"])
    #expect(refused.exitCode == 3, "\(refused.errors)")
    #expect(refused.errors.contains("of the baseline bias-only: worse by"))
    #expect(refused.errors.contains("To use it anyway: latent models promote 1"))
    #expect(try lastRun().outcome == .refused)
    #expect(try lastRun().note.hasPrefix("rmse is "))
    #expect(try manifest(1).contains("\"outcome\" : \"refused\""))
    #expect(
      !FileManager.default.fileExists(atPath: folder.path("latent-models/recommender/current")))
    let forced = try program.run([
      "train", "--publish", "--learning-rate", "1e-300", "--quiet", "--force",
    ])
    #expect(forced.exitCode == 0, "\(forced.errors)")
    #expect(forced.errors.contains("worse than a baseline, and put in service anyway"))
    #expect(try lastRun().outcome == .published)
    let usage = try program.run(["train", "--force"])
    #expect(usage.exitCode == 64 && usage.errors.contains("--force goes with --publish"))
  }

  @Test func theMetricThatIsAskedForIsWhatTheBaselinesAreComparedBy() throws {
    let refused = try program.run([
      "train", "--publish", "--unless-worse", "--learning-rate", "1e-300", "--quiet",
      "--metric", "mae",
    ])
    #expect(refused.exitCode == 3, "\(refused.errors)")
    #expect(refused.errors.contains("mae is ") && !refused.errors.contains("mse is "))
    #expect(try lastRun().note.hasPrefix("mae is "))
  }

  @Test func modelsOfConstantValuesAreHeldAgainstTheBaselinesLists() throws {
    var random = SplitMix64(seed: 3)
    // A few items that everybody has, and many that hardly anybody has.
    let rows = (0..<300).flatMap { user in
      Set((0..<15).map { _ in Int(pow(200, Double.random(in: 0..<1, using: &random))) })
        .sorted().map { "\(user),\($0)" }
    }
    for (name, rating) in [("plays", ""), ("threes", ",3")] {
      try folder.write(
        "user,item\(rating.isEmpty ? "" : ",rating")\n"
          + rows.map { $0 + rating + "\n" }.joined(), to: "\(name).csv")
      let store = ["--store", "sqlite:\(name).sqlite", "--name", name]
      #expect(try program.run(["import", "\(name).csv"] + store.prefix(2)).exitCode == 0)
      let refused = try program.run(["train", "--publish", "--learning-rate", "1e-300"] + store)
      #expect(refused.exitCode == 3, "\(refused.errors)")
      #expect(refused.errors.contains(#/ndcg@10 is 0\.\d+, against 0\.\d+ of the baseline/#))
      // A baseline that is asked for is not compared with the other.
      for model in ["popularity", "bias-only"] {
        #expect(try program.run(["train", "--publish", "--model", model] + store).exitCode == 0)
      }
    }
  }

  @Test(.enabled(if: Requirement.postgres.isMet, "\(Requirement.postgres.howToGet)"))
  func aRunThatIsNotRecordedIsToldEvenQuietly() throws {
    let database = try TemporaryDatabase()
    let store = ["--store", database.url]
    #expect(try program.run(["import", ProjectFolder.fixture("catalogue")] + store).exitCode == 0)
    try PostgresConnection(url: database.url).execute("drop table latent.training_run")
    let result = try program.run(train + ["--format", "json"] + store)
    #expect(result.exitCode == 0, "\(result.errors)")
    #expect(result.errors.contains("warning: the run is not recorded in the store: "))
    #expect(result.output.contains("the run is not recorded in the store"))
  }

  @Test(.enabled(if: Requirement.postgres.isMet, "\(Requirement.postgres.howToGet)"))
  func aServerThatSaysNothingIsGivenUpWithExitCode1() throws {
    let database = try TemporaryDatabase()
    let result = try program.run([
      "train", "--store", database.url, "--statement-timeout", "1", "--ratings-query",
      "select 1, 2, pg_sleep(600)::text::float4",
    ])
    #expect(result.exitCode == 1)
    #expect(result.errors.contains("the server has not responded for 1 s"), "\(result.errors)")
    #expect(try program.run(["users", "--statement-timeout=-1"]).exitCode == 64)
  }

  @Test func aServerThatDoesNotEvenGreetIsGivenUpAsSoonAsOneThatSaysNothing() throws {
    // The kernel accepts connections for it, but nobody answers.
    let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(listener) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let port = withUnsafeMutableBytes(of: &address) { bytes -> UInt16? in
      bytes.withMemoryRebound(to: sockaddr.self) { bound in
        guard let name = bound.baseAddress, bind(listener, name, length) == 0,
          listen(listener, 4) == 0, getsockname(listener, name, &length) == 0
        else { return nil }
        return name.withMemoryRebound(to: sockaddr_in.self, capacity: 1) {
          $0.pointee.sin_port.bigEndian
        }
      }
    }
    let store = "postgres://127.0.0.1:\(try #require(port))/x"
    for limit in ["2", "1"] {
      let result = try program.run(["users", "--store", store, "--statement-timeout", limit])
      #expect(result.exitCode == 1)
      #expect(result.errors.contains("timeout expired after 2 s"), "\(result.errors)")
    }
  }
}
