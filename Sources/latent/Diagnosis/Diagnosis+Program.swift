import CProcessor
import Errors
import Foundation
import RatingsFiles
import RatingsPostgres
import RatingsSQLite
import TensorCore

extension Diagnosis {
  /// Checks the program, the processor, the loaded libraries, and the temporary folder.
  mutating func checkProgram() {
    note("program", .good, "latent \(latentVersion)")
    // Without AVX2 and FMA the program does not get this far.
    let kinds = [("AVX2 and FMA", true), ("AVX-512", latent_processor_supports_avx512())]
    note(
      "processor", .good,
      "\(ProcessInfo.processInfo.activeProcessorCount) processors with "
        + kinds.filter(\.1).map(\.0).joined(separator: ", "))
    note(
      "libraries", .good,
      "SQLite \(SQLiteStore.libraryVersion), libpq \(PostgresStore.libraryVersion), "
        + UnpackingLibraries.versions)
    for library in ComputeLibrary.all { check(library) }
    checkTemporaryFolder()
  }

  private mutating func check(_ library: ComputeLibrary) {
    let words = "\(library.version), kernels for \(library.kernels)"
    note(
      library.name, library.fitsProcessor ? .good : .slow,
      library.fitsProcessor
        ? words
        : "\(words); the processor has wider ones: results are right, but take longer. \(library.remedy)"
    )
  }

  /// Checks the temporary folder, where imports store input from pipes and sort ratings.
  private mutating func checkTemporaryFolder() {
    let folder = FileManager.default.temporaryDirectory.path
    guard access(folder, W_OK | X_OK) == 0 else {
      note(
        "temporary folder", .wrong,
        "\(folder) can't be written: \(SystemError()). Point TMPDIR to a folder that can: imports sort there."
      )
      return
    }
    let attributes = try? FileManager.default.attributesOfFileSystem(forPath: folder)
    let free = (attributes?[.systemFreeSize] as? NSNumber).map { $0.int64Value >> 20 }
    if let free, free < 100 {
      note(
        "temporary folder", .wrong,
        "\(folder) has \(free) MiB left. Make room, or point TMPDIR elsewhere: imports sort there.")
    } else {
      note("temporary folder", .good, "\(folder)\(free.map { ", \($0) MiB free" } ?? "")")
    }
  }
}
