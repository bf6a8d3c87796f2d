import Errors
import ModelRegistry
import Ratings

/// The report of `latent forget`: the outcome for all places that contained a user.
struct ForgettingReport {
  let user: String
  /// The command of the report, without `--everywhere`.
  let command: String
  let isEverywhere: Bool
  /// The id, if a store determines its type.
  var id: UserID?
  /// The number of removed ratings; nil if there is no store.
  var removedRatings: Int?
  /// Failures other than places that still contain the user, as whole sentences.
  var failures: [String] = []
  private var places: [HoldingPlace] = []
  private var namesakes: [HoldingPlace] = []

  init(user: String, command: String, isEverywhere: Bool) {
    self.user = user
    self.command = command
    self.isEverywhere = isEverywhere
  }

  /// The command to run again.
  var again: String { isEverywhere ? command + " --everywhere" : command }

  /// Adds versions that use the same id for something else, and are kept.
  mutating func addNamesakes(_ versions: [PersonTraces.Version]) {
    namesakes += versions.map { HoldingPlace($0, .namesake) }
  }

  /// Adds the places in models that contain the user and are kept.
  mutating func add(_ traces: PersonTraces) {
    places += traces.versions.map { HoldingPlace($0, .held) }
    add(traces.unreadable)
    places += traces.checkpoints.map {
      HoldingPlace(kind: .checkpoint, name: $0.text, result: .unknown)
    }
    places += traces.leftovers.map { HoldingPlace(kind: .leftover, name: $0, result: .unknown) }
  }

  /// Adds the outcome of removing the user from models.
  mutating func add(_ outcome: ModelScrubber.Outcome) {
    for replaced in outcome.replaced {
      var place = HoldingPlace(replaced.version, .replaced)
      place.replacement = replaced.replacement
      places.append(place)
    }
    add(outcome.unreadable)
    places += outcome.checkpoints.map {
      HoldingPlace(kind: .checkpoint, name: $0.text, result: .removed)
    }
    for failure in outcome.failures {
      var place =
        switch failure.holder {
        case .version(let version): HoldingPlace(version, .held)
        case .checkpoint(let name):
          HoldingPlace(kind: .checkpoint, name: name.text, result: .held)
        }
      place.flaw = failure.error
      places.append(place)
    }
  }

  private mutating func add(_ unreadable: [PersonTraces.Unreadable]) {
    for unreadable in unreadable {
      var place = HoldingPlace(unreadable.version, .unknown)
      place.flaw = unreadable.flaw
      places.append(place)
    }
  }

  /// Writes the report to standard output: a sentence per place for people, a row per place for programs, the store
  /// first.
  func write(as format: OutputFormat) throws {
    guard format != .table else { return try StandardOutput.write(sentences.joined()) }
    var table = ResultTable([
      "user", "place", "name", "version", "status",
      "result", "replaced_by", "ratings_removed",
    ])
    let user = id.map { .identifier($0) } ?? ResultTable.Cell.text(user)
    if let removedRatings {
      table.append([
        user, .text("store"), .missing, .missing, .missing, .text("removed"), .missing,
        .integer(removedRatings),
      ])
    }
    for place in places + namesakes {
      table.append([
        user, .text(place.kind.rawValue), .text(place.name),
        .optional(place.version), .optional(place.status?.rawValue), .text(place.result.rawValue),
        .optional(place.replacement), .missing,
      ])
    }
    try table.write(as: format)
  }

  private var sentences: [String] {
    let removed = removedRatings.map {
      "Removed \($0) rating\($0 == 1 ? "" : "s") of user \(user).\n"
    }
    return [removed].compactMap(\.self)
      + places.compactMap { place in
        switch place.result {
        case .replaced:
          "Replaced \(place.text) by version \(place.replacement ?? 0), without user \(user).\n"
        case .removed: "Removed \(place.text).\n"
        case .held, .unknown, .namesake: nil
        }
      }
  }

  /// Writes to standard error which places still contain the user, and the command to remove the user from them. Throws
  /// if this was that command, or if something failed.
  func conclude() throws {
    if !namesakes.isEmpty {
      StandardError.write(
        "note: \(namesakes.listed): an image is called \(user) there. If it shows the person, score again without it, "
          + "and remove the version with `latent models prune`\n")
    }
    let held = places.filter { $0.result == .held }
    let unknown = places.filter { $0.result == .unknown }
    if !isEverywhere, !held.isEmpty || !unknown.isEmpty {
      let facts = [
        held.isEmpty ? nil : "user \(user) is still in \(held.listed)",
        unknown.isEmpty ? nil : "\(unknown.listed) may hold user \(user)",
      ].compactMap(\.self).joined(separator: "; ")
      StandardError.write(
        "note: \(facts). To take the person out of these: \(command) --everywhere\n")
    }
    var problems = failures
    if isEverywhere {
      problems += held.map { "\($0.text) still holds user \(user)\($0.reason)" }
      problems += unknown.map { "\($0.text) can't be read, and may hold user \(user)\($0.reason)" }
    }
    guard !problems.isEmpty else { return }
    let restoring =
      isEverywhere && !unknown.isEmpty
      ? "Restore what is damaged from a copy, or remove its folder. " : ""
    throw CommandFailure(
      problems.map { $0.hasSuffix(".") ? String($0.dropLast()) : $0 }.joined(separator: ". "),
      remedy: restoring + "Run it again: \(again)")
  }
}

/// A place other than the store that contains a user, may contain one, or contained one.
private struct HoldingPlace {
  enum Kind: String { case version, checkpoint, leftover }
  enum Result: String {
    /// It still contains the user.
    case held
    /// It may contain the user.
    case unknown
    case replaced
    case removed
    /// It uses the same id for something else.
    case namesake = "same_id"
  }

  let kind: Kind
  /// The model's name; for a leftover, its path.
  let name: String
  var version: Int?
  var status: ServiceStatus.Status?
  let result: Result
  var replacement: Int?
  var flaw: ModelFileError?

  /// The reason why the user is still in it, to be appended to a message.
  var reason: String { flaw.map { ": \($0.place): \($0.problem)" } ?? "" }

  /// The place in words.
  var text: String {
    switch kind {
    case .version:
      "version \(version ?? 0) of \(name)" + (status.map { " (\($0.rawValue))" } ?? "")
    case .checkpoint: "the checkpoint of \(name)"
    case .leftover: name
    }
  }
}

extension HoldingPlace {
  fileprivate init(_ version: PersonTraces.Version, _ result: Result) {
    self.init(
      kind: .version, name: version.name.text, version: version.version, status: version.status,
      result: result)
  }
}

extension [HoldingPlace] {
  fileprivate var listed: String { map(\.text).joined(separator: ", ") }
}
