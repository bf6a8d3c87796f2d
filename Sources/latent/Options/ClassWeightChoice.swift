import ArgumentParser
import ImageTraining
import RatingsFiles

/// The value of `--class-weights`: `balanced`, weights by name, or the path of a table.
struct ClassWeightChoice {
  /// The option's value as given.
  let text: String
  /// The weights; nil if `text` is the path of a table.
  private let weights: ClassWeights?

  /// Parses `balanced` or `dress=2,hat=5`; any other text is the path of a table.
  init(_ text: String) throws {
    self.text = text
    if text == "balanced" {
      weights = .balanced
    } else if text.contains("=") {
      var named: [String: Float] = [:]
      for part in text.split(separator: ",", omittingEmptySubsequences: false) {
        guard let end = part.lastIndex(of: "="),
          let weight = Self.weight(part[part.index(after: end)...]),
          named.updateValue(weight, forKey: String(part[..<end])) == nil
        else {
          throw ValidationError(
            "'\(part)' is not a class weight: write name=number, each name once, numbers above 0."
          )
        }
      }
      weights = .named(named)
    } else {
      weights = nil
    }
  }

  /// Returns the weights, reading the table if there is one: its columns `class` and `weight`. Throws if a column is
  /// missing, a class appears twice, or a weight is not above 0.
  func read() throws -> ClassWeights {
    if let weights { return weights }
    let table = try TextTable(path: text)
    let columns = ["class", "weight"].map { table.header.firstIndex(of: $0) }
    guard let names = columns[0], let numbers = columns[1] else {
      throw CommandFailure(
        "\(text): there are no columns called class and weight",
        remedy: "Name them in the first line, or write balanced, or name=number.")
    }
    var named: [String: Float] = [:]
    for row in 0..<table.rowCount {
      guard let weight = Self.weight(table[row, numbers][...]),
        named.updateValue(weight, forKey: table[row, names]) == nil
      else {
        throw CommandFailure(
          "\(text), line \(table.lines[row]): '\(table[row, numbers])' is not a weight above 0, or "
            + "'\(table[row, names])' has one already",
          remedy: "Give each class one number above 0.")
      }
    }
    return .named(named)
  }

  private static func weight(_ text: Substring) -> Float? {
    Float(text).flatMap { $0 > 0 && $0.isFinite ? $0 : nil }
  }
}
