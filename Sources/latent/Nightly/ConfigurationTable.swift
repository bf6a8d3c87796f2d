import ArgumentParser
import Errors
import Ratings

/// A table of a nightly configuration, whose keys are the options of a command.
struct ConfigurationTable {
  /// The table's name; nil for the keys above all tables.
  let name: String?
  /// The command whose options are the keys.
  let command: any ParsableCommand.Type
  /// The options that the nightly run sets itself.
  var decided: [String] = []
  /// Returns the flags that are on by default, for the values of the table.
  var usual: (_ table: [String: ConfigurationFile.Value]) -> [String] = { _ in [] }

  /// The keys above all tables: options that several commands share.
  static var place: Self { Self(name: nil, command: NightlyPlace.self) }
  static var importing: Self { Self(name: "import", command: Import.self, decided: ["dry-run"]) }
  static var training: Self {
    Self(
      name: "train", command: Train.self, decided: ["resume", "format"], usual: usualOfTraining)
  }
  static var evaluating: Self {
    Self(name: "evaluate", command: Evaluate.self, decided: ["version", "format"])
  }
  static var pruning: Self {
    Self(name: "prune", command: Models.Prune.self, decided: ["dry-run", "format"])
  }
  static var nightly: Self {
    Self(name: "nightly", command: Nightly.self, decided: ["config", "notify-only"])
  }

  /// All tables, in the order in which a run uses them.
  static var all: [Self] { [place, importing, training, evaluating, pruning, nightly] }

  /// By default a nightly run publishes, unless the new version is worse.
  private static func usualOfTraining(_ table: [String: ConfigurationFile.Value]) -> [String] {
    guard table["publish"] != .flag(false) else { return [] }
    return table["split"] == .word("none") ? ["publish"] : ["publish", "unless-worse"]
  }

  /// The table's name in messages.
  var title: String { name.map { "[\($0)]" } ?? "the part above all tables" }

  /// The keys with their options: options have their long names, arguments the name of their value.
  var options: [(key: String, option: DeclaredOption)] {
    let shared = name == nil ? [] : Self.place.options.map(\.key)
    return command.declaredOptions.flatMap { option in
      (option.kind == .positional ? [option.valueName ?? ""] : option.longNames)
        .filter { !decided.contains($0) && !shared.contains($0) }.map { ($0, option) }
    }
  }

  /// Returns the errors in this table of `file`: unknown keys and values of the wrong type.
  func errors(in file: ConfigurationFile) -> [ConfigurationError] {
    let options = options
    let known = Dictionary(options.map { ($0.key, $0.option) }) { first, _ in first }
    return values(in: file).compactMap { key, value in
      func error(
        _ code: ConfigurationErrorCode, _ problem: String, _ remedy: String
      ) -> ConfigurationError {
        ConfigurationError(code, problem, place: file.place(of: key, in: name), remedy: remedy)
      }
      guard let option = known[key] else {
        return error(.unknownKey, "\(title) has no key '\(key)'", remedy(forUnknown: key, options))
      }
      let fits =
        switch (value, option.kind) {
        case (.flag, .flag), (.word, .option), (.word, .positional): true
        case (.list, .option), (.list, .positional): option.isRepeating
        default: false
        }
      guard fits else {
        return error(
          .wrongType, "\(key) is \(value.words), but must be \(option.wanted)",
          option.explanation(as: key) ?? "Correct it.")
      }
      guard !value.isEmpty else {
        return error(.wrongType, "\(key) is empty", "Give it a value or leave it out.")
      }
      return nil
    }
  }

  private func remedy(
    forUnknown key: String, _ options: [(key: String, option: DeclaredOption)]
  ) -> String {
    if decided.contains(key) { return "Leave it out: a nightly run decides it by itself." }
    if name != nil, Self.place.options.contains(where: { $0.key == key }) {
      return "Write it above all tables: it applies to all of them."
    }
    let others = Self.all.filter { table in table.options.contains { $0.key == key } }
    if let other = others.first { return "It is a key of \(other.title)." }
    if let near = NearestText.nearest(to: key, among: options.map(\.key)) {
      return "Did you mean \(near)?"
    }
    return "`latent config show` lists those that it has."
  }

  /// Returns the values of this table in `file`.
  func values(in file: ConfigurationFile) -> [String: ConfigurationFile.Value] {
    guard let name else { return file.top }
    return file.tables[name] ?? [:]
  }

  /// Returns the command line that corresponds to this table of `file`, which must have no ``errors(in:)``.
  func arguments(in file: ConfigurationFile) -> [String] {
    var values = values(in: file)
    for key in usual(values) where values[key] == nil { values[key] = .flag(true) }
    if name != nil { values.merge(file.top) { own, _ in own } }
    var words: [String] = []
    var positional: [String] = []
    let declared = command.declaredOptions
    for option in declared {
      let key = option.kind == .positional ? option.valueName ?? "" : nil
      guard let name = key ?? option.longNames.first(where: { values[$0] != nil }),
        let value = values[name]
      else { continue }
      switch value {
      case .flag(true): words.append("--\(name)")
      case .flag(false):
        if declared.contains(where: { $0.longNames.contains("no-\(name)") }) {
          words.append("--no-\(name)")
        }
      case .word(let word):
        if key == nil { words.append("--\(name)=\(word)") } else { positional.append(word) }
      case .list(let list):
        if key == nil {
          words += list.map { "--\(name)=\($0)" }
        } else {
          positional += list
        }
      case .other: continue
      }
    }
    return words + (positional.isEmpty ? [] : ["--"] + positional)
  }

  /// Parses the command from `file`, followed by `further` arguments. Throws a ``ConfigurationError`` that names the
  /// line if the command rejects them.
  func parse<Command: ParsableCommand>(
    _ type: Command.Type, in file: ConfigurationFile, adding further: [String] = []
  ) throws(ConfigurationError) -> Command {
    do { return try Command.parse(arguments(in: file) + further) } catch {
      let message = Command.message(for: error)
      let spoken = options.compactMap { key, option in
        (message.firstRange(of: "--\(key)") ?? message.prefixRange(of: "\(key) ")).map {
          (start: $0.lowerBound, key: key, option: option)
        }
      }
      let own = values(in: file)
      // Of several matches at the same position the longest: --split is a prefix of --split-seed.
      let named =
        spoken.filter { own[$0.key] != nil }
        .min { ($0.start, -$0.key.count) < ($1.start, -$1.key.count) }
      let shared = Self.place.values(in: file).keys.first { message.contains("--\($0)") }
      let place =
        named.map { file.place(of: $0.key, in: name) }
        ?? shared.map { file.place(of: $0, in: nil) } ?? file.place(of: nil, in: name)
      throw ConfigurationError(
        .badValue, message.trimmingSuffix("."), place: place,
        remedy: named.flatMap { $0.option.explanation(as: $0.key) } ?? "Correct \(title).")
    }
  }
}

/// The options that all commands of a nightly run share: which store, which models.
struct NightlyPlace: ParsableCommand {
  @OptionGroup var store: StoreOptions
  @OptionGroup var models: ModelOptions
}

extension ConfigurationFile.Value {
  /// The type in words.
  fileprivate var words: String {
    switch self {
    case .flag: "true or false"
    case .word: "a text or a number"
    case .list: "a list"
    case .other(let kind): kind
    }
  }

  fileprivate var isEmpty: Bool {
    switch self {
    case .word(let word): word.isEmpty
    case .list(let list): list.isEmpty || list.contains("")
    case .flag, .other: false
    }
  }
}

extension DeclaredOption {
  /// Returns what the option is for, as the remedy of a wrong value of `key`; nil if it has no help.
  fileprivate func explanation(as key: String) -> String? {
    abstract.map { "About \(key): \($0)" }
  }

  /// The type of value that the option takes, in words.
  fileprivate var wanted: String {
    let value = valueName.map { "<\($0)>" } ?? "a value"
    return switch kind {
    case .flag: "true or false"
    case .option, .positional:
      isRepeating ? "\(value), or a list of such" : "one \(value), a text or a number"
    }
  }
}

extension String {
  /// Returns the range of `prefix` at the start of the text; nil if the text does not begin with it.
  fileprivate func prefixRange(of prefix: String) -> Range<Index>? {
    hasPrefix(prefix) ? startIndex..<index(startIndex, offsetBy: prefix.count) : nil
  }

  fileprivate func trimmingSuffix(_ suffix: String) -> String {
    hasSuffix(suffix) ? String(dropLast(suffix.count)) : self
  }
}
