import ArgumentParser
import Errors
import ModelRegistry

extension Models {
  /// `latent models verify`
  struct Verify: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Check that the files of versions are intact and consistent.",
      discussion: """
        Compares each file with the manifest's SHA-256, then checks that ids are in order, indices are \
        within their tables and all numbers are finite. Exits with 1 if a version is bad.
        """)

    @Argument(
      help: ArgumentHelp("The version (default: the one in service).", valueName: "version"))
    var version: Int?
    @Flag(help: "Verify all versions of the model.")
    var all = false
    @OptionGroup var model: ModelOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
      if all && version != nil {
        throw ValidationError("Give a version or --all, not both.")
      }
    }

    func run() throws {
      let versions = model.versions
      if let version { try versions.checkThere(version) }
      let chosen = all ? try versions.all() : [try version ?? model.versionInService()]
      var table = ResultTable(["version", "result", .init("problem", fit: .wrapped)])
      var bad: [Int] = []
      for version in chosen {
        do throws(ModelFileError) {
          try versions.verify(version)
          table.append([.integer(version), .text("good"), .missing])
        } catch {
          bad.append(version)
          table.append([.integer(version), .text("bad"), .text(error.description)])
        }
      }
      try table.write(as: output.format)
      guard bad.isEmpty else {
        let numbers = bad.map(String.init).joined(separator: ", ")
        throw CommandFailure(
          chosen.count == 1
            ? "version \(numbers) of \(model.name) is bad"
            : "\(bad.count) of \(chosen.count) verified versions of \(model.name) "
              + "\(bad.count == 1 ? "is" : "are") bad: \(numbers)",
          remedy: versions.wording(of: versions.remedy(forDamaged: bad)))
      }
    }
  }
}
