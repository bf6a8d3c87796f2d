import ArgumentParser
import Errors
import ModelRegistry
import Ratings

/// The configuration of a nightly run: its commands, parsed from the tables of a file.
struct NightlyConfiguration {
  let file: ConfigurationFile
  let place: NightlyPlace
  let importing: Import?
  let training: Train
  let evaluating: Evaluate?
  let pruning: Models.Prune?
  /// The options of the run itself.
  let nightly: Nightly

  /// Reads the file at `path`. `words` of the command line override the options of ``nightly``. Throws
  /// ``BadConfiguration`` with all errors.
  init(path: String, adding words: [String] = []) throws {
    let file: ConfigurationFile
    do throws(ConfigurationError) { file = try ConfigurationFile(path: path) } catch {
      throw BadConfiguration(errors: [error])
    }
    // Messages from here on may repeat parts of the file.
    ProgramArguments.keepSecrets(of: file.secrets)
    let tables = ConfigurationTable.all
    let names = tables.compactMap(\.name)
    var errors = file.tables.keys.filter { !names.contains($0) }.sorted().map { name in
      ConfigurationError(
        .unknownKey, "there is no table [\(name)]", place: file.place(of: nil, in: name),
        remedy: NearestText.nearest(to: name, among: names).map { "Did you mean [\($0)]?" }
          ?? "The tables are \(names.map { "[\($0)]" }.joined(separator: ", ")).")
    }
    errors += tables.flatMap { $0.errors(in: file) }
    guard errors.isEmpty else { throw BadConfiguration(errors: errors) }
    let place: NightlyPlace
    do throws(ConfigurationError) {
      place = try ConfigurationTable.place.parse(NightlyPlace.self, in: file)
      try Self.check(place.store, in: file)
    } catch { throw BadConfiguration(errors: [error]) }
    func parse<Command: ParsableCommand>(
      _ table: ConfigurationTable, _ type: Command.Type, unlessAbsent isOptional: Bool = false,
      adding words: [String] = []
    ) -> Command? {
      guard !isOptional || file.tables[table.name ?? ""] != nil else { return nil }
      do throws(ConfigurationError) { return try table.parse(type, in: file, adding: words) } catch
      {
        errors.append(error)
        return nil
      }
    }
    importing = parse(.importing, Import.self, unlessAbsent: true)
    let training = parse(.training, Train.self)
    evaluating = parse(.evaluating, Evaluate.self, unlessAbsent: true)
    pruning = parse(.pruning, Models.Prune.self, unlessAbsent: true)
    let nightly = parse(.nightly, Nightly.self, adding: ["--config=\(path)"] + words)
    if let importing, (importing.paths + importing.items).contains("-") {
      errors.append(
        ConfigurationError(
          .badValue, "- is standard input, which can't be read twice",
          place: file.place(of: importing.paths.contains("-") ? "path" : "items", in: "import"),
          remedy: "Name a file."))
    }
    if let evaluating, evaluating.report == nil {
      errors.append(
        ConfigurationError(
          .badValue, "[evaluate] has no key 'report'", place: file.place(of: nil, in: "evaluate"),
          remedy: "Name the page to write: report = \"/var/lib/latent/report.html\"."))
    }
    guard errors.isEmpty, let training, let nightly else {
      throw BadConfiguration(errors: errors)
    }
    self.file = file
    self.place = place
    self.training = training
    self.nightly = nightly
  }

  /// The SHA-256 of the file's contents, in hexadecimal. A run resumes an interrupted one only if theirs are equal.
  var digest: String { FileDigest(ofText: file.text).sha256 }

  /// Throws if the store's URL is invalid, wherever it comes from. Does not connect.
  private static func check(
    _ store: StoreOptions, in file: ConfigurationFile
  ) throws(ConfigurationError) {
    do { _ = try store.open() } catch {
      let place = file.top["store"] == nil ? "LATENT_STORE" : file.place(of: "store", in: nil)
      throw ConfigurationError(
        .badValue, (error as? StoreError)?.problem ?? "\(error)", place: place,
        remedy: (error as? StoreError)?.remedy ?? "Correct it.")
    }
  }
}

extension ConfigurationFile {
  /// The values that may contain secrets: URLs of stores and webhooks, and queries.
  fileprivate var secrets: [String] {
    (Array(top.values) + tables.values.flatMap(\.values)).flatMap { value -> [String] in
      switch value {
      case .word(let word): [word]
      case .list(let list): list
      case .flag, .other: []
      }
    }
  }
}
