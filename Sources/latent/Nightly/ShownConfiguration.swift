import Foundation
import Ratings

/// The effective configuration as text, with defaults filled in and secrets removed.
struct ShownConfiguration {
  /// The configuration in TOML.
  let text: String

  /// Formats all tables of `file`, which must be valid.
  init(_ file: ConfigurationFile) {
    text = ConfigurationTable.all.map { Self.text(of: $0, in: file) }.joined(separator: "\n")
  }

  /// The effect of leaving out each optional table.
  private static let absence = [
    "import": "nothing is imported", "evaluate": "no page is written",
    "prune": "nothing is removed",
  ]

  private static func text(of table: ConfigurationTable, in file: ConfigurationFile) -> String {
    if let name = table.name, file.tables[name] == nil, let absence = absence[name] {
      return "# [\(name)] is not there: \(absence)\n"
    }
    let given = table.values(in: file)
    let usual = table.usual(given)
    let lines = table.options.compactMap { key, option -> String? in
      if let value = given[key] { return "\(key) = \(value.shown(of: key))" }
      if usual.contains(key) { return "\(key) = true  # default" }
      // Only one of a flag's two names, and only the first of an option's names.
      guard key == option.longNames.first ?? key, !key.hasPrefix("no-") || option.section != nil
      else { return nil }
      return option.usual(of: key)
    }
    return (table.name.map { "[\($0)]\n" } ?? "# By \(file.path).\n")
      + lines.map { $0 + "\n" }.joined()
  }
}

extension ConfigurationFile.Value {
  /// Returns the value of `key` in TOML, without secrets.
  fileprivate func shown(of key: String) -> String {
    func word(_ word: String) -> String {
      let shown = key == "notify-webhook" ? Webhook.shown(word) : word.withoutPasswords
      return shown.asTOML
    }
    return switch self {
    case .flag(let flag): "\(flag)"
    case .word(let text): word(text)
    case .list(let list): "[" + list.map(word).joined(separator: ", ") + "]"
    case .other: ""
    }
  }
}

extension DeclaredOption {
  /// Returns the line of an option that is not given.
  fileprivate func usual(of key: String) -> String {
    if kind == .flag {
      return defaultValue == "--\(key)" ? "\(key) = true  # default" : "# \(key) = false  # default"
    }
    if let defaultValue { return "\(key) = \(defaultValue.asTOML)  # default" }
    let told = abstract?.firstMatch(of: #/\(default: ([^;)]*)/#).map { "  # default: \($0.1)" }
    return "# \(key) = <\(valueName ?? "value")>\(told ?? "")"
  }
}

extension String {
  /// The text as a TOML value: numbers as they are, anything else in quotes.
  fileprivate var asTOML: String {
    if wholeMatch(of: #/-?(0|[1-9][0-9]*)(\.[0-9]+)?/#) != nil { return self }
    let escaped = unicodeScalars.map { scalar in
      switch scalar {
      case "\"", "\\": "\\\(scalar)"
      case "\n": "\\n"
      case "\t": "\\t"
      case _ where scalar.properties.generalCategory == .control:
        String(format: "\\u%04X", scalar.value)
      default: String(scalar)
      }
    }
    return "\"" + escaped.joined() + "\""
  }
}
