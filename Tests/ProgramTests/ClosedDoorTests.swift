import Foundation
import TestEnvironment
import Testing

/// Tests of full disks and missing permissions: each is reported by the program's own error, with its remedy.
struct ClosedDoorTests {
  let folder: TemporaryFolder
  let program: Program

  init() throws {
    folder = try TemporaryFolder()
    program = Program(in: folder.path)
    try folder.write("user,item,rating\n1,10,3\n2,10,4\n2,20,5\n", to: "ratings.csv")
    let result = try program.run(["import", "ratings.csv"])
    try #require(result.exitCode == 0, "\(result.errors)")
  }

  /// Runs a shell command in the folder, with the program as `$latent`.
  private func shell(_ line: String) throws -> (exitCode: Int32, errors: String) {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/bin/sh")
    process.arguments = ["-c", line]
    process.currentDirectoryURL = URL(fileURLWithPath: folder.path)
    process.environment = ProcessInfo.processInfo.environment.filter {
      !$0.key.hasPrefix("LATENT_")
    }.merging(["latent": program.path]) { $1 }
    let errors = Pipe()
    process.standardError = errors
    process.standardOutput = FileHandle.nullDevice
    try process.run()
    let text = try errors.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    return (process.terminationStatus, String(decoding: text, as: UTF8.self))
  }

  /// Files written by root can't be changed by the folder's owner: each writing command warns first.
  @Test(.enabled(if: geteuid() == 0, "needs to be root"))
  func rootIsWarnedOfAFolderThatIsAnothers() throws {
    try folder.write("models = \"others\"\n[train]\nmodel = \"bias-only\"\n", to: "night.toml")
    try #require(mkdir(folder.path("others"), 0o755) == 0)
    let writing = [
      "models promote 1 --models others", "models rollback --models others",
      "models prune --keep 1 --models others", "restore nothing --models others/deeper",
      "nightly --config night.toml", "train --model bias-only --models others",
    ]
    let reading = [
      "models list --models others", "models prune --keep 1 --dry-run --models others",
      "restore nothing --dry-run --models others",
    ]
    func errors(_ command: String) throws -> String {
      try program.run(command.split(separator: " ").map(String.init)).errors
    }
    for command in writing.prefix(3) { #expect(!(try errors(command).contains("warning"))) }
    try #require(chown(folder.path("others"), 65534, 65534) == 0)
    for command in writing {
      let said = try errors(command)
      let place = command.hasPrefix("restore") ? "others/deeper" : "others"
      #expect(
        said.hasPrefix(
          "warning: \(place) is nobody's, who can't change what root writes there; better: "
            + "runuser -u nobody -- latent \(command)\n"), "\(said)")
      #expect(said.components(separatedBy: "runuser").count == 2, "\(said)")
    }
    for command in reading { #expect(!(try errors(command).contains("runuser"))) }
  }

  @Test(arguments: ["users", "items --format json", "ratings --user 2", "--help", "--version"])
  func aFullDiskBehindStandardOutputIsTold(_ command: String) throws {
    let result = try shell("$latent \(command) > /dev/full")
    #expect(result.exitCode == 1)
    #expect(
      result.errors.hasPrefix(
        "error: standard output can't be written: No space left on device. Make room"))
  }

  @Test(.enabled(if: Self.mayMount, "needs the right to mount a tmpfs: run as root"))
  func aFullDiskBeneathTheStoreLeavesItAsItWas() throws {
    let rows = (0..<60_000).map { "\($0),\($0 % 1000),3\n" }.joined()
    try folder.write("user,item,rating\n" + rows, to: "many.csv")
    // The mount disappears with its namespace.
    try folder.write(
      """
      mkdir small && mount -t tmpfs -o size=600k tmpfs small || exit 99
      $latent import ratings.csv --store sqlite:small/a.sqlite --quiet || exit 98
      $latent import many.csv --store sqlite:small/a.sqlite
      test $? = 1 || exit 97
      dd if=/dev/zero of=small/rest bs=1k 2> /dev/null
      echo 1,10,x > bad.csv
      $latent import bad.csv --rejects small/rejects
      test $? = 1 || exit 96
      $latent users --store sqlite:small/a.sqlite
      test $? = 1 || exit 95
      rm small/rest
      test $($latent users --store sqlite:small/a.sqlite --format csv | wc -l) = 3
      """, to: "full.sh")
    let result = try shell("unshare -m /bin/sh full.sh")
    #expect(result.exitCode == 0, "\(result.errors)")
    let errors = result.errors.split(separator: "\n").filter { $0.hasPrefix("error: ") }
    try #require(errors.count == 3, "\(result.errors)")
    #expect(errors[0].hasPrefix("error: sqlite:small/a.sqlite: "))
    #expect(errors[0].contains("Make room on the disk"))
    #expect(errors[1].hasPrefix("error: small/rejects"))
    #expect(errors[1].contains("can't be written: No space left on device. Make room"))
    #expect(errors[2].hasPrefix("error: sqlite:small/a.sqlite: the disk is full"))
  }

  @Test(.enabled(if: Self.canBeNobody, "needs setpriv and a program that everybody may run"))
  func missingRightsAreTold() throws {
    let asNobody =
      geteuid() == 0 ? "setpriv --reuid=65534 --regid=65534 --clear-groups $latent" : "$latent"
    _ = try shell("chmod 644 latent.sqlite; mkdir shut; chmod 555 .; chmod 000 shut")
    defer { _ = try? shell("chmod 755 . shut") }
    for (command, what, remedy) in [
      ("users", "error: sqlite:latent.sqlite: ", "write in its folder, or read a copy"),
      ("import ratings.csv", "error: sqlite:latent.sqlite: ", "to write in its folder"),
      ("migrate --store sqlite:new.sqlite", "error: sqlite:new.sqlite: ", "the folder exists"),
      ("users --store sqlite:shut/a.sqlite", "Permission denied", "enter its folders"),
      ("import shut", "shut: the folder can't be read: Permission denied", "access to it"),
      ("import shut/a.csv", "shut/a.csv: can't be opened: Permission denied", "to the folders"),
      ("recommend --user 1 --models shut/models", "Permission denied", "correct its permissions"),
      (
        "import ratings.csv --rejects r", "error: r: can't be written: Permission denied",
        "writable folder"
      ),
    ] {
      let result = try shell("\(asNobody) \(command)")
      #expect(result.exitCode == 1, "\(command)")
      #expect(result.errors.contains(what), "\(command): \(result.errors)")
      #expect(result.errors.contains(remedy), "\(command): \(result.errors)")
    }
  }

  @Test func tooManyOpenFilesAreTold() throws {
    for (command, what) in [
      ("users", "error: sqlite:latent.sqlite: too many files are open. Allow more open files"),
      ("import ratings.csv", "error: sqlite:latent.sqlite: too many files are open"),
      (
        "import ratings.csv ratings.csv ratings.csv",
        "error: ratings.csv: can't be opened: Too many open files. Allow more open files"
      ),
      (
        "import ratings.csv ratings.csv --store postgres://127.0.0.1:1/x",
        "Too many open files. Allow more open files"
      ),
    ] {
      let result = try shell("ulimit -n 5; $latent \(command)")
      #expect(result.exitCode == 1)
      #expect(result.errors.contains(what), "\(command): \(result.errors)")
    }
  }

  @Test func aLimitOnAddressesThatTheLibrariesDoNotFitInIsTold() throws {
    for command in ["--version", "users"] {
      let result = try shell("ulimit -v 300000; $latent \(command)")
      #expect(result.exitCode == 1)
      #expect(result.errors.hasPrefix("error: the limit on the process's addresses is 300000 KiB"))
    }
  }

  /// A limit that suffices for other commands used to end a daemon while it answered.
  @Test func aLimitOnAddressesThatADaemonDoesNotFitInIsTold() throws {
    let result = try shell("ulimit -v 1000000; $latent serve --listen 127.0.0.1:0 --wait")
    #expect(result.exitCode == 1)
    #expect(result.errors.hasPrefix("error: the limit on the process's addresses is 1000000 KiB"))
  }

  /// Beyond the file size limit, the system would end the program without a message.
  @Test func aLimitOnTheSizeOfFilesIsToldAndLeavesNoPart() throws {
    let rows = (0..<2000).map { "\($0),\($0 % 40),3\n" }.joined()
    try folder.write("user,item,rating\n" + rows, to: "many.csv")
    for line in [
      "$latent import many.csv --store sqlite:many.sqlite --quiet",
      "$latent train --model popularity --store sqlite:many.sqlite --publish --quiet",
    ] {
      #expect(try shell(line).exitCode == 0)
    }
    let result = try shell("ulimit -f 8; $latent recommend --all --out lists.csv")
    #expect(result.exitCode == 1, "\(result.errors)")
    #expect(
      result.errors.contains("lists.csv can't be written: File too large"), "\(result.errors)")
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
    #expect(!names.contains { $0.contains("lists.csv") }, "\(names)")
  }

  @Test func anImportThatIsRefusedMakesNoStore() throws {
    try folder.write("user,item,rating\n1,2,3\n1,3,9\n", to: "off-scale.csv")
    let result = try shell("$latent import off-scale.csv --scale 1..5 --store sqlite:new.sqlite")
    #expect(result.exitCode == 1 && result.errors.contains("outside the scale"))
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
    #expect(!names.contains { $0.contains("new.sqlite") }, "\(names)")
  }

  @Test func optionsThatAskForMoreMemoryThanThereIsAreRefused() throws {
    let query =
      "with recursive n(i) as (select 1 union all select i + 1 from n where i < 200000) "
      + "select i, i % 10, 3 + i % 2 from n"
    for (options, what) in [
      ("--model dot-bias --factors 4096", "of it for factors 4096"),
      ("--model neural --batch 1000000 --layers 4096,4096", "of it for batch 1000000"),
    ] {
      for command in ["train", "find-rate"] {
        let result = try shell(
          "ulimit -v 8000000; $latent \(command) --ratings-query '\(query)' \(options) --quiet")
        #expect(result.exitCode == 1, "\(result.errors)")
        #expect(result.errors.contains("error: the training takes at least "), "\(result.errors)")
        #expect(result.errors.contains(what), "\(result.errors)")
        #expect(result.errors.contains("the process's limit (ulimit -v) leaves "))
      }
    }
  }

  /// OpenBLAS would retry forever to allocate a buffer, and no training would end.
  @Test func aTrainingWithoutAddressesForOpenBLASIsRefused() throws {
    let query =
      "with recursive n(i) as (select 1 union all select i + 1 from n where i < 2000) "
      + "select i % 100, i % 17, 3 + i % 2 from n"
    let result = try shell(
      "ulimit -v 900000; $latent train --ratings-query '\(query)' --quiet --threads 2")
    #expect(result.exitCode == 1, "\(result.errors)")
    #expect(result.errors.contains("ulimit -v) leaves"), "\(result.errors)")
  }

  @Test func memoryIsAskedForBeforeAnythingElseIsDoneWithTheRatings() throws {
    let query =
      "with recursive n(i) as (select 1 union all select i + 1 from n where i < 200000) "
      + "select i, i % 10, 3 + i % 2 from n"
    let result = try shell(
      "ulimit -v 8000000; $latent train --ratings-query '\(query)' --model dot-bias --factors 4096 --quiet "
        + "--split user-share:0.000001")
    #expect(result.exitCode == 1 && result.errors.hasPrefix("error: "), "\(result.errors)")
    #expect(result.errors.contains("of it for factors 4096"), "\(result.errors)")
    #expect(!result.errors.contains("nothing was held out"), "\(result.errors)")
  }

  @Test(.enabled(if: Self.mayMount, "needs the right to unmount /proc: run as root"))
  func withoutProcArgumentsAreReadAllTheSame() throws {
    // libdispatch's pool monitor ends the process by SIGILL if it runs while a worker does and /proc can't be read.
    // That is not tested here.
    func hidden(_ arguments: String) throws -> (exitCode: Int32, errors: String) {
      var result = (exitCode: Int32(132), errors: "")
      for _ in 0..<5 where result.exitCode == 132 {
        result = try shell(
          "unshare -m sh -c 'mount -t tmpfs none /proc && exec $latent \"$@\"' sh " + arguments)
      }
      return result
    }
    let users = try hidden("users --count 1")
    #expect(users.exitCode == 0, "\(users.errors)")
    let wrong = try hidden("users --nonsense")
    #expect(wrong.exitCode == 64 && wrong.errors.contains("--nonsense"), "\(wrong.errors)")
    let unknown = try hidden("recommend --user 1")
    #expect(unknown.exitCode == 1 && unknown.errors.contains("is in service"), "\(unknown.errors)")
    let trained = try hidden("train --split none --publish --model popularity")
    #expect(trained.exitCode == 0, "\(trained.errors)")
  }

  private static let mayMount = geteuid() == 0 && succeeds("unshare -m true")

  /// Whether the test can run as an unprivileged user. Root is refused nothing, so it drops its privileges if everybody
  /// may run the program.
  static let canBeNobody =
    geteuid() != 0
    || succeeds(
      "setpriv --reuid=65534 --regid=65534 --clear-groups '\(Program(in: "/").path)' --version")

  private static func succeeds(_ line: String) -> Bool {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/bin/sh")
    process.arguments = ["-c", line + " > /dev/null 2>&1"]
    guard (try? process.run()) != nil else { return false }
    process.waitUntilExit()
    return process.terminationStatus == 0
  }
}
