import Errors
import Foundation
import TOMLKit

/// A TOML file of tables with keys and values, which knows the line of each.
struct ConfigurationFile {
  /// The value of an option.
  enum Value: Equatable {
    case flag(Bool)
    /// A text or a number, as it is written on a command line.
    case word(String)
    case list([String])
    /// A value that no option takes, with a description of its type.
    case other(String)
  }

  /// The maximum size of a file in bytes.
  static let byteLimit = 65_536

  /// The path as given.
  let path: String
  /// The file's contents.
  let text: String
  /// The keys above all tables, and those of each table.
  let top: [String: Value]
  let tables: [String: [String: Value]]

  /// Reads the file at `path`. Throws a ``ConfigurationError`` if it can't be read or is not valid TOML.
  init(path: String) throws(ConfigurationError) {
    try self.init(path: path, text: Self.read(path))
  }

  /// Parses `text`, the contents of the file at `path`.
  init(path: String, text: String) throws(ConfigurationError) {
    self.path = path
    self.text = text
    let root: TOMLTable
    do { root = try TOMLTable(string: text) } catch {
      guard let error = error as? TOMLParseError else {
        throw ConfigurationError(
          .notTOML, "it is not valid TOML: \(error)", place: path, remedy: "See https://toml.io.")
      }
      throw ConfigurationError(
        .notTOML, error.description,
        place: "\(path):\(error.source.begin.line):\(error.source.begin.column)",
        remedy: "Quote strings: see https://toml.io.")
    }
    var top: [String: Value] = [:]
    var tables: [String: [String: Value]] = [:]
    for key in root.keys {
      guard let value = root[key] else { continue }
      if let table = value.table {
        tables[key] = Dictionary(
          uniqueKeysWithValues: table.keys.compactMap { key in
            table[key].map { (key, Value($0)) }
          })
      } else {
        top[key] = Value(value)
      }
    }
    self.top = top
    self.tables = tables
  }

  /// Returns the position of `key` in `table`, or above all tables: `latent.toml:12`. Without a key, returns the start
  /// of the table.
  func place(of key: String?, in table: String?) -> String {
    guard let line = line(where: { Self.has(key, in: table, $0) }) else { return path }
    return "\(path):\(line)"
  }

  /// Returns the first line of the statement that makes `condition` true. It follows the longest prefix of lines that
  /// is valid TOML and does not fulfil the condition, so the parser finds it whatever the statement looks like.
  private func line(where condition: (TOMLTable) -> Bool) -> Int? {
    // Swift treats the two bytes of a Windows line end as one character.
    let lines = text.split(omittingEmptySubsequences: false) { $0 == "\n" || $0 == "\r\n" }
    var begun = 1
    for count in 1...lines.count {
      guard
        let table = try? TOMLTable(string: lines[..<count].joined(separator: "\n") + "\n")
      else { continue }
      if condition(table) { return begun }
      begun = count + 1
    }
    return nil
  }

  private static func has(_ key: String?, in table: String?, _ root: TOMLTable) -> Bool {
    guard let table else { return key.map { root[$0] != nil } ?? true }
    guard let found = root[table] else { return false }
    guard let key else { return true }
    return found.table?[key] != nil
  }

  private static func read(_ path: String) throws(ConfigurationError) -> String {
    func unreadable(_ problem: String, _ remedy: String) -> ConfigurationError {
      ConfigurationError(.unreadable, problem, place: path, remedy: remedy)
    }
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      let error = SystemError()
      throw unreadable(
        "it can't be read: \(error)", error.remedy(else: "Name the configuration's file."))
    }
    let file = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    let data: Data
    do { data = try file.read(upToCount: byteLimit + 1) ?? Data() } catch {
      throw unreadable("it can't be read", "Name the configuration's file.")
    }
    guard data.count <= byteLimit else {
      throw unreadable(
        "it is larger than \(byteLimit) bytes", "Name a file of tables of options.")
    }
    // The parser stops at the first NUL.
    guard let text = String(validating: data, as: UTF8.self), !data.contains(0) else {
      throw unreadable("it is not valid UTF-8 text", "Write it in UTF-8.")
    }
    return text
  }
}

extension ConfigurationFile.Value {
  fileprivate init(_ value: any TOMLValueConvertible) {
    switch value.type {
    case .bool: self = .flag(value.bool ?? false)
    case .array:
      let words = (value.array ?? []).map { Self.word(of: $0) }
      self =
        words.contains(nil) ? .other("a list of lists or tables") : .list(words.compactMap(\.self))
    default:
      self = Self.word(of: value).map { .word($0) } ?? .other("a \(value.type)")
    }
  }

  /// Returns a text or a number as it is written on a command line; nil for other types.
  private static func word(of value: any TOMLValueConvertible) -> String? {
    switch value.type {
    case .string: value.string
    case .int: value.int.map { String($0) }
    case .double: value.double.map { String($0) }
    default: nil
    }
  }
}
