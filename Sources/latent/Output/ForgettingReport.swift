import Errors
import ModelRegistry
import Ratings

/// What became of all places that held a person.
struct ForgettingReport {
  let user: String
  /// The command that this is the report of, without `--everywhere`.
  let command: String
  let isEverywhere: Bool
  /// The id, where a store says of which type it is.
  var id: UserID?
  /// nil where there is no store to remove any from.
  var removedRatings: Int?
  /// What went wrong besides what holds the person still: whole sentences.
  var failures: [String] = []
  private var places: [HoldingPlace] = []
  private var namesakes: [HoldingPlace] = []

  init(user: String, command: String, isEverywhere: Bool) {
    self.user = user
    self.command = command
    self.isEverywhere = isEverywhere
  }

  /// The command, as it is run again.
  var again: String { isEverywhere ? command + " --everywhere" : command }

  /// Adds what knows something else by the same id, and is left as it is.
  mutating func addNamesakes(_ versions: [PersonTraces.Version]) {
    namesakes += versions.map { HoldingPlace($0, .namesake) }
  }

  /// Adds what models hold of the person, and goes on holding.
  mutating func add(_ traces: PersonTraces) {
    places += traces.versions.map { HoldingPlace($0, .held) }
    add(traces.unreadable)
    places += traces.checkpoints.map {
      HoldingPlace(kind: .checkpoint, name: $0.text, result: .unknown)
    }
    places += traces.leftovers.map { HoldingPlace(kind: .leftover, name: $0, result: .unknown) }
  }

  /// Adds what was done about it.
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

  /// Writes it to standard output: a sentence a place for people, a row a place for programs, the first
  /// of them the store.
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

  /// Says on standard error what holds the person still, and the command for it. Throws where that was
  /// the command, or something went wrong.
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

/// A place other than the store that holds a person, or may do, or held them.
private struct HoldingPlace {
  enum Kind: String { case version, checkpoint, leftover }
  enum Result: String {
    /// The person is in it as before.
    case held
    /// Nobody can tell whether the person is in it.
    case unknown
    case replaced
    case removed
    /// Something else has the same id in it.
    case namesake = "same_id"
  }

  let kind: Kind
  /// The model's name; of what is left over a path.
  let name: String
  var version: Int?
  var status: ServiceStatus.Status?
  let result: Result
  var replacement: Int?
  var flaw: ModelFileError?

  /// What keeps the person in it, to be put behind what is said of it.
  var reason: String { flaw.map { ": \($0.place): \($0.problem)" } ?? "" }

  /// The place as people call it.
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
