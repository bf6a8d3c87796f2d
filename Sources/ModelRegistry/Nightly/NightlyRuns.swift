import Errors
import Foundation

/// The records of a registry's nightly runs: a file for each, `.nightly/000012.json`, the newest ``limit`` of them.
package struct NightlyRuns: Sendable {
  /// The most records that are kept.
  package static let limit = 1000
  /// The largest record that is read, in bytes.
  private static let byteLimit = 1 << 20

  private let registry: ModelRegistry
  private var folder: String { registry.folder + "/.nightly" }
  private var lockPath: String { registry.folder + "/.nightly.lock" }

  /// Those of `registry`, of which there need not be any.
  package init(of registry: ModelRegistry) { self.registry = registry }

  /// All that can be read, the oldest first, and what is wrong with others. Those that are open and whose process is gone
  /// are ``NightlyRun/Outcome/killed``.
  package func all() throws(ModelFileError) -> (runs: [NightlyRun], problems: [ModelFileError]) {
    var runs: [NightlyRun] = []
    var problems: [ModelFileError] = []
    for number in try numbers() {
      do throws(ModelFileError) { runs.append(try read(number)) } catch { problems.append(error) }
    }
    for place in runs.indices where runs[place].outcome == .running {
      // One at a time has the lock: the newest.
      if place < runs.count - 1 || !isUnderWay(runs[place]) { runs[place].outcome = .killed }
    }
    return (runs, problems)
  }

  /// Begins a run, with the number that `make` is handed, and keeps its record. Those beyond ``limit`` go. Only for the holder of
  /// the lock.
  package func begin(
    _ make: (_ number: Int) -> NightlyRun
  ) throws(ModelFileError) -> NightlyRun {
    try Folder.make(folder)
    let numbers = try numbers()
    let run = make((numbers.last ?? 0) + 1)
    try keep(run)
    for number in numbers.dropLast(Self.limit - 1) { try Folder.remove(path(of: number)) }
    return run
  }

  /// Keeps what `run` says by now, in the place of what it said before: whole, whatever happens.
  package func keep(_ run: NightlyRun) throws(ModelFileError) {
    try FileSink.store(Array((run.encodedJSON() + "\n").utf8), to: path(of: run.number))
  }

  /// The right to run, one process at a time for each registry, held while the lock lives. `command` tells others what holds it, and
  /// must hold no password. Throws ``ModelFileErrorCode/busy`` when another run is under way.
  package func lock(command: String) throws(ModelFileError) -> FileLock {
    try registry.makeFolder()
    return try FileLock.hold(
      lockPath, for: command, called: "another nightly run", patience: Self.patience,
      place: registry.folder, remedy: "Wait until it ends: `latent runs` shows how far it is.")
  }

  /// How long a run waits for one who only looks whether there is another, in seconds.
  private static let patience = 1.0

  private func isUnderWay(_ run: NightlyRun) -> Bool {
    do throws(ModelFileError) { return try FileLock.attempt(lockPath) == nil } catch {
      // Another user's: as far as can be told.
      return run.host != ProcessInfo.processInfo.hostName || kill(run.processID, 0) == 0
        || errno == EPERM
    }
  }

  /// The numbers of the records, ascending.
  private func numbers() throws(ModelFileError) -> [Int] {
    try Folder.contents(of: folder).compactMap { name -> Int? in
      guard name.hasSuffix(".json"), let number = Int(name.dropLast(5)), number > 0 else {
        return nil
      }
      return number
    }.sorted()
  }

  private func path(of number: Int) -> String {
    folder + "/" + String(format: "%06d.json", number)
  }

  private func read(_ number: Int) throws(ModelFileError) -> NightlyRun {
    let path = path(of: number)
    let file = try MappedFile(path)
    guard file.byteCount <= Self.byteLimit,
      let run = try? RecordCoding.decoder().decode(
        NightlyRun.self, from: file.withBytes { Data($0) }),
      run.number == number
    else {
      throw ModelFileError(
        .badManifest, "not the record of a nightly run, or a newer Latent's", place: path,
        remedy: "Remove it, or use the Latent that wrote it.")
    }
    return run
  }
}
