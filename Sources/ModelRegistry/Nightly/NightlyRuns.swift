import Errors
import Foundation

/// The records of a registry's nightly runs, one file each (`.nightly/000012.json`). Only the newest ``limit`` are
/// kept.
package struct NightlyRuns: Sendable {
  /// The maximum number of records kept.
  package static let limit = 1000
  /// The maximum size of a record that is read, in bytes.
  private static let byteLimit = 1 << 20

  private let registry: ModelRegistry
  private var folder: String { registry.folder + "/.nightly" }
  private var lockPath: String { registry.folder + "/.nightly.lock" }

  /// Creates a view of the runs of `registry`, which may have none.
  package init(of registry: ModelRegistry) { self.registry = registry }

  /// Returns all readable records, oldest first, and the errors of the others. Open records whose process is gone are
  /// reported as ``NightlyRun/Outcome/killed``.
  package func all() throws(ModelFileError) -> (runs: [NightlyRun], problems: [ModelFileError]) {
    var runs: [NightlyRun] = []
    var problems: [ModelFileError] = []
    for number in try numbers() {
      do throws(ModelFileError) { runs.append(try read(number)) } catch { problems.append(error) }
    }
    for place in runs.indices where runs[place].outcome == .running {
      // Only one run at a time holds the lock: the newest.
      if place < runs.count - 1 || !isUnderWay(runs[place]) { runs[place].outcome = .killed }
    }
    return (runs, problems)
  }

  /// Begins a run with the number passed to `make`, and stores its record. Removes the oldest records beyond
  /// ``limit``. The caller must hold the lock.
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

  /// Stores the current state of `run`, atomically replacing its previous record.
  package func keep(_ run: NightlyRun) throws(ModelFileError) {
    try FileSink.store(Array((run.encodedJSON() + "\n").utf8), to: path(of: run.number))
  }

  /// Takes the lock for running: one process at a time per registry, held for the lifetime of the returned object.
  ///
  /// `command` identifies the holder to other processes and must contain no password. Throws
  /// ``ModelFileErrorCode/busy`` if another run is in progress.
  package func lock(command: String) throws(ModelFileError) -> FileLock {
    try registry.makeFolder()
    return try FileLock.hold(
      lockPath, for: command, called: "another nightly run", patience: Self.patience,
      place: registry.folder, remedy: "Wait until it ends: `latent runs` shows its progress.")
  }

  /// The time a run waits for a process that holds the lock only to test it, in seconds.
  private static let patience = 1.0

  private func isUnderWay(_ run: NightlyRun) -> Bool {
    do throws(ModelFileError) { return try FileLock.attempt(lockPath) == nil } catch {
      // The lock file belongs to another user: make the best guess.
      return run.host != ProcessInfo.processInfo.hostName || kill(run.processID, 0) == 0
        || errno == EPERM
    }
  }

  /// Returns the numbers of the records, ascending.
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
        .badManifest, "not the record of a nightly run, or written by a newer Latent", place: path,
        remedy: "Remove it, or use the Latent that wrote it.")
    }
    return run
  }
}
