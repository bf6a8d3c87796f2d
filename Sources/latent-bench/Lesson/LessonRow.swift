import Foundation

/// A row of a command's JSON output.
struct LessonRow: Decodable {
  private let cells: [String: Cell]

  private enum Cell: Decodable {
    case number(Double)
    case text(String)
    case none

    init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      if let number = try? container.decode(Double.self) {
        self = .number(number)
      } else if let text = try? container.decode(String.self) {
        self = .text(text)
      } else {
        self = .none
      }
    }
  }

  init(from decoder: any Decoder) throws {
    cells = try decoder.singleValueContainer().decode([String: Cell].self)
  }

  /// Returns the rows of a command's output. Throws ``LessonFailure`` if it is not such output.
  static func all(in output: String) throws -> [LessonRow] {
    do { return try JSONDecoder().decode([LessonRow].self, from: Data(output.utf8)) } catch {
      throw LessonFailure("the output is not a table: \(output.prefix(200))")
    }
  }

  /// All numeric values.
  var numbers: [String: Double] {
    cells.compactMapValues { if case .number(let number) = $0 { number } else { nil } }
  }

  /// Returns a number. Throws ``LessonFailure`` if there is none.
  func number(_ key: String) throws -> Double {
    guard case .number(let number)? = cells[key] else {
      throw LessonFailure("the output has no number \(key)")
    }
    return number
  }

  /// Returns a text; nil if there is none.
  func text(_ key: String) -> String? {
    if case .text(let text)? = cells[key] { text } else { nil }
  }
}

/// The numbers of a CSV file that a command wrote; cells that are not numbers are omitted.
struct LessonTable {
  let rows: [[String: Double]]

  init(_ data: Data) {
    let lines = String(decoding: data, as: UTF8.self).split(separator: "\n").map {
      $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    }
    let names = lines.first ?? []
    rows = lines.dropFirst().map { cells in
      Dictionary(
        zip(names, cells).compactMap { name, cell in Double(cell).map { (name, $0) } },
        uniquingKeysWith: { first, _ in first })
    }
  }
}

extension Optional {
  /// Returns the value, or throws ``LessonFailure`` with `words` if it is nil.
  func orFail(_ words: String) throws -> Wrapped {
    guard let self else { throw LessonFailure(words) }
    return self
  }
}
