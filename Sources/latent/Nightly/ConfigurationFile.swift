import Errors
import Foundation
import TOMLKit

/// A file of tables of keys and values (TOML), each with its line.
struct ConfigurationFile {
  /// A value, as options take them.
  enum Value: Equatable {
    case flag(Bool)
    /// A text or a number, as it is written on a command line.
    case word(String)
    case list([String])
    /// What no option takes, by what it is.
    case other(String)
  }

  /// The largest file that is read, in bytes.
  static let byteLimit = 65_536

  /// As it was given.
  let path: String
  /// What it says.
  let text: String
  /// The keys above all tables, and those of each table.
  let top: [String: Value]
  let tables: [String: [String: Value]]

  /// Throws a ``ConfigurationError`` where the file can't be read or is no TOML.
  init(path: String) throws(ConfigurationError) {
    try self.init(path: path, text: Self.read(path))
  }

  /// The file that says `text`.
  init(path: String, text: String) throws(ConfigurationError) {
    self.path = path
    self.text = text
    let root: TOMLTable
    do { root = try TOMLTable(string: text) } catch {
      guard let error = error as? TOMLParseError else {
        throw ConfigurationError(
          .notTOML, "it is no TOML: \(error)", place: path, remedy: "See https://toml.io.")
      }
      throw ConfigurationError(
        .notTOML, error.description,
        place: "\(path):\(error.source.begin.line):\(error.source.begin.column)",
        remedy: "Texts stand in quotes: see https://toml.io.")
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

  /// Where `key` of `table`, or above all tables, stands: `latent.toml:12`; without a key where the table begins.
  func place(of key: String?, in table: String?) -> String {
    guard let line = line(where: { Self.has(key, in: table, $0) }) else { return path }
    return "\(path):\(line)"
  }

  /// The line at which the statement begins that brings about what `condition` asks for: that behind the last lines that are TOML
  /// by themselves and do without it. So the parser says it, whatever the statement looks like.
  private func line(where condition: (TOMLTable) -> Bool) -> Int? {
    // To Swift both bytes of a line end of Windows are one character.
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
    // The parser takes a text up to its first NUL.
    guard let text = String(validating: data, as: UTF8.self), !data.contains(0) else {
      throw unreadable("it is no text in UTF-8", "Write it in UTF-8.")
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

  /// A text or a number as it is written on a command line; nil for anything else.
  private static func word(of value: any TOMLValueConvertible) -> String? {
    switch value.type {
    case .string: value.string
    case .int: value.int.map { String($0) }
    case .double: value.double.map { String($0) }
    default: nil
    }
  }
}
